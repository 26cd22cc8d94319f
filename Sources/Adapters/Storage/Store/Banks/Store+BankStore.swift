// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

extension Store: BankStore {
    // MARK: - Banks and sources

    package func banks() async throws -> [Bank] {
        try await database.read { sql in
            try sql.query(
                "select name, note, radius, quality_gate, share, added_at from banks where deleted_at is null order by name {by bytes}"
            ).map { row in
                Bank(
                    name: try row.text(0), note: try row.text(1), radius: Int(try row.int(2)), qualityGate: Int(try row.int(3)),
                    share: try row.real(4), addedAt: try row.date(5))
            }
        }
    }

    package func put(_ bank: Bank, ledger: [LedgerEntry]) async throws {
        try await database.write { sql in
            try sql.take(.banks)
            try sql.execute(
                """
                insert into banks (name, note, radius, quality_gate, share, added_at) values ($1, $2, $3, $4, $5, $6)
                on conflict (name) do update set
                    note = excluded.note, radius = excluded.radius, quality_gate = excluded.quality_gate,
                    share = excluded.share, added_at = excluded.added_at, deleted_at = null
                """,
                [
                    SQLValue(bank.name), SQLValue(bank.note), SQLValue(bank.radius), SQLValue(bank.qualityGate),
                    SQLValue(bank.share), SQLValue(bank.addedAt),
                ])
            try Counter.revision.advance(by: 1, sql)
            try Self.append(ledger, sql)
        }
    }

    package func deleteBank(_ name: String, because reason: String, at: Date, ledger: [LedgerEntry]) async throws {
        try await database.write { sql in
            let trust = try FingerprintTrust(sql)
            let bank = try BankNames.number(ofBank: name, sql)
            try trust.settle("select sequence from fingerprints where bank = $1", by: "sequence", bank) { trust in
                try trust.endAll(because: reason, at: at)
            }
            // What still waits for this bank has nothing to wait for.
            try sql.execute(
                """
                update imports set state = 'refused', reason = $2, resolved_at = $3 where bank = $1 and state = 'waiting'
                """, [.integer(bank), SQLValue(reason), SQLValue(at)])
            try sql.execute("update banks set deleted_at = $2 where number = $1", [.integer(bank), SQLValue(at)])
            try Counter.revision.advance(by: 1, sql)
            try Self.append(ledger, sql)
        }
    }

    package func sources() async throws -> [FingerprintSource] {
        try await database.read { sql in
            try sql.query(
                """
                select name, ceiling, precision_floor, may_share, state, state_reason, added_at, confirmations_before, overturns_before
                from sources
                order by name {by bytes}
                """
            ).map { row in
                var source = FingerprintSource(
                    name: try row.text(0), ceiling: try row.word(1), precisionFloor: try row.optional(2, row.real),
                    mayShare: try row.int(3) == 1, state: try row.word(4), stateReason: try row.text(5),
                    addedAt: try row.date(6))
                source.confirmationsBefore = Int(try row.int(7))
                source.overturnsBefore = Int(try row.int(8))
                return source
            }
        }
    }

    package func put(_ source: FingerprintSource, ledger: [LedgerEntry]) async throws {
        try await database.write { sql in
            let trust = try FingerprintTrust(sql)
            let known = try sql.query("select number, cap from sources where name = $1", [SQLValue(source.name)]).first
            try sql.execute(
                """
                insert into sources (
                    name, ceiling, precision_floor, may_share, state, state_reason, added_at, cap, confirmations_before,
                    overturns_before)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                on conflict (name) do update set
                    ceiling = excluded.ceiling, precision_floor = excluded.precision_floor, may_share = excluded.may_share,
                    state = excluded.state, state_reason = excluded.state_reason, added_at = excluded.added_at, cap = excluded.cap,
                    confirmations_before = excluded.confirmations_before, overturns_before = excluded.overturns_before
                """,
                [
                    SQLValue(source.name), SQLValue(source.ceiling), SQLValue(source.precisionFloor), SQLValue(source.mayShare),
                    SQLValue(source.state), SQLValue(source.stateReason), SQLValue(source.addedAt), .integer(source.cap),
                    SQLValue(source.confirmationsBefore), SQLValue(source.overturnsBefore),
                ])
            if let known, try known.int(1) != source.cap {
                try trust.settle(
                    "select fingerprint from provenance where source = $1 and ended_at is null and waiting = 0",
                    by: "fingerprint", try known.int(0))
            }
            try Counter.revision.advance(by: 1, sql)
            try Self.append(ledger, sql)
        }
    }

    // MARK: - Fingerprints

    package func fingerprint(_ key: Int64) async throws -> Fingerprint? {
        try await database.read { sql in
            let names = try BankNames(sql)
            return try sql.query(
                "select \(BankNames.fingerprintColumns) from fingerprints where sequence = $1", [.integer(key)]
            ).first.map(names.fingerprint)
        }
    }

    package func fingerprints(
        bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int
    ) async throws -> [Fingerprint] {
        try await database.read { sql in
            let names = try BankNames(sql)
            var condition = "sequence > $1"
            var values: [SQLValue] = [.integer(key), SQLValue(max(0, limit))]
            if let bank {
                guard let row = try sql.query("select number from banks where name = $1", [SQLValue(bank)]).first else {
                    return []
                }
                values.append(row.values[0])
                condition += " and bank = $\(values.count)"
            }
            if let kind {
                values.append(kind.value)
                condition += " and kind = $\(values.count)"
            }
            return try sql.query(
                "select \(BankNames.fingerprintColumns) from fingerprints where \(condition) order by sequence limit $2", values
            ).map(names.fingerprint)
        }
    }

    package func fingerprints(kind: Fingerprint.Kind, value: String) async throws -> [Fingerprint] {
        guard let bytes = HashBytes.bytes(value, digits: kind.digits) else { return [] }
        return try await database.read { sql in
            let names = try BankNames(sql)
            return try sql.query(
                "select \(BankNames.fingerprintColumns) from fingerprints where value = $1 and kind = $2 order by sequence",
                [SQLValue(bytes), kind.value]
            ).map(names.fingerprint)
        }
    }

    package func provenance(of key: Int64) async throws -> [Provenance] {
        try await database.read { sql in
            try sql.query(
                """
                select s.name, p.reference, p.trust, p.tags, i.id, i.at, i.added_by, p.ended_at, p.ended_because
                from provenance p join sources s on s.number = p.source join imports i on i.number = p.import
                where p.fingerprint = $1 order by p.number
                """, [.integer(key)]
            ).map { row in
                Provenance(
                    source: try row.text(0), reference: try row.text(1), trust: try row.coded(2),
                    tags: try BankPart.tags(from: try row.text(3)), importID: try row.word(4), addedAt: try row.date(5),
                    addedBy: try row.text(6), endedAt: try row.optional(7, row.date),
                    endedBecause: try row.optional(8, row.text) ?? "")
            }
        }
    }

    package func retire(
        _ key: Int64, because reason: String, by account: String, at: Date, ledger: [LedgerEntry]
    ) async throws {
        try await database.write { sql in
            let trust = try FingerprintTrust(sql)
            try sql.execute("insert into bank_touched (fingerprint) values ($1)", [.integer(key)])
            try trust.endAll(because: "\(reason) (\(account))", at: at)
            try trust.settle()
            try Self.append(ledger, sql)
        }
    }

    package func counts() async throws -> [BankCount] {
        try await database.read { sql in
            let names = try BankNames(sql)
            return try sql.query(
                """
                select t.bank, t.kind, t.trust, cast(sum(t.count) as {int}) from bank_totals t join banks b on b.number = t.bank
                where b.deleted_at is null
                group by t.bank, t.kind, t.trust having sum(t.count) > 0 order by t.bank, t.kind, t.trust
                """
            ).map { row in
                BankCount(
                    bank: try names.bank(try row.int(0)), kind: try row.coded(1), trust: try row.coded(2),
                    count: Int(try row.int(3)))
            }
        }
    }

    // MARK: - Revisions

    package func revision() async throws -> Int64 {
        try await database.read { sql in try Counter.revision.value(sql) }
    }

    package func changes(after revision: Int64, limit: Int) async throws -> [(revision: Int64, fingerprint: Fingerprint)] {
        try await database.read { sql in
            let names = try BankNames(sql)
            return try sql.query(
                """
                select \(BankNames.fingerprintColumns) from fingerprints where revision > $1 order by revision limit $2
                """, [.integer(revision), SQLValue(max(0, limit))]
            ).map { row in (try row.int(10), try names.fingerprint(row)) }
        }
    }
}
