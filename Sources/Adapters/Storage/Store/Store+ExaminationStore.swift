// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Pipeline

package import struct Foundation.Date

extension Store: ExaminationStore {
    package func waitingExaminations(dueBy: Date, limit: Int) async throws -> [CaseID] {
        try await database.read { sql in
            try sql.query(
                """
                select x.case_id from case_examinations x join cases c on c.id = x.case_id
                where x.waits = 1 and x.due_at <= $1 and c.state = 'open'
                order by c.priority desc, c.opened_at, c.id limit $2
                """, [SQLValue(dueBy), SQLValue(limit)]
            ).map { try $0.word(0) }
        }
    }

    package func claimExamination(of id: CaseID, dueBy: Date, until: Date) async throws -> Bool {
        try await database.write { sql in
            try sql.execute(
                "update case_examinations set due_at = $3 where case_id = $1 and waits = 1 and due_at <= $2",
                [SQLValue(id), SQLValue(dueBy), SQLValue(until)]) == 1
        }
    }

    package func tellOnce(of id: CaseID) async throws -> Bool {
        try await database.write { sql in
            try sql.execute("update case_examinations set told = 1 where case_id = $1 and told = 0", [SQLValue(id)]) == 1
        }
    }

    package func record(_ examination: CaseExamination) async throws {
        let payload = try Stored.json(examination)
        _ = try await database.write { sql in
            let id = SQLValue(examination.caseID)
            // Locked before the evidence is read: whoever destroys some waits for this row, or is done.
            _ = try sql.query("select 1 from case_examinations where case_id = $1 {for update}", [id])
            let there = try Self.evidenceToExamine(of: id, sql)
            let seen = Set(examination.pieces)
            guard seen.isSubset(of: there) else {
                return try sql.execute(
                    "update case_examinations set waits = \(Self.waitsIfOpen), attempts = 0 where case_id = $1", [id])
            }
            return try sql.execute(
                """
                update case_examinations set payload = $2, attempts = 0, waits = \(there == seen ? "0" : Self.waitsIfOpen)
                where case_id = $1
                """, [id, payload])
        }
    }

    package func postponeExamination(of id: CaseID, until: Date, attempts: Int?) async throws -> Bool {
        let now = now()
        return try await database.write { sql in
            let row = try sql.query(
                "select attempts, payload from case_examinations where case_id = $1 {for update}", [SQLValue(id)]
            ).first
            guard let row else { return false }
            guard let attempts, try Int(row.int(0)) + 1 >= attempts else {
                try sql.execute(
                    "update case_examinations set attempts = attempts + $3, due_at = $2 where case_id = $1",
                    [SQLValue(id), SQLValue(until), SQLValue(attempts == nil ? 0 : 1)])
                return false
            }
            // What was found earlier stays, where it can be read, and it is said that there is no more.
            let earlier = try row.optional(1, row.text).flatMap { try? Stored.value(CaseExamination.self, from: $0) }
            var examination = earlier ?? CaseExamination(caseID: id, at: now, pieces: [])
            examination.withheld = .givenUp
            try sql.execute(
                "update case_examinations set attempts = attempts + 1, waits = 0, payload = $2 where case_id = $1",
                [SQLValue(id), try Stored.json(examination)])
            return true
        }
    }

    package func examination(of id: CaseID) async throws -> CaseExamination? {
        try await database.read { sql in
            try sql.query("select payload from case_examinations where case_id = $1 and payload is not null", [SQLValue(id)])
                .first.map { try Stored.value(CaseExamination.self, from: try $0.text(0)) }
        }
    }
}

extension Store {
    /// Makes a case wait, inside the transaction that gives it evidence.
    static func awaitExamination(of id: CaseID, at now: Date, _ sql: any SQLConnection) throws {
        try sql.execute(
            """
            insert into case_examinations (case_id, waits, attempts, due_at) values ($1, 1, 0, $2)
            on conflict (case_id) do update set waits = 1, attempts = 0, due_at = excluded.due_at
            """, [SQLValue(id), SQLValue(now)])
    }

    /// A case that closes waits for nothing any more, and no index is told of it when it is opened again.
    static func endExamination(ofCaseOf workItem: SQLValue, _ sql: any SQLConnection) throws {
        try sql.execute(
            "update case_examinations set waits = 0, told = 1 where case_id = (select case_id from work_items where id = $1)",
            [workItem])
    }

    /// A case that is opened again waits, unless all that it holds was looked at.
    static func resumeExamination(of id: SQLValue, at now: Date, _ sql: any SQLConnection) throws {
        let there = try evidenceToExamine(of: id, sql)
        guard !there.isEmpty else { return }
        let row = try sql.query("select payload from case_examinations where case_id = $1 {for update}", [id]).first
        let found = try row.flatMap { row in try row.optional(0, row.text) }
            .flatMap { try? Stored.value(CaseExamination.self, from: $0) }
        if let found, found.withheld != .givenUp, Set(found.pieces) == there { return }
        try sql.execute(
            """
            insert into case_examinations (case_id, waits, attempts, due_at, told) values ($1, 1, 0, $2, 1)
            on conflict (case_id) do update set waits = 1, attempts = 0, due_at = excluded.due_at
            """, [id, SQLValue(now)])
    }

    /// What was found in a piece goes with it; what is left of the case is looked at again while it is open.
    static func forgetExamination(of evidence: EvidenceID, _ sql: any SQLConnection) throws {
        let row = try sql.query("select case_id from evidence where id = $1 and role <> 'preview'", [SQLValue(evidence)]).first
        guard let row, !row.isNull(0) else { return }
        let id = row.values[0]
        // Whoever opens or closes it waits, or is done.
        _ = try sql.query("select 1 from cases where id = $1 {for update}", [id])
        let isRest = try evidenceToExamine(of: id, sql).subtracting([evidence]).isEmpty == false
        try sql.execute(
            isRest
                ? """
                update case_examinations set payload = null, waits = \(waitsIfOpen), attempts = 0, due_at = 0 where case_id = $1
                """
                : "delete from case_examinations where case_id = $1",
            [id])
    }

    private static let waitsIfOpen =
        "(select count(*) from cases c where c.id = case_examinations.case_id and c.state = 'open')"

    private static func evidenceToExamine(of id: SQLValue, _ sql: any SQLConnection) throws -> Set<EvidenceID> {
        Set(
            try sql.query("select id from evidence where case_id = $1 and role <> 'preview'", [id])
                .map { (row) throws -> EvidenceID in try row.word(0) })
    }
}
