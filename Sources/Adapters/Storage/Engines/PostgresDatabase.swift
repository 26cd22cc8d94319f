// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging

/// PostgreSQL through libpq: a few connections, each blocking on a thread of its own.
package final class PostgresDatabase: SQLDatabase {
    private let jobs: JobQueue<PostgresSession>

    /// Connects when first used.
    /// - Parameter connections: the most transactions that run at once.
    package init(url: String, connections: Int = 8) {
        let location = StorageAddress.postgres(url: url).location
        let log = Logger(label: "haechi.storage")
        jobs = JobQueue(threads: connections, name: "haechi-postgres") {
            PostgresSession(url: url, location: location, log: log)
        }
    }

    deinit { jobs.close() }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await run("begin", body)
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await run("begin isolation level repeatable read read only", body)
    }

    /// Nothing to do: old row versions are the business of PostgreSQL's vacuum.
    package func scrub() async {}

    package func close() async { jobs.close() }

    private func run<T: Sendable>(
        _ begin: String, _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let added = jobs.add { session in
                continuation.resume(with: Result { try session.transaction(begin, body) })
            }
            if !added { continuation.resume(throwing: StorageError.closed) }
        }
    }
}
