// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

extension Store: FingerprintStore {
    package func put(_ fingerprints: [Fingerprint], ledger: [LedgerEntry]) async throws -> Int {
        try await database.write { sql in
            let inserted = try sql.executeMany(
                """
                insert into fingerprints (id, bank, kind, value, trust, source, added_at) values ($1, $2, $3, $4, $5, $6, $7)
                on conflict (bank, kind, value) do nothing
                """,
                fingerprints.map { print in
                    [
                        SQLValue(print.id), SQLValue(print.bank), SQLValue(print.kind), SQLValue(print.value),
                        SQLValue(print.trust),
                        SQLValue(print.source), SQLValue(print.addedAt),
                    ]
                })
            // Known ones keep their id and the time they came; only what changed is written.
            let updated = try sql.executeMany(
                """
                update fingerprints set trust = $4, source = $5
                where bank = $1 and kind = $2 and value = $3 and (trust <> $4 or source <> $5)
                """,
                zip(fingerprints, inserted).compactMap { print, inserted in
                    inserted == 1
                        ? nil
                        : [
                            SQLValue(print.bank), SQLValue(print.kind), SQLValue(print.value), SQLValue(print.trust),
                            SQLValue(print.source),
                        ]
                })
            let new = inserted.reduce(0, +)
            if new + updated.reduce(0, +) > 0 {
                try sql.execute("update versions set value = value + 1 where name = 'fingerprints'")
            }
            try Self.append(ledger, sql)
            return new
        }
    }

    package func fingerprints() async throws -> [Fingerprint] {
        try await database.read { sql in
            try sql.query("select id, bank, kind, value, trust, source, added_at from fingerprints order by sequence").map {
                row in
                Fingerprint(
                    id: try row.word(0), bank: try row.text(1), kind: try row.word(2), value: try row.text(3),
                    trust: try row.word(4),
                    source: try row.text(5), addedAt: try row.date(6))
            }
        }
    }

    package func fingerprintVersion() async throws -> Int64 {
        try await database.read { sql in
            try sql.query("select value from versions where name = 'fingerprints'").first?.int(0) ?? 0
        }
    }
}
