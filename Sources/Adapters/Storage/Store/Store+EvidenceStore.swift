// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
package import Moderation
package import Records

extension Store: EvidenceStore {
    package func evidence(_ id: EvidenceID) async throws -> SealedEvidence? {
        try await database.read { sql in
            try sql.query(
                """
                select e.id, e.sha256, e.type, e.size, e.sealed, k.key, e.sealed_at
                from evidence e join evidence_keys k on k.evidence_id = e.id where e.id = $1
                """, [SQLValue(id)]
            ).first.map { row in
                SealedEvidence(
                    id: try row.word(0), sha256: try row.text(1), type: try row.text(2), size: Int(try row.int(3)),
                    sealed: try row.blob(4), key: try row.blob(5), sealedAt: try row.date(6))
            }
        }
    }

    package func destroyEvidence(_ id: EvidenceID, ledger: LedgerEntry) async throws {
        let destroyed = try await database.write { sql in
            // Whoever makes a preview of it holds this row: then the preview is there to be destroyed, too.
            _ = try sql.query("select 1 from evidence where id = $1 {for update}", [SQLValue(id)])
            try Self.forgetExamination(of: id, sql)
            var entries: [LedgerEntry] = []
            for id in [id, id.preview] {
                try sql.execute("delete from evidence_keys where evidence_id = $1", [SQLValue(id)])
                // What is gone already is not destroyed again, and the ledger does not say so.
                guard try sql.execute("delete from evidence where id = $1", [SQLValue(id)]) == 1 else { continue }
                var entry = ledger
                entry.subject = id.rawValue
                entries.append(entry)
            }
            guard !entries.isEmpty else { return false }
            try Self.append(entries, sql)
            return true
        }
        if destroyed { await database.scrub() }
    }
}
