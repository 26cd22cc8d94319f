// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Pipeline
package import Signals

package import struct Foundation.Date

extension Store: EventHistory {
    package func history(in period: HistoryPeriod, after sequence: Int64, limit: Int) async throws -> [HistoryRow] {
        try await database.read { sql in
            try sql.query(
                """
                select h.sequence, h.bytes from history h
                join spaces s on s.platform = h.platform and s.id = h.space and s.privacy = 'public'
                where h.sequence > $1 and h.at >= $3 and h.at < $4 order by h.sequence limit $2
                """, [.integer(sequence), SQLValue(max(0, limit))] + Self.bounds(of: period)
            ).map { HistoryRow(sequence: try $0.int(0), bytes: try $0.blob(1)) }
        }
    }

    package func historyExtent(in period: HistoryPeriod) async throws -> HistoryExtent {
        try await database.read { sql in
            let row = try sql.query(
                "select count(*), min(at), max(at) from history where at >= $1 and at < $2", Self.bounds(of: period)
            ).first
            guard let row else { return HistoryExtent(count: 0) }
            return HistoryExtent(
                count: Int(try row.int(0)), from: try row.optional(1, row.date), until: try row.optional(2, row.date))
        }
    }

    package func deleteHistory(before time: Date?) async throws -> Int {
        let batch = 5_000
        var deleted = 0
        while true {
            // Between two batches others get their turn to write.
            try Task.checkCancellation()
            let some = try await database.write { sql in
                try sql.execute(
                    """
                    delete from history where sequence in (select sequence from history where at < $1 order by at limit $2)
                    """, [time.map { SQLValue($0) } ?? .integer(.max), SQLValue(batch)])
            }
            deleted += some
            guard some == batch else { break }
        }
        if deleted > 0 { await database.scrub() }
        return deleted
    }

    package func deleteHistory(of subject: LookBackSubject) async throws -> Int {
        let deleted = try await database.write { sql in try Self.deleteHistory(of: subject, sql) }
        if deleted > 0 { await database.scrub() }
        return deleted
    }

    private static func bounds(of period: HistoryPeriod) -> [SQLValue] {
        [
            period.from.map { SQLValue($0) } ?? .integer(.min),
            period.until.map { SQLValue($0) } ?? .integer(.max),
        ]
    }
}

extension Store {
    /// Keeps records inside the transaction that concludes their events.
    static func append(_ records: [(sequence: Int64, record: HistoryRecord)], _ sql: any SQLConnection) throws {
        guard !records.isEmpty else { return }
        try sql.insert(
            into: "history (sequence, at, platform, space, actor, bytes)", columns: 6,
            records.flatMap { sequence, record in
                [
                    .integer(sequence), SQLValue(record.receivedAt), SQLValue(record.platform), SQLValue(record.space),
                    SQLValue(record.actor), SQLValue(record.bytes),
                ]
            })
    }

    static func deleteHistory(of subject: LookBackSubject, _ sql: any SQLConnection) throws -> Int {
        switch subject {
        case .space(let platform, let space):
            try sql.execute("delete from history where platform = $1 and space = $2", [SQLValue(platform), SQLValue(space)])
        case .actor(let platform, let actor):
            try sql.execute("delete from history where platform = $1 and actor = $2", [SQLValue(platform), SQLValue(actor)])
        }
    }
}
