// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CPQ
import Logging

import class Foundation.Thread

/// One connection to PostgreSQL, used by one thread only; connects, reconnects and retries by itself.
final class PostgresSession {
    private let url: String
    private let location: String
    private let log: Logger
    private var connection: PostgresConnection?

    init(url: String, location: String, log: Logger) {
        self.url = url
        self.location = location
        self.log = log
    }

    /// Runs a transaction; once more from the start when the server found it in conflict with another one.
    func transaction<T>(_ begin: String, _ body: (any SQLConnection) throws -> T) throws -> T {
        var attempt = 1
        while true {
            do {
                return try once(begin, body)
            } catch let failure as PostgresFailure {
                guard failure.isConflict, attempt < 8 else { throw failure.storageError(location) }
                Thread.sleep(forTimeInterval: Double.random(in: 0.001...0.02) * Double(attempt))
                attempt += 1
            }
        }
    }

    private func once<T>(_ begin: String, _ body: (any SQLConnection) throws -> T) throws -> T {
        let connection = try begun(begin)
        do {
            let value = try body(connection)
            try connection.commit()
            return value
        } catch {
            if connection.isLost {
                drop()
            } else {
                do { try connection.simple("rollback") } catch { drop() }
            }
            throw error
        }
    }

    /// A connection inside a new transaction. One that died while it was idle is replaced without anyone noticing.
    private func begun(_ begin: String) throws -> PostgresConnection {
        if let connection {
            do {
                try connection.simple(begin)
                return connection
            } catch {
                log.notice("connection replaced", metadata: ["reason": "\(error)"])
                drop()
            }
        }
        let fresh = try PostgresConnection(url: url, location: location)
        connection = fresh
        try fresh.simple(begin)
        return fresh
    }

    private func drop() { connection = nil }
}

/// An error of the server or of the connection, before it is translated.
struct PostgresFailure: Error, CustomStringConvertible {
    /// Five characters; empty when the connection itself failed.
    var sqlState: String
    /// The primary message only: the detail may hold values.
    var text: String
    var isLost: Bool

    /// Serialisation failure or deadlock: the same transaction may go through at the next try.
    var isConflict: Bool { sqlState == "40001" || sqlState == "40P01" }

    var description: String { sqlState.isEmpty ? text : "\(text) (\(sqlState))" }

    func storageError(_ location: String) -> StorageError {
        if isLost { return .connectionLost(location: location, reason: description) }
        return switch sqlState {
        case "53100": .diskFull(location: location)
        case "25006": .readOnly(location: location)
        case "55P03", "57014", "40001", "40P01", "53300": .busy(location: location, reason: description)
        case let state where state.hasPrefix("23"): .constraint(description)
        // These messages quote the value.
        case let state where state.hasPrefix("22"): .constraint("a value does not fit its column (\(state))")
        default: .failed(location: location, reason: description)
        }
    }
}
