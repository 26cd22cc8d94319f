// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// Gives touched fingerprints the trust that their sources' words add up to: the one place where that rule stands.
///
/// A word counts when it is not ended, does not wait, and its source has a cap. `benign` wins over all; else each word is worth
/// what it says, at most the cap of its source; the best one wins, the earliest among equals. The winner gives the fingerprint
/// its source, radius, quality and expiry. Without one, the fingerprint is `retired` and keeps the rest.
///
/// All of it is done by set, in temporary tables, because one change of a source may touch millions.
struct FingerprintTrust {
    /// How many fingerprints one statement works on: a few seconds of work, well below the engines' time limits.
    static let chunk = 50_000

    let sql: any SQLConnection

    /// Waits for its turn and makes the temporary tables, empty.
    init(_ sql: any SQLConnection) throws {
        self.sql = sql
        try sql.take(.banks)
        for statement in Self.tables { try sql.execute(statement) }
        for table in ["bank_part", "bank_touched", "bank_changes"] { try sql.execute("{empty} \(table)") }
    }

    private static let tables = [
        // The values of the part that is written.
        "create temporary table if not exists bank_part (n {int} primary key, kind {int16} not null, value {blob} not null)",
        // Fingerprints whose trust may have changed; a new one has its place in the part.
        "create temporary table if not exists bank_touched (fingerprint {int} primary key, n {int})",
        """
        create temporary table if not exists bank_changes (
            fingerprint {int} primary key, bank {int32}, kind {int16}, old_trust {int16}, old_source {int32}, trust {int16},
            source {int32}, radius {int16}, quality {int16}, expires_at {int}, revision {int}
        )
        """,
    ]

    /// The word that wins, for each touched fingerprint that has one. `cross join` keeps SQLite from starting with the largest table.
    private static let winners = """
        select fingerprint, worth, source, radius, quality, expires_at
        from (
            select words.*, row_number() over (partition by fingerprint order by worth desc, number) as place
            from (
                select
                    p.fingerprint, p.number, p.source, p.radius, p.quality, p.expires_at,
                    case when s.cap = 0 then 0 when p.trust = 4 then 4 when p.trust < s.cap then p.trust else s.cap end as worth
                from bank_touched t cross join provenance p cross join sources s
                where p.fingerprint = t.fingerprint and p.ended_at is null and p.waiting = 0 and s.number = p.source
            ) words
            where worth > 0
        ) placed
        where place = 1
        """

    /// Brings the touched fingerprints that the store has up to date; each that changes gets the next revision.
    func settle() throws {
        let changed = try sql.execute(
            """
            insert into bank_changes
            select
                f.sequence, f.bank, f.kind, f.trust, f.source, coalesce(w.worth, 0), coalesce(w.source, f.source),
                case when w.fingerprint is null then f.radius else w.radius end,
                case when w.fingerprint is null then f.quality else w.quality end,
                case when w.fingerprint is null then f.expires_at else w.expires_at end,
                cast($1 as {int}) + row_number() over (order by f.sequence)
            from bank_touched t cross join fingerprints f left join (\(Self.winners)) w on w.fingerprint = f.sequence
            where f.sequence = t.fingerprint and t.n is null
                and (
                    f.trust <> coalesce(w.worth, 0)
                    or w.fingerprint is not null and (
                        f.source <> w.source or f.radius is distinct from w.radius or f.quality is distinct from w.quality
                        or f.expires_at is distinct from w.expires_at))
            """, [SQLValue(try Counter.revision.value(sql))])
        guard changed > 0 else { return }
        try Counter.revision.advance(by: changed, sql)
        try sql.execute(
            """
            update fingerprints
            set (trust, source, radius, quality, expires_at, revision) = (
                select c.trust, c.source, c.radius, c.quality, c.expires_at, c.revision
                from bank_changes c where c.fingerprint = fingerprints.sequence)
            where sequence in (select fingerprint from bank_changes where old_trust is not null)
            """)
        try count()
    }

    /// Writes the touched fingerprints that are new, from their places in the part.
    func settleNew(bank: Int64, source: Int64, at: Date) throws {
        let added = try sql.execute(
            """
            insert into bank_changes
            select
                t.fingerprint, cast($1 as {int32}), v.kind, null, null, coalesce(w.worth, 0), coalesce(w.source, cast($2 as {int32})),
                w.radius, w.quality, w.expires_at, cast($3 as {int}) + row_number() over (order by t.fingerprint)
            from bank_touched t cross join bank_part v left join (\(Self.winners)) w on w.fingerprint = t.fingerprint
            where v.n = t.n
            """, [.integer(bank), .integer(source), SQLValue(try Counter.revision.value(sql))])
        guard added > 0 else { return }
        try Counter.revision.advance(by: added, sql)
        try sql.execute(
            """
            insert into fingerprints
                (sequence, revision, added_at, expires_at, bank, source, kind, trust, radius, quality, value)
            select
                c.fingerprint, c.revision, cast($1 as {int}), c.expires_at, c.bank, c.source, c.kind, c.trust, c.radius, c.quality,
                v.value
            from bank_touched t cross join bank_part v cross join bank_changes c
            where v.n = t.n and c.fingerprint = t.fingerprint
            """, [SQLValue(at)])
        try count()
    }

    /// Brings the totals up to date with the changes, and forgets the changes.
    private func count() throws {
        try sql.execute(
            """
            insert into bank_totals (bank, source, kind, trust, count)
            select bank, source, kind, trust, sum(step)
            from (
                select bank, old_source as source, kind, old_trust as trust, -1 as step
                from bank_changes where old_trust is not null
                union all
                select bank, source, kind, trust, 1 from bank_changes
            ) steps
            where true
            group by bank, source, kind, trust
            having sum(step) <> 0
            on conflict (bank, source, kind, trust) do update set count = bank_totals.count + excluded.count
            """)
        try sql.execute("{empty} bank_changes")
    }

    /// Touches fingerprints chunk by chunk, does something with each chunk, and brings its trust up to date.
    /// - Parameters:
    ///   - keys: a query of their keys, `$1` its parameter, ending in a condition that another `and` can follow.
    ///   - column: the key's name in it.
    func settle(
        _ keys: String, by column: String, _ value: Int64, before: (FingerprintTrust) throws -> Void = { _ in }
    ) throws {
        var low = Int64(-1)
        while true {
            let next = try sql.query(
                """
                select max(\(column)) from (\(keys) and \(column) > $2 order by \(column) limit \(Self.chunk)) chunk
                """, [.integer(value), .integer(low)]
            ).first
            guard let next, !next.isNull(0) else { return }
            let high = try next.int(0)
            // `distinct`: a source may have said something about one fingerprint under several references.
            try sql.execute(
                """
                insert into bank_touched (fingerprint)
                select distinct \(column) from (\(keys) and \(column) > $2 and \(column) <= $3) chunk
                """, [.integer(value), .integer(low), .integer(high)])
            try before(self)
            try settle()
            try sql.execute("{empty} bank_touched")
            low = high
        }
    }

    // MARK: - Words

    /// Ends all words on the touched fingerprints, also those that wait.
    func endAll(because reason: String, at: Date) throws {
        try sql.execute(
            """
            update provenance set ended_at = $1, ended_because = $2
            where ended_at is null and fingerprint in (select fingerprint from bank_touched)
            """, [SQLValue(at), SQLValue(reason)])
    }
}
