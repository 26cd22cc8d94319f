// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Pipeline
package import Policies

package import struct Foundation.Date

/// What versions of rules did: counts, their part in decisions, and how those turned out.
extension Store {
    package func add(_ counts: RuleCounts) async throws {
        let kinds = counts.seen.sorted { ($0.key.minute, $0.key.kind.rawValue) < ($1.key.minute, $1.key.kind.rawValue) }
        let rules = counts.rules.sorted {
            ($0.key.minute, $0.key.key.description) < ($1.key.minute, $1.key.key.description)
        }
        try await database.write { sql in
            try sql.executeMany(
                """
                insert into kind_counts (minute, kind, seen) values ($1, $2, $3)
                on conflict (minute, kind) do update set seen = kind_counts.seen + excluded.seen
                """, kinds.map { [SQLValue($0.key.minute), SQLValue($0.key.kind), SQLValue($0.value)] })
            try sql.executeMany(
                """
                insert into rule_counts (minute, rule, version, fired, acted, held) values ($1, $2, $3, $4, $5, $6)
                on conflict (minute, rule, version) do update set fired = rule_counts.fired + excluded.fired,
                    acted = rule_counts.acted + excluded.acted, held = rule_counts.held + excluded.held
                """,
                rules.map { place, count in
                    [
                        SQLValue(place.minute), SQLValue(place.key.rule), SQLValue(place.key.version), SQLValue(count.fired),
                        SQLValue(count.acted), SQLValue(count.held),
                    ]
                })
        }
    }

    package func counts(since: Date) async throws -> RuleNumbers {
        let minute = SQLValue(RuleTally.minute(since))
        return try await database.read { sql in
            var numbers = RuleNumbers()
            // PostgreSQL's sum of bigint is numeric, so it is cast back.
            for row in try sql.query(
                "select kind, cast(sum(seen) as {int}) from kind_counts where minute >= $1 group by kind", [minute])
            {
                if let kind = EventKind(rawValue: try row.text(0)) { numbers.seen[kind] = Int(try row.int(1)) }
            }
            for row in try sql.query(
                """
                select rule, version, cast(sum(fired) as {int}), cast(sum(acted) as {int}), cast(sum(held) as {int})
                from rule_counts where minute >= $1 group by rule, version
                """, [minute])
            {
                numbers.rules[RuleKey(rule: try row.text(0), version: try row.text(1))] = .init(
                    fired: Int(try row.int(2)), acted: Int(try row.int(3)), held: Int(try row.int(4)))
            }
            return numbers
        }
    }

    package func deleteCounts(before: Date) async throws {
        let minute = SQLValue(RuleTally.minute(before))
        try await database.write { sql in
            try sql.execute("delete from rule_counts where minute < $1", [minute])
            try sql.execute("delete from kind_counts where minute < $1", [minute])
        }
    }

    package func uses(of key: RuleKey, after sequence: Int64, limit: Int) async throws -> [RuleUseRow] {
        try await uses(of: key, "and r.sequence > $4 order by r.sequence limit $3", limit, sequence)
    }

    package func newestUses(of key: RuleKey, limit: Int) async throws -> [RuleUseRow] {
        try await uses(of: key, "and r.sequence < $4 order by r.sequence desc limit $3", limit, .max)
    }

    private func uses(
        of key: RuleKey, _ rest: String, _ limit: Int, _ sequence: Int64
    ) async throws -> [RuleUseRow] {
        try await database.read { sql in
            let rows = try sql.query(
                """
                select r.sequence, r.decision, r.effects, (select count(*) from decisions u where u.id = 'u-' || r.decision)
                from decision_rules r where r.rule = $1 and r.version = $2 \(rest)
                """, [SQLValue(key.rule), SQLValue(key.version), SQLValue(max(0, limit)), SQLValue(sequence)])
            let others = try sql.queryMany(
                "select rule, version, effects from decision_rules where decision = $1 and not (rule = $2 and version = $3)",
                rows.map { [$0.values[1], SQLValue(key.rule), SQLValue(key.version)] })
            return try zip(rows, others).map { row, others in
                RuleUseRow(
                    sequence: try row.int(0), decision: try row.word(1), effects: Self.effects(try row.text(2)),
                    others: try others.map {
                        RuleUse(
                            key: RuleKey(rule: try $0.text(0), version: try $0.text(1)), effects: Self.effects(try $0.text(2)))
                    }, isUndone: try row.int(3) > 0)
            }
        }
    }

    package func footprint(of key: RuleKey) async throws -> RuleFootprint {
        let values = [SQLValue(key.rule), SQLValue(key.version)]
        let undone = "exists (select 1 from decisions u where u.id = 'u-' || r.decision)"
        return try await database.read { sql in
            func count(_ condition: String) throws -> Int {
                let row = try sql.query(
                    "select count(*) from decision_rules r where r.rule = $1 and r.version = $2 and \(condition)", values
                ).first
                return Int(try row?.int(0) ?? 0)
            }
            return RuleFootprint(
                decisions: try count("not \(undone)"),
                shared: try count(
                    "not \(undone) and exists (select 1 from decision_rules o where o.decision = r.decision and not (o.rule = r.rule and o.version = r.version))"
                ),
                alreadyUndone: try count(undone),
                lines: try sql.query(
                    """
                    select a.kind, a.platform, a.state, count(*)
                    from decision_rules r join actions a on a.decision_id = r.decision
                    where r.rule = $1 and r.version = $2 and not \(undone)
                    group by a.kind, a.platform, a.state order by a.kind, a.platform, a.state
                    """, values
                ).map { row in
                    RuleFootprint.Line(
                        effect: try row.word(0), platform: try row.word(1), state: try row.word(2), count: Int(try row.int(3)))
                })
        }
    }

    private static func effects(_ text: String) -> [EffectKind] {
        text.split(separator: ",").compactMap { EffectKind(rawValue: String($0)) }
    }
}

extension Store {
    /// The rules' parts in a decision, inside its transaction.
    static func insert(_ uses: [RuleUse], of decision: DecisionID, _ sql: any SQLConnection) throws {
        try sql.executeMany(
            """
            insert into decision_rules (rule, version, sequence, decision, destructive, effects)
            select $1, $2, sequence, id, $4, $5 from decisions where id = $3
            """,
            uses.map { use in
                [
                    SQLValue(use.key.rule), SQLValue(use.key.version), SQLValue(decision),
                    SQLValue(use.effects.contains(where: \.isDestructive)),
                    SQLValue(use.effects.map(\.rawValue).joined(separator: ",")),
                ]
            })
    }

    /// Writes outcomes inside the transaction that they come from. Only what a version wanted to do by itself counts for or against it.
    static func record(_ outcomes: [RuleOutcome], at now: Date, _ sql: any SQLConnection) throws {
        guard !outcomes.isEmpty else { return }
        var hasChanged = false
        for one in outcomes.sorted(by: { ($0.key.description, $0.decision.rawValue) < ($1.key.description, $1.decision.rawValue) }
        ) {
            let place = [SQLValue(one.key.rule), SQLValue(one.key.version), SQLValue(one.decision)]
            let counts = try sql.query(
                "select 1 from decision_rules where rule = $1 and version = $2 and decision = $3 and destructive = 1", place)
            guard !counts.isEmpty else { continue }
            let version = Array(place.prefix(2))
            // Locked first, so that two words on one decision come one after the other.
            _ = try sql.query("select 1 from rule_versions where rule = $1 and version = $2 {for update}", version)
            let before = try sql.query(
                "select kind from rule_outcomes where rule = $1 and version = $2 and decision = $3", place
            ).first?.int(0)
            guard before != Int64(one.kind.rawValue) else { continue }
            try sql.execute(
                """
                insert into rule_outcomes (rule, version, decision, kind, at) values ($1, $2, $3, $4, $5)
                on conflict (rule, version, decision) do update set kind = excluded.kind, at = excluded.at
                """, place + [SQLValue(one.kind.rawValue), SQLValue(now)])
            try sql.execute(
                "update rule_versions set \(column(one.kind)) = \(column(one.kind)) + 1 where rule = $1 and version = $2", version
            )
            if let before, let kind = RuleOutcome.Kind(rawValue: Int(before)) {
                // The count may have begun anew since.
                try sql.execute(
                    """
                    update rule_versions set \(column(kind)) = case when \(column(kind)) > 0 then \(column(kind)) - 1 else 0 end
                    where rule = $1 and version = $2
                    """, version)
            }
            hasChanged = true
        }
        if hasChanged { try ruleChange(sql) }
    }

    private static func column(_ kind: RuleOutcome.Kind) -> String {
        switch kind {
        case .confirmed: "confirmed"
        case .overturned: "overturned"
        }
    }
}
