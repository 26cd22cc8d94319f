// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
package import Signals

extension Store: SightingQueue {
    package func sightings(after sequence: Int64, limit: Int) async throws -> [(sequence: Int64, sighting: Sighting)] {
        try await database.read { sql in
            try sql.query(
                """
                select sequence, kind, hash, platform, space, item, actor, media_index, at from sightings
                where sequence > $1 order by sequence limit $2
                """, [.integer(sequence), SQLValue(max(0, limit))]
            ).map { row in (try row.int(0), try Self.sighting(row)) }
        }
    }

    package func deleteSightings(through sequence: Int64) async throws {
        try await database.write { sql in
            _ = try sql.execute("delete from sightings where sequence <= $1", [.integer(sequence)])
        }
    }

    package func deleteSightings(of subject: LookBackSubject) async throws -> Int {
        let deleted = try await database.write { sql in
            // Waits for those that are being written.
            try sql.take(.sightings)
            return try Self.deleteSightings(of: subject, sql)
        }
        if deleted > 0 { await database.scrub() }
        return deleted
    }

    package func queuedSightings() async throws -> Int {
        try await database.read { sql in Int(try sql.query("select count(*) from sightings").first?.int(0) ?? 0) }
    }
}

extension Store {
    /// Queues sightings inside the transaction that concludes their event. The turn keeps their numbers in the order in which
    /// they become visible: a reader that has seen one has seen all before it.
    static func append(_ sightings: [Sighting], _ sql: any SQLConnection) throws {
        guard !sightings.isEmpty else { return }
        try sql.take(.sightings)
        try sql.insert(
            into: "sightings (at, kind, media_index, hash, platform, space, item, actor)", columns: 8,
            sightings.flatMap { sighting in
                [
                    SQLValue(sighting.at), sighting.kind.value, SQLValue(sighting.mediaIndex), SQLValue(sighting.hash.bytes),
                    SQLValue(sighting.platform), SQLValue(sighting.space), SQLValue(sighting.item), SQLValue(sighting.actor),
                ]
            })
    }

    static func deleteSightings(of subject: LookBackSubject, _ sql: any SQLConnection) throws -> Int {
        switch subject {
        case .space(let platform, let space):
            try sql.execute(
                "delete from sightings where platform = $1 and space = $2", [SQLValue(platform), SQLValue(space)])
        case .actor(let platform, let actor):
            try sql.execute(
                "delete from sightings where platform = $1 and actor = $2", [SQLValue(platform), SQLValue(actor)])
        }
    }

    private static func sighting(_ row: SQLRow) throws -> Sighting {
        guard let hash = try? PDQHash(bytes: try row.blob(2)) else {
            throw StorageError.corrupt("a queued sighting has no hash of 32 bytes")
        }
        return Sighting(
            kind: try row.coded(1), hash: hash, platform: try row.word(3), space: try row.word(4), item: try row.word(5),
            actor: try row.word(6), mediaIndex: Int(try row.int(7)), at: try row.date(8))
    }
}
