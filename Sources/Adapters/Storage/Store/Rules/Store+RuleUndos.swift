// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline
package import Policies

package import struct Foundation.Date

/// Taking back what a version did, and the back-tests that promotions rest on.
extension Store {
    package func put(_ undo: RuleUndo, ledger: [LedgerEntry]) async throws {
        let payload = try Stored.json(undo)
        try await database.write { sql in
            try sql.execute(
                "insert into rule_undos (id, state, payload) values ($1, $2, $3)",
                [SQLValue(undo.id), SQLValue(undo.state), payload])
            try Self.append(ledger, sql)
        }
    }

    package func update(_ undo: RuleUndo, expecting: Set<RuleUndo.State>, ledger: [LedgerEntry]) async throws -> Bool {
        let words = RuleUndo.State.allCases.filter(expecting.contains).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard !words.isEmpty else { return false }
        let payload = try Stored.json(undo)
        return try await database.write { sql in
            let updated = try sql.execute(
                "update rule_undos set state = $2, payload = $3 where id = $1 and state in (\(words))",
                [SQLValue(undo.id), SQLValue(undo.state), payload])
            guard updated == 1 else { return false }
            try Self.append(ledger, sql)
            return true
        }
    }

    package func undo(_ id: String) async throws -> RuleUndo? {
        try await database.read { sql in
            try sql.query("select payload from rule_undos where id = $1", [SQLValue(id)]).first
                .map { try Stored.value(RuleUndo.self, from: try $0.text(0)) }
        }
    }

    package func undos(limit: Int) async throws -> [RuleUndo] {
        try await database.read { sql in
            try sql.query("select payload from rule_undos order by sequence desc limit $1", [SQLValue(max(0, limit))])
                .map { try Stored.value(RuleUndo.self, from: try $0.text(0)) }
        }
    }

    package func lease(undo id: String, holder: String, at now: Date, until: Date) async throws -> Bool {
        try await database.write { sql in
            try sql.execute(
                """
                update rule_undos set holder = $2, lease_until = $4
                where id = $1 and (holder is null or holder = $2 or lease_until < $3)
                """, [SQLValue(id), SQLValue(holder), SQLValue(now), SQLValue(until)]) == 1
        }
    }
}

extension Store: BacktestReports {
    package func put(_ report: BacktestReport, ledger: [LedgerEntry]) async throws {
        let payload = try Stored.json(report)
        try await database.write { sql in
            try sql.execute(
                "insert into backtest_reports (id, rule, version, payload) values ($1, $2, $3, $4)",
                [SQLValue(report.id), SQLValue(report.key.rule), SQLValue(report.key.version), payload])
            try Self.append(ledger, sql)
        }
    }

    package func report(_ id: String) async throws -> BacktestReport? {
        try await database.read { sql in
            try sql.query("select payload from backtest_reports where id = $1", [SQLValue(id)]).first.map(Self.backtest)
        }
    }

    package func reports(of key: RuleKey, limit: Int) async throws -> [BacktestReport] {
        try await database.read { sql in
            try sql.query(
                "select payload from backtest_reports where rule = $1 and version = $2 order by sequence desc limit $3",
                [SQLValue(key.rule), SQLValue(key.version), SQLValue(max(0, limit))]
            ).map(Self.backtest)
        }
    }

    private static func backtest(_ row: SQLRow) throws -> BacktestReport {
        try Stored.value(BacktestReport.self, from: try row.text(0))
    }
}
