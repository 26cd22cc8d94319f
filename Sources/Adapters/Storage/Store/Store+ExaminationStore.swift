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

    package func record(_ examination: CaseExamination) async throws {
        let payload = try Stored.json(examination)
        _ = try await database.write { sql in
            try sql.execute(
                """
                update case_examinations set payload = $2, attempts = 0,
                    waits = case when (select count(*) from evidence where case_id = $1 and role <> 'preview') > $3 then 1 else 0 end
                where case_id = $1
                """, [SQLValue(examination.caseID), payload, SQLValue(examination.pieces)])
        }
    }

    package func postponeExamination(of id: CaseID, until: Date, attempts: Int) async throws {
        _ = try await database.write { sql in
            try sql.execute(
                """
                update case_examinations set attempts = attempts + 1, due_at = $2,
                    waits = case when attempts + 1 >= $3 then 0 else waits end
                where case_id = $1
                """, [SQLValue(id), SQLValue(until), SQLValue(attempts)])
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

    /// What was found in evidence goes with the last of it.
    static func forgetExamination(ofLast evidence: EvidenceID, _ sql: any SQLConnection) throws {
        try sql.execute(
            """
            delete from case_examinations where case_id = (select case_id from evidence where id = $1)
                and not exists (
                    select 1 from evidence other
                    where other.case_id = case_examinations.case_id and other.id <> $1 and other.role <> 'preview')
            """, [SQLValue(evidence)])
    }
}
