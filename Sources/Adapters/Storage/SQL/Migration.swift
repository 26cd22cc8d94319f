// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import struct Foundation.Date

/// One numbered step of the schema; never changed once released.
package struct Migration: Hashable, Sendable {
    package var number: Int64
    package var name: String
    package var statements: [String]

    package init(_ number: Int64, _ name: String, _ statements: [String]) {
        self.number = number
        self.name = name
        self.statements = statements
    }
}

/// Brings a database's schema up to date, one transaction a step.
package struct Migrator: Sendable {
    package var migrations: [Migration]
    package var location: String

    package init(_ migrations: [Migration], location: String) {
        self.migrations = migrations
        self.location = location
    }

    private var known: Int64 { migrations.last?.number ?? 0 }

    /// Applies what is missing; several processes may call it at once.
    package func migrate(_ database: any SQLDatabase) async throws {
        while try await step(database) {}
    }

    /// Whether steps are missing.
    package func isBehind(_ database: any SQLDatabase) async throws -> Bool { try await version(database) < known }

    /// Throws unless the schema is exactly ours; changes nothing.
    package func check(_ database: any SQLDatabase) async throws {
        let found = try await version(database)
        if found > known { throw StorageError.schemaTooNew(location: location, found: found, known: known) }
        if found < known { throw StorageError.schemaTooOld(location: location, found: found, known: known) }
    }

    /// The number of the last step applied; 0 for a database that is empty or not ours.
    package func version(_ database: any SQLDatabase) async throws -> Int64 {
        do {
            return try await database.read(Self.version)
        } catch StorageError.failed {
            return 0
        }
    }

    private static func version(_ sql: any SQLConnection) throws -> Int64 {
        try sql.query("select coalesce(max(number), 0) from schema_migrations").first?.int(0) ?? 0
    }

    /// One step; false when there is nothing left to do.
    private func step(_ database: any SQLDatabase) async throws -> Bool {
        try await database.write { [self] sql in
            try sql.take(.migrate)
            try sql.execute(
                "create table if not exists schema_migrations (number {int} primary key, name text not null, applied_at {int} not null)"
            )
            let found = try Self.version(sql)
            if found > known { throw StorageError.schemaTooNew(location: location, found: found, known: known) }
            guard let next = migrations.first(where: { $0.number > found }) else { return false }
            for statement in next.statements { try sql.execute(statement) }
            try sql.execute(
                "insert into schema_migrations (number, name, applied_at) values ($1, $2, $3)",
                [SQLValue(next.number), SQLValue(next.name), SQLValue(Date())])
            return true
        }
    }
}
