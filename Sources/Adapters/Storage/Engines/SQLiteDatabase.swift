// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import GRDB
import Logging

import struct Foundation.Data
import class Foundation.FileManager

/// SQLite through GRDB: one writer, several readers that don't wait for it (WAL), and every commit on the disk before it returns.
package final class SQLiteDatabase: SQLDatabase {
    private let pool: DatabasePool
    private let location: String
    private let log = Logger(label: "haechi.storage")

    /// - Parameter readOnly: the file must exist and is never changed.
    package init(path: String, readOnly: Bool = false) throws {
        location = StorageAddress.sqlite(path: path).location
        if readOnly, !FileManager.default.fileExists(atPath: path) {
            throw StorageError.cannotOpen(location: location, reason: "there is no such file")
        }
        var configuration = Configuration()
        configuration.label = "haechi"
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            // Deleted content is overwritten with zeros, not only unlinked.
            try database.execute(sql: "PRAGMA secure_delete = ON")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            if !readOnly {
                // After GRDB's own set-up, which leaves `synchronous` at NORMAL: a power cut would lose the last commits.
                try pool.writeWithoutTransaction { try $0.execute(sql: Self.writerSettings) }
            }
        } catch {
            throw StorageError.cannotOpen(location: location, reason: Self.translate(error, location).openingReason)
        }
    }

    /// 64 MiB of pages, because new hashes fall all over their index; temporary tables never reach the disk.
    private static let writerSettings = """
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = MEMORY;
        """

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await pool.write { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw Self.translate(error, location)
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await pool.read { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw Self.translate(error, location)
        }
    }

    /// Empties the write-ahead log, where deleted content would otherwise lie until it is overwritten.
    package func scrub() async {
        do {
            try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            // A reader was in the way: the next scrub or checkpoint does it.
            log.notice("write-ahead log not emptied yet", metadata: ["reason": "\(Self.translate(error, location))"])
        }
    }

    package func close() async {
        await scrub()
        do { try pool.close() } catch {
            log.warning("database not closed", metadata: ["reason": "\(Self.translate(error, location))"])
        }
    }

    /// A setting of the writer, such as `synchronous`: for tests and for the health page.
    package func pragma(_ name: String) async throws -> Int64? {
        try await pool.writeWithoutTransaction { try Int64.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    /// GRDB's errors as ours; the messages hold names of tables and columns, never values.
    private static func translate(_ error: any Error, _ location: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let reason = "\(error.message ?? "SQLite error") (\(error.extendedResultCode.rawValue))"
        return switch error.resultCode {
        case .SQLITE_FULL: StorageError.diskFull(location: location)
        case .SQLITE_READONLY: StorageError.readOnly(location: location)
        case .SQLITE_BUSY, .SQLITE_LOCKED: StorageError.busy(location: location, reason: reason)
        case .SQLITE_CONSTRAINT: StorageError.constraint(reason)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: StorageError.corrupt("\(location): \(reason)")
        case .SQLITE_MISUSE where error.message == "Connection is closed": StorageError.closed
        default: StorageError.failed(location: location, reason: reason)
        }
    }
}

extension Error {
    fileprivate var openingReason: String {
        switch self as? StorageError {
        case .corrupt: "it is no SQLite database"
        case .readOnly: "it is read-only"
        case .failed(_, let reason), .busy(_, let reason): reason
        case .some(let other): other.message
        case nil: "\(self)"
        }
    }
}

/// A transaction on SQLite. Statements are prepared once per connection.
private struct SQLiteConnection: SQLConnection {
    let database: Database

    private func statement(_ sql: String) throws -> Statement {
        try database.cachedStatement(sql: Dialect.sqlite.text(of: sql))
    }

    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        try rows(of: try statement(sql), values)
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try statement(sql).execute(arguments: arguments(values))
        return database.changesCount
    }

    func queryMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [[SQLRow]] {
        let statement = try statement(sql)
        return try rows.map { try self.rows(of: statement, $0) }
    }

    func executeMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [Int] {
        let statement = try statement(sql)
        return try rows.map { values in
            try statement.execute(arguments: arguments(values))
            return database.changesCount
        }
    }

    /// Nothing to do: writers take turns, from the first statement of a transaction on.
    func take(_ turn: Turn) {}

    private func rows(of statement: Statement, _ values: [SQLValue]) throws -> [SQLRow] {
        let cursor = try Row.fetchCursor(statement, arguments: arguments(values))
        var rows: [SQLRow] = []
        while let row = try cursor.next() {
            rows.append(SQLRow(row.databaseValues.map(SQLValue.init)))
        }
        return rows
    }

    private func arguments(_ values: [SQLValue]) -> StatementArguments {
        StatementArguments(values.map { $0.databaseValue })
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob(Array(data))
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): bytes.withUnsafeBytes { Data($0) }.databaseValue
        }
    }
}
