// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Records

extension Store: LedgerStore {
    package func append(_ entries: [LedgerEntry]) async throws {
        try await database.write { sql in try Self.append(entries, sql) }
    }

    package func links(after sequence: Int64, limit: Int) async throws -> [LedgerLink] {
        try await database.read { sql in
            try sql.query(
                "select sequence, canonical, hash from ledger where sequence > $1 order by sequence limit $2",
                [SQLValue(sequence), SQLValue(limit)]
            ).map { row in LedgerLink(sequence: try row.int(0), canonical: try row.text(1), hash: try row.text(2)) }
        }
    }

    package func head() async throws -> (sequence: Int64, hash: String)? {
        try await database.read { sql in
            guard let row = try sql.query("select sequence, hash from ledger_head where id = 1 and sequence > 0").first else {
                return nil
            }
            return (try row.int(0), try row.text(1))
        }
    }
}

extension Store {
    /// Appends entries inside the transaction that they describe. Call it last: from here to the end of the transaction
    /// nobody else appends, which is what keeps the chain without gaps and forks.
    static func append(_ entries: [LedgerEntry], _ sql: any SQLConnection) throws {
        guard !entries.isEmpty else { return }
        guard let row = try sql.query("select sequence, hash from ledger_head where id = 1 {for update}").first else {
            throw StorageError.corrupt("the ledger's head is missing")
        }
        let sequence = try row.int(0)
        var head: LedgerChain.Head = sequence == 0 ? LedgerChain.start : (sequence, try row.text(1))
        var links: [[SQLValue]] = []
        for entry in entries {
            let link = LedgerChain.link(entry, after: head)
            links.append([SQLValue(link.sequence), SQLValue(link.canonical), SQLValue(link.hash)])
            head = (link.sequence, link.hash)
        }
        try sql.executeMany("insert into ledger (sequence, canonical, hash) values ($1, $2, $3)", links)
        try sql.execute(
            "update ledger_head set sequence = $1, hash = $2 where id = 1", [SQLValue(head.sequence), SQLValue(head.hash)])
    }
}
