// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CPQ

import func Glibc.free
import func Glibc.strdup

/// One libpq connection and its prepared statements. Not Sendable: it lives on the thread of its session.
final class PostgresConnection: SQLConnection {
    /// libpq's handle: ours alone, freed in `deinit`.
    private let handle: OpaquePointer
    private var statements: [String: String] = [:]

    init(url: String, location: String) throws {
        // What comes later wins, so that the URL can set each of these.
        let settings = [
            ("connect_timeout", "10"), ("application_name", "haechi"), ("client_encoding", "UTF8"), ("tcp_user_timeout", "30000"),
            ("dbname", url),
        ]
        // C strings live until the two `free` loops; libpq copies them.
        var keys = settings.map { UnsafePointer(strdup($0.0)) } + [nil]
        var values = settings.map { UnsafePointer(strdup($0.1)) } + [nil]
        defer {
            for pointer in keys + values { free(UnsafeMutablePointer(mutating: pointer)) }
        }
        guard let handle = PQconnectdbParams(&keys, &values, 1) else {
            throw StorageError.cannotOpen(location: location, reason: "out of memory")
        }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else {
            throw StorageError.cannotOpen(location: location, reason: PostgresFailure.text(of: handle))
        }
        guard PQserverVersion(handle) >= 130_000 else {
            throw StorageError.cannotOpen(location: location, reason: "PostgreSQL 13 or newer is needed")
        }
        // Without this libpq prints the server's notices to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try simple("set statement_timeout = '60s'")
        try simple("set lock_timeout = '30s'")
        // The queue is read through its partial index in order. With old statistics, as in a burst, the planner would rather
        // gather the whole queue in a bitmap and sort it: 170 times slower at 25,000 waiting events.
        try simple("set enable_bitmapscan = off")
        try simple("set idle_in_transaction_session_timeout = '120s'")
        // A server that is set to answer before the disk has it would break what we promise.
        try simple("select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'")
    }

    deinit { PQfinish(handle) }

    var isLost: Bool { PQstatus(handle) != CONNECTION_OK }

    /// A command without parameters or rows that matter.
    func simple(_ command: String) throws {
        _ = try checked(PQexec(handle, command))
    }

    func commit() throws {
        let result = try checked(PQexec(handle, "commit"))
        // An aborted transaction answers a commit with ROLLBACK.
        guard result.tag == "COMMIT" else {
            throw PostgresFailure(sqlState: "25P02", text: "the transaction had failed and was rolled back", isLost: false)
        }
    }

    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        try run(sql, values).rows()
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try run(sql, values).changed
    }

    func queryMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [[SQLRow]] {
        try pipeline(sql, rows) { result in try result.rows() }
    }

    func executeMany(_ sql: String, _ rows: [[SQLValue]]) throws -> [Int] {
        try pipeline(sql, rows) { result in result.changed }
    }

    func take(_ turn: Turn) throws {
        _ = try query("select pg_advisory_xact_lock($1)", [.integer(turn.rawValue)])
    }

    private func run(_ sql: String, _ values: [SQLValue]) throws -> PostgresResult {
        let name = try prepared(sql)
        let parameters = PostgresParameters(values)
        let result = parameters.withPointers { count, values, lengths, formats in
            PQexecPrepared(handle, name, count, values, lengths, formats, 1)
        }
        return try checked(result)
    }

    /// Sends many executions before it reads the first answer.
    private func pipeline<T>(
        _ sql: String, _ rows: [[SQLValue]], _ read: (borrowing PostgresResult) throws -> T
    ) throws -> [T] {
        guard rows.count > 1 else { return try rows.map { try read(try run(sql, $0)) } }
        let name = try prepared(sql)
        var answers: [T] = []
        answers.reserveCapacity(rows.count)
        for start in stride(from: 0, to: rows.count, by: 500) {
            let chunk = rows[start..<min(start + 500, rows.count)]
            guard PQenterPipelineMode(handle) == 1 else { throw connectionFailure() }
            // Fails only on a broken connection, which the next command finds out.
            defer { _ = PQexitPipelineMode(handle) }
            for values in chunk {
                let sent = PostgresParameters(values).withPointers { count, values, lengths, formats in
                    PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
                }
                guard sent == 1 else { throw connectionFailure() }
            }
            guard PQpipelineSync(handle) == 1 else { throw connectionFailure() }
            try drain(into: &answers, read)
        }
        return answers
    }

    /// Reads the answers up to the synchronisation point, then throws the first error among them.
    private func drain<T>(into answers: inout [T], _ read: (borrowing PostgresResult) throws -> T) throws {
        var firstError: (any Error)?
        var gaps = 0
        while true {
            guard let pointer = PQgetResult(handle) else {
                // One gap after each answer; two in a row mean that nothing more will come.
                gaps += 1
                if gaps > 1 || isLost { throw firstError ?? connectionFailure() }
                continue
            }
            gaps = 0
            let result = PostgresResult(pointer)
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                if let firstError { throw firstError }
                return
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                guard firstError == nil else { break }
                do { answers.append(try read(result)) } catch { firstError = error }
            case PGRES_PIPELINE_ABORTED: break
            default: firstError = firstError ?? failure(result)
            }
        }
    }

    private func prepared(_ sql: String) throws -> String {
        if let name = statements[sql] { return name }
        let name = "s\(statements.count + 1)"
        _ = try checked(PQprepare(handle, name, Dialect.postgres.text(of: sql), 0, nil))
        statements[sql] = name
        return name
    }

    private func checked(_ pointer: OpaquePointer?) throws -> PostgresResult {
        guard let pointer else { throw connectionFailure() }
        let result = PostgresResult(pointer)
        guard result.status == PGRES_TUPLES_OK || result.status == PGRES_COMMAND_OK else { throw failure(result) }
        return result
    }

    private func failure(_ result: borrowing PostgresResult) -> PostgresFailure {
        let state = result.sqlState
        // 57P0x: the server ends this connection; class 08: it is gone.
        let ended = state.hasPrefix("57P0") || state.hasPrefix("08")
        return PostgresFailure(sqlState: state, text: result.errorText, isLost: ended || isLost)
    }

    private func connectionFailure() -> PostgresFailure {
        PostgresFailure(sqlState: "", text: PostgresFailure.text(of: handle), isLost: isLost)
    }
}

extension PostgresFailure {
    /// libpq's own message, without line ends.
    static func text(of handle: OpaquePointer) -> String {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return line.isEmpty ? "no answer" : line
    }
}
