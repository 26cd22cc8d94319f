// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Pipeline
package import Signals

package import struct Foundation.Date

extension Store: ForgetList {
    package func keepIndex(_ name: String, at now: Date, until: Date) async throws -> Bool {
        let (wasKept, dropped) = try await database.write { sql in
            let dropped = try Self.giveUpIndexes(at: now, sql)
            let kept = try sql.execute(
                "update lookalike_indexes set kept_until = $2 where name = $1", [SQLValue(name), SQLValue(until)])
            if kept == 0 {
                try sql.execute(
                    """
                    insert into lookalike_indexes (name, kept_until) values ($1, $2)
                    on conflict (name) do update set kept_until = excluded.kept_until
                    """, [SQLValue(name), SQLValue(until)])
            }
            return (kept == 1, dropped)
        }
        if dropped > 0 { await database.scrub() }
        return wasKept
    }

    package func giveUpIndexes(at now: Date) async throws {
        let dropped = try await database.write { sql in try Self.giveUpIndexes(at: now, sql) }
        if dropped > 0 { await database.scrub() }
    }

    package func dropIndex(_ name: String) async throws {
        let dropped = try await database.write { sql in
            let notes = try sql.execute("delete from lookalike_forgets where index_name = $1", [SQLValue(name)])
            try sql.execute("delete from lookalike_indexes where name = $1", [SQLValue(name)])
            return notes
        }
        if dropped > 0 { await database.scrub() }
    }

    package func indexes() async throws -> Set<String> {
        try await database.read { sql in
            Set(try sql.query("select name from lookalike_indexes").map { try $0.text(0) })
        }
    }

    package func note(_ subject: LookAlikeSubject) async throws {
        let now = now()
        try await database.write { sql in try Self.note(subject, at: now, sql) }
    }

    package func toForget(by index: String, limit: Int) async throws -> [LookAlikeSubject] {
        try await database.read { sql in
            try sql.query(
                "select platform, kind, id from lookalike_forgets where index_name = $1 order by platform, kind, id limit $2",
                [SQLValue(index), SQLValue(max(0, limit))]
            ).map { row in
                switch try row.text(1) {
                case "space": .space(try row.word(0), try row.word(2))
                case "actor": .actor(try row.word(0), try row.word(2))
                case "item": .item(try row.word(0), try row.word(2))
                default: throw StorageError.corrupt("a subject of an unknown kind is to be forgotten")
                }
            }
        }
    }

    package func forgot(_ subjects: [LookAlikeSubject], by index: String) async throws {
        let deleted = try await database.write { sql in
            try sql.executeMany(
                "delete from lookalike_forgets where platform = $1 and kind = $2 and id = $3 and index_name = $4",
                subjects.map { Self.values($0) + [SQLValue(index)] }
            ).reduce(0, +)
        }
        // Whoever left need not be named any more.
        if deleted > 0 { await database.scrub() }
    }
}

extension Store {
    /// Writes down whom every index is to forget, inside the transaction that makes it so.
    static func note(_ subject: LookAlikeSubject, at now: Date, _ sql: any SQLConnection) throws {
        try giveUpIndexes(at: now, sql)
        try sql.execute(
            """
            insert into lookalike_forgets (platform, kind, id, index_name)
            select $1, $2, $3, name from lookalike_indexes where true
            on conflict (index_name, platform, kind, id) do nothing
            """, values(subject))
        try neverTell(subject, sql)
    }

    /// Indexes that nobody has used for so long are told nothing more, and nobody is named because of them.
    ///
    /// - Returns: how many notes went.
    @discardableResult
    private static func giveUpIndexes(at now: Date, _ sql: any SQLConnection) throws -> Int {
        let notes = try sql.execute(
            "delete from lookalike_forgets where index_name in (select name from lookalike_indexes where kept_until < $1)",
            [SQLValue(now)])
        try sql.execute("delete from lookalike_indexes where kept_until < $1", [SQLValue(now)])
        return notes
    }

    /// A case that waits to be looked at must not bring back later what is forgotten now.
    private static func neverTell(_ subject: LookAlikeSubject, _ sql: any SQLConnection) throws {
        var query = """
            select x.case_id, c.target from case_examinations x join cases c on c.id = x.case_id
            where x.waits = 1 and x.told = 0
            """
        var values: [SQLValue] = []
        if case .item(_, let id) = subject {
            // Keys of cases about items end with the item: the rest need not be read.
            query += " and substr(c.case_key, length(c.case_key) - length(cast($1 as text)) + 1) = $1"
            values = [SQLValue(id)]
        }
        let told = try sql.query(query + " order by x.case_id", values).filter { row in
            let target = try Stored.value(Target.self, from: try row.text(1))
            return switch subject {
            case .space(let platform, let id): target.platform == platform && target.space == id
            case .actor(let platform, let id): target.platform == platform && target.actor == id
            case .item(let platform, let id): target.platform == platform && target.item == id
            }
        }
        try sql.executeMany("update case_examinations set told = 1 where case_id = $1", told.map { [$0.values[0]] })
    }

    private static func values(_ subject: LookAlikeSubject) -> [SQLValue] {
        switch subject {
        case .space(let platform, let id): [SQLValue(platform), .text("space"), SQLValue(id)]
        case .actor(let platform, let id): [SQLValue(platform), .text("actor"), SQLValue(id)]
        case .item(let platform, let id): [SQLValue(platform), .text("item"), SQLValue(id)]
        }
    }
}
