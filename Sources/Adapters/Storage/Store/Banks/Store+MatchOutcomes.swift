// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Signals

/// How matches turned out: the part of `BankStore` that sources are judged by.
extension Store {
    package func record(_ outcomes: [MatchOutcome]) async throws {
        try await database.write { sql in try Self.record(outcomes, sql) }
    }

    package func statistics() async throws -> [SourceStatistics] {
        struct Pair: Hashable {
            var source: Int64
            var bank: Int64
        }
        return try await database.read { sql in
            let names = try BankNames(sql)
            var found: [Pair: SourceStatistics] = [:]
            func add(_ row: SQLRow, _ change: (inout SourceStatistics) throws -> Void) throws {
                let pair = Pair(source: try row.int(0), bank: try row.int(1))
                var statistics =
                    try found[pair]
                    ?? SourceStatistics(
                        source: try names.source(pair.source), bank: try names.bank(pair.bank), fingerprints: 0, matches: 0,
                        confirmations: 0, overturns: 0)
                try change(&statistics)
                found[pair] = statistics
            }
            for row in try sql.query("select source, bank, count from bank_totals where trust > 0 and count > 0") {
                try add(row) { $0.fingerprints += Int(try row.int(2)) }
            }
            for row in try sql.query("select source, bank, kind, count from source_outcomes") {
                let kind: MatchOutcome.Kind = try row.coded(2)
                let count = Int(try row.int(3))
                try add(row) { statistics in
                    switch kind {
                    case .matched: statistics.matches += count
                    case .confirmed: statistics.confirmations += count
                    case .overturned: statistics.overturns += count
                    }
                }
            }
            return found.values.sorted { ($0.source, $0.bank) < ($1.source, $1.bank) }
        }
    }

    package func outcomes(of key: Int64) async throws -> [MatchOutcome.Kind: Int] {
        try await database.read { sql in
            var outcomes: [MatchOutcome.Kind: Int] = [:]
            for row in try sql.query(
                "select kind, count(*) from match_outcomes where fingerprint = $1 group by kind", [.integer(key)])
            {
                outcomes[try row.coded(0)] = Int(try row.int(1))
            }
            return outcomes
        }
    }
}

extension Store {
    /// Writes outcomes inside the transaction that they come from; each counts once for each source that stands by the fingerprint
    /// now, or for the last one when none does any more: a source cannot get rid of a mistake by withdrawing it.
    static func record(_ outcomes: [MatchOutcome], _ sql: any SQLConnection) throws {
        guard !outcomes.isEmpty else { return }
        // In one order everywhere, so that two transactions never wait for each other in a circle.
        let sorted = outcomes.sorted {
            ($0.fingerprint, $0.kind.code, $0.decision.rawValue) < ($1.fingerprint, $1.kind.code, $1.decision.rawValue)
        }
        let inserted = try sql.executeMany(
            """
            insert into match_outcomes (fingerprint, kind, decision, at) values ($1, $2, $3, $4)
            on conflict (fingerprint, kind, decision) do nothing
            """,
            sorted.map { [.integer($0.fingerprint), $0.kind.value, SQLValue($0.decision), SQLValue($0.at)] })
        let new = zip(sorted, inserted).filter { $0.1 == 1 }.map(\.0)
        let standing = try sql.queryMany(
            """
            select distinct coalesce(p.source, f.source), f.bank
            from fingerprints f left join provenance p on p.fingerprint = f.sequence and p.ended_at is null and p.waiting = 0
            where f.sequence = $1
            """, new.map { [.integer($0.fingerprint)] })
        var counts: [[Int64]: Int] = [:]
        for (outcome, rows) in zip(new, standing) {
            for row in rows { counts[[try row.int(0), try row.int(1), outcome.kind.code], default: 0] += 1 }
        }
        try sql.executeMany(
            """
            insert into source_outcomes (source, bank, kind, count) values ($1, $2, $3, $4)
            on conflict (source, bank, kind) do update set count = source_outcomes.count + excluded.count
            """,
            counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
                key.map { .integer($0) } + [SQLValue(count)]
            })
    }
}
