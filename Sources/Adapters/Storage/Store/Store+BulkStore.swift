// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline

extension Store: BulkStore {
    package func put(_ bulk: BulkDecision, items: [BulkItem], ledger: [LedgerEntry]) async throws {
        let payload = try Stored.json(bulk)
        let values = try items.flatMap { item in
            [
                SQLValue(bulk.id), SQLValue(item.number), SQLValue(item.at), .integer(item.fingerprint), SQLValue(item.distance),
                try Stored.json(item.target),
            ]
        }
        try await database.write { sql in
            try sql.execute(
                "insert into bulk_decisions (id, state, payload) values ($1, $2, $3)",
                [SQLValue(bulk.id), SQLValue(bulk.state), payload])
            try sql.insert(into: "bulk_items (bulk, number, at, fingerprint, distance, target)", columns: 6, values)
            try Self.append(ledger, sql)
        }
    }

    package func update(
        _ bulk: BulkDecision, expecting: Set<BulkDecision.State>, ledger: [LedgerEntry]
    ) async throws -> Bool {
        let words = BulkDecision.State.allCases.filter(expecting.contains).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard !words.isEmpty else { return false }
        let payload = try Stored.json(bulk)
        return try await database.write { sql in
            let updated = try sql.execute(
                "update bulk_decisions set state = $2, payload = $3 where id = $1 and state in (\(words))",
                [SQLValue(bulk.id), SQLValue(bulk.state), payload])
            guard updated == 1 else { return false }
            try Self.append(ledger, sql)
            return true
        }
    }

    package func bulk(_ id: BulkID) async throws -> BulkDecision? {
        try await database.read { sql in
            try sql.query("select payload from bulk_decisions where id = $1", [SQLValue(id)]).first.map(Self.bulk)
        }
    }

    package func bulks(in states: Set<BulkDecision.State>, limit: Int) async throws -> [BulkDecision] {
        let words = BulkDecision.State.allCases.filter(states.contains).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard !words.isEmpty else { return [] }
        return try await database.read { sql in
            try sql.query(
                "select payload from bulk_decisions where state in (\(words)) order by sequence desc limit $1",
                [SQLValue(max(0, limit))]
            ).map(Self.bulk)
        }
    }

    package func lookedBack(for fingerprints: [Int64]) async throws -> [Int64: Int] {
        try await database.read { sql in
            var radii: [Int64: Int] = [:]
            for key in fingerprints {
                let row = try sql.query("select radius from looked_back where fingerprint = $1", [.integer(key)]).first
                radii[key] = try row.map { Int(try $0.int(0)) }
            }
            return radii
        }
    }

    package func setLookedBack(_ radii: [Int64: Int?]) async throws {
        if radii.isEmpty { return }
        try await database.write { sql in
            for (key, radius) in radii {
                if let radius {
                    try sql.execute(
                        """
                        insert into looked_back (fingerprint, radius) values ($1, $2)
                        on conflict (fingerprint) do update set radius = excluded.radius
                        """, [.integer(key), SQLValue(radius)])
                } else {
                    try sql.execute("delete from looked_back where fingerprint = $1", [.integer(key)])
                }
            }
        }
    }

    package func items(of id: BulkID, after number: Int, limit: Int) async throws -> [BulkItem] {
        try await database.read { sql in
            try sql.query(
                """
                select number, target, at, fingerprint, distance from bulk_items
                where bulk = $1 and number > $2 order by number limit $3
                """, [SQLValue(id), SQLValue(number), SQLValue(max(0, limit))]
            ).map { row in
                BulkItem(
                    number: Int(try row.int(0)), target: try Stored.value(Target.self, from: try row.text(1)),
                    at: try row.date(2), fingerprint: try row.int(3), distance: Int(try row.int(4)))
            }
        }
    }

    private static func bulk(_ row: SQLRow) throws -> BulkDecision {
        try Stored.value(BulkDecision.self, from: try row.text(0))
    }
}
