// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline

package import struct Foundation.Date

/// A case that people are done with: what was decided of it, and what detectors said of it. Without content.
package struct ClosedCase: Sendable {
    package var id: CaseID
    package var closedAt: Date
    /// In the order in which they were made, with the explanations of rules.
    package var decisions: [Decision]
    /// What was found in its evidence for its reviewer; nil when it was not looked at, or its evidence is gone.
    package var examination: CaseExamination?
}

extension Store {
    /// Closed cases in the order in which they were closed, from behind one of them.
    package func closedCases(after last: ClosedCase?, limit: Int) async throws -> [ClosedCase] {
        let place = [
            SQLValue(last?.closedAt ?? Date(timeIntervalSince1970: 0)), SQLValue(last?.id ?? CaseID("")), SQLValue(limit),
        ]
        return try await database.read { sql in
            let rows = try sql.query(
                """
                select c.id, c.closed_at, x.payload from cases c left join case_examinations x on x.case_id = c.id
                where c.state = 'closed' and (c.closed_at, c.id) > ($1, $2) order by c.closed_at, c.id limit $3
                """, place)
            let decisions = try sql.queryMany(
                "select \(Self.decisionColumns) from decisions where case_id = $1 order by sequence", rows.map { [$0.values[0]] })
            return try rows.indices.map { index in
                ClosedCase(
                    id: try rows[index].word(0), closedAt: try rows[index].date(1),
                    decisions: try decisions[index].map(Self.decision),
                    examination: try rows[index].optional(2, rows[index].text).map {
                        try Stored.value(CaseExamination.self, from: $0)
                    })
            }
        }
    }
}
