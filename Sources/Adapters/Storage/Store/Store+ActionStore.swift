// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline

package import struct Foundation.Date

extension Store: ActionStore {
    package func pendingActions(dueBy now: Date, limit: Int, notOn excluded: Set<PlatformID>) async throws -> [Action] {
        let platforms = excluded.sorted { $0.rawValue < $1.rawValue }
        let places = platforms.indices.map { "$\($0 + 3)" }.joined(separator: ", ")
        let condition = platforms.isEmpty ? "" : "and platform not in (\(places))"
        return try await database.read { sql in
            try sql.query(
                """
                select \(Self.actionColumns) from actions
                where state = 'pending' and due_at <= $1 \(condition) order by due_at, sequence limit $2
                """, [SQLValue(now), SQLValue(limit)] + platforms.map { SQLValue($0) }
            ).map(Self.action)
        }
    }

    @discardableResult
    package func record(_ outcomes: [ActionOutcome]) async throws -> [Bool] {
        guard !outcomes.isEmpty else { return [] }
        return try await database.write { sql in
            let rows = outcomes.map { outcome in
                let action = outcome.action
                return [
                    SQLValue(action.id), SQLValue(action.state), SQLValue(action.attempts), SQLValue(action.dueAt),
                    SQLValue(action.verifiedAt), SQLValue(action.note),
                ]
            }
            let update = "update actions set state = $2, attempts = $3, due_at = $4, verified_at = $5, note = $6 where id = $1"
            let wanted = try sql.executeMany("\(update) and state in ('pending', 'held')", rows).map { $0 == 1 }
            let late = try sql.executeMany("\(update) and state = 'cancelled' and $2 = 'done'", rows).map { $0 == 1 }
            try Self.append(outcomes.indices.compactMap { wanted[$0] || late[$0] ? outcomes[$0].ledger : nil }, sql)
            return wanted
        }
    }

    package func actions(of decision: DecisionID) async throws -> [Action] {
        try await database.read { sql in
            try sql.query(
                "select \(Self.actionColumns) from actions where decision_id = $1 order by sequence", [SQLValue(decision)]
            ).map(Self.action)
        }
    }

    package func actions(in states: Set<ActionState>, limit: Int) async throws -> [Action] {
        // Both engines plan a list of constants well: the words are our own, so they may stand in the text.
        let words = ActionState.allCases.filter(states.contains).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard !words.isEmpty else { return [] }
        return try await database.read { sql in
            try sql.query(
                "select \(Self.actionColumns) from actions where state in (\(words)) order by sequence desc limit $1",
                [SQLValue(limit)]
            ).map(Self.action)
        }
    }

    package func destructiveActions(since: Date) async throws -> [(rule: String, at: Date)] {
        struct By: Decodable { var by: Decider }
        let rows = try await database.read { sql in
            try sql.query(
                """
                select min(a.created_at), d.payload from actions a join decisions d on d.id = a.decision_id
                where a.destructive = 1 and a.created_at >= $1 and a.state not in ('held', 'cancelled')
                group by d.sequence, d.payload order by d.sequence
                """, [SQLValue(since)])
        }
        return try rows.flatMap { row -> [(rule: String, at: Date)] in
            let at = try row.date(0)
            guard case .rules(let rules) = try Stored.value(By.self, from: try row.text(1)).by else { return [] }
            return rules.map { ($0.id, at) }
        }
    }
}

extension Store {
    static let actionColumns =
        "id, decision_id, effect, target, state, attempts, created_at, due_at, event_at, verified_at, note"

    static func action(_ row: SQLRow) throws -> Action {
        Action(
            id: try row.word(0), decision: try row.word(1), effect: try Stored.value(Effect.self, from: try row.text(2)),
            target: try Stored.value(Target.self, from: try row.text(3)), state: try row.word(4), attempts: Int(try row.int(5)),
            createdAt: try row.date(6), dueAt: try row.date(7), note: try row.text(10), verifiedAt: try row.optional(9, row.date),
            eventAt: try row.date(8))
    }

    static func insert(_ actions: [Action], _ sql: any SQLConnection) throws {
        try sql.executeMany(
            """
            insert into actions (
                id, decision_id, effect, target, state, attempts, created_at, due_at, event_at, verified_at, note, kind, destructive,
                platform)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            try actions.map { action in
                [
                    SQLValue(action.id), SQLValue(action.decision), try Stored.json(action.effect),
                    try Stored.json(action.target),
                    SQLValue(action.state), SQLValue(action.attempts), SQLValue(action.createdAt), SQLValue(action.dueAt),
                    SQLValue(action.eventAt), SQLValue(action.verifiedAt), SQLValue(action.note), SQLValue(action.effect.kind),
                    SQLValue(action.effect.kind.isDestructive), SQLValue(action.target.platform),
                ]
            })
    }
}
