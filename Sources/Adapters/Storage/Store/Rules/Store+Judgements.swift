// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Pipeline
import Policies

package import struct Foundation.Date

/// What people said of items: their own verdicts, and what they found of rules' decisions.
extension Store {
    package func judgements(since time: Date) async throws -> Judgements {
        var judgements = Judgements()
        try await readOutcomes(since: time, into: &judgements)
        // Verdicts on cases, on bulk decisions, and what took them back. The undo of a rule's decision is an outcome above.
        for prefix in ["p-", "b-", "u-p-", "u-b-"] { try await readWords(idPrefix: prefix, since: time, into: &judgements) }
        return judgements
    }

    private static let page = 1_000

    private func readWords(idPrefix: String, since time: Date, into judgements: inout Judgements) async throws {
        guard let end = Self.end(ofPrefix: idPrefix) else { return }
        var after = idPrefix
        while true {
            let values: [SQLValue] = [SQLValue(after), SQLValue(end), SQLValue(time), SQLValue(Self.page)]
            let rows = try await database.read { sql in
                try sql.query(
                    "select id, payload, at from decisions where id > $1 and id < $2 and at >= $3 order by id limit $4", values)
            }
            for row in rows {
                let decision = try Stored.value(JudgedDecision.self, from: try row.text(1))
                guard case .person = decision.by, let item = decision.target.item else { continue }
                switch decision.verdict {
                case .remove, .restrict:
                    judgements.say(.violation, of: item, on: decision.target.platform, at: try row.date(2))
                case .noViolation:
                    judgements.say(.noViolation, of: item, on: decision.target.platform, at: try row.date(2))
                case .undo: judgements.say(nil, of: item, on: decision.target.platform, at: try row.date(2))
                case .escalate, .review: break
                }
            }
            guard rows.count == Self.page, let last = rows.last else { return }
            after = try last.text(0)
        }
    }

    private func readOutcomes(since time: Date, into judgements: inout Judgements) async throws {
        var place = [SQLValue(""), SQLValue(""), SQLValue("")]
        while true {
            let values = place + [SQLValue(time), SQLValue(Self.page)]
            let rows = try await database.read { sql in
                try sql.query(
                    """
                    select o.rule, o.version, o.decision, o.kind, o.at, d.payload from rule_outcomes o
                    join decisions d on d.id = o.decision
                    where (o.rule, o.version, o.decision) > ($1, $2, $3) and o.at >= $4
                    order by o.rule, o.version, o.decision limit $5
                    """, values)
            }
            for row in rows {
                let target = try Stored.value(JudgedDecision.self, from: try row.text(5)).target
                guard let item = target.item else { continue }
                let isConfirmed = RuleOutcome.Kind(rawValue: Int(try row.int(3))) == .confirmed
                judgements.say(isConfirmed ? .violation : .noViolation, of: item, on: target.platform, at: try row.date(4))
            }
            guard rows.count == Self.page, let last = rows.last else { return }
            place = Array(last.values.prefix(3))
        }
    }
}

/// The parts of a decision that say what was thought of what.
private struct JudgedDecision: Decodable {
    var by: Decider
    var verdict: Verdict
    var target: Target
}
