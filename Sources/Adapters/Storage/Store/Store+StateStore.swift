// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline

extension Store: StateStore {
    package func state(_ key: String) async throws -> String? {
        try await database.read { sql in
            try sql.query("select value from connector_state where key = $1", [SQLValue(key)]).first?.text(0)
        }
    }

    package func setState(_ key: String, to value: String) async throws {
        try await database.write { sql in try Self.setState(key, to: value, sql) }
    }
}

extension Store {
    /// Remembers a fact inside the transaction that makes it true.
    static func setState(_ key: String, to value: String, _ sql: any SQLConnection) throws {
        try sql.execute(
            "insert into connector_state (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value",
            [SQLValue(key), SQLValue(value)])
    }
}
