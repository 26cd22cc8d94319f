// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

/// Deliveries of fingerprints: the part of `BankStore` that brings them in.
extension Store {
    package func write(
        _ records: [FingerprintRecord], of delivery: FingerprintImport, checkpoint: (key: String, value: String)?,
        ledger: [LedgerEntry]
    ) async throws -> ImportTally {
        let part = try BankPart(records)
        return try await database.write { sql in
            let trust = try FingerprintTrust(sql)
            var row = try ImportRow(of: delivery, sql)
            if row.mustWait(delivery) { try row.turnToWaiting(delivery, trust) }
            let tally = try part.write(to: row, trust)
            try sql.execute(
                "update imports set count = count + $2 where number = $1", [.integer(row.number), SQLValue(records.count)])
            if let checkpoint { try Self.setState(checkpoint.key, to: checkpoint.value, sql) }
            try Self.append(ledger, sql)
            return tally
        }
    }

    package func resolve(
        _ id: ImportID, as state: FingerprintImport.State, by account: String, reason: String, at: Date, ledger: [LedgerEntry]
    ) async throws -> FingerprintImport? {
        guard state != .waiting else { return nil }
        return try await database.write { sql in
            let trust = try FingerprintTrust(sql)
            let known = try sql.query("select number from imports where id = $1 and state = 'waiting'", [SQLValue(id)]).first
            guard let number = try known?.int(0) else { return nil }
            switch state {
            case .applied: try ImportRow.letCount(number, at: at, trust)
            case .refused: try ImportRow.end(number, because: "import refused: \(reason)", at: at, trust)
            case .waiting: break
            }
            try sql.execute(
                "update imports set state = $2, reason = $3, resolved_by = $4, resolved_at = $5 where number = $1",
                [.integer(number), SQLValue(state), SQLValue(reason), SQLValue(account), SQLValue(at)])
            try Self.append(ledger, sql)
            return try sql.query("\(Self.importsQuery) where i.number = $1", [.integer(number)]).first.map(Self.import)
        }
    }

    package func imports(in states: Set<FingerprintImport.State>, limit: Int) async throws -> [FingerprintImport] {
        let words = FingerprintImport.State.allCases.filter(states.contains).map { "'\($0.rawValue)'" }.joined(separator: ", ")
        guard !words.isEmpty else { return [] }
        return try await database.read { sql in
            try sql.query(
                "\(Self.importsQuery) where i.state in (\(words)) order by i.number desc limit $1", [SQLValue(max(0, limit))]
            ).map(Self.import)
        }
    }

    package func volumes(of source: String, before: Date, days: Int) async throws -> [Int] {
        guard days > 0 else { return [] }
        let day: Int64 = 86_400_000
        let end = before.milliseconds
        return try await database.read { sql in
            var volumes = [Int](repeating: 0, count: days)
            for row in try sql.query(
                """
                select i.at, i.count from imports i join sources s on s.number = i.source
                where s.name = $1 and i.at >= $2 and i.at < $3
                """, [SQLValue(source), .integer(end - Int64(days) * day), .integer(end)])
            {
                volumes[Int((end - 1 - (try row.int(0))) / day)] += Int(try row.int(1))
            }
            return volumes
        }
    }

    private static let importsQuery = """
        select i.id, b.name, s.name, i.added_by, i.at, i.state, i.reason, i.resolved_by, i.resolved_at, i.count
        from imports i join banks b on b.number = i.bank join sources s on s.number = i.source
        """

    private static func `import`(_ row: SQLRow) throws -> FingerprintImport {
        FingerprintImport(
            id: try row.word(0), bank: try row.text(1), source: try row.text(2), by: try row.text(3), at: try row.date(4),
            state: try row.word(5), reason: try row.text(6), resolvedBy: try row.optional(7, row.text),
            resolvedAt: try row.optional(8, row.date), count: Int(try row.int(9)))
    }
}

/// An import as it stands in its table.
struct ImportRow {
    var number: Int64
    var bank: Int64
    var source: Int64
    var at: Date
    var state: FingerprintImport.State
    private var isResolved: Bool

    /// Finds an import, or makes it.
    init(of delivery: FingerprintImport, _ sql: any SQLConnection) throws {
        bank = try BankNames.number(ofBank: delivery.bank, sql)
        source = try BankNames.number(ofSource: delivery.source, sql)
        at = delivery.at
        try sql.execute(
            """
            insert into imports (id, bank, source, added_by, at, state, reason, resolved_by, resolved_at, count)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)
            on conflict (id) do nothing
            """,
            [
                SQLValue(delivery.id), .integer(bank), .integer(source), SQLValue(delivery.by), SQLValue(delivery.at),
                SQLValue(delivery.state), SQLValue(delivery.reason), SQLValue(delivery.resolvedBy), SQLValue(delivery.resolvedAt),
            ])
        let row = try sql.query(
            "select number, bank, source, state, resolved_by, at from imports where id = $1", [SQLValue(delivery.id)]
        ).first
        guard let row, try row.int(1) == bank, try row.int(2) == source else {
            throw StorageError.constraint("import \(delivery.id) is of another bank or source")
        }
        number = try row.int(0)
        state = try row.word(3)
        isResolved = !row.isNull(4)
        at = try row.date(5)
        guard state != .refused else { throw StorageError.constraint("import \(delivery.id) was refused") }
    }

    /// Whether it counted so far and shall wait from this part on; what a person has approved does not wait again.
    func mustWait(_ delivery: FingerprintImport) -> Bool {
        delivery.state == .waiting && state == .applied && !isResolved
    }

    /// From now on the whole of it waits, also what it brought before.
    mutating func turnToWaiting(_ delivery: FingerprintImport, _ trust: FingerprintTrust) throws {
        state = .waiting
        let sql = trust.sql
        try sql.execute(
            "update imports set state = 'waiting', reason = $2 where number = $1", [.integer(number), SQLValue(delivery.reason)])
        let number = number
        try trust.settle(
            "select fingerprint from provenance where import = $1 and ended_at is null and waiting = 0", by: "fingerprint", number
        ) { _ in
            // A word of a later import that waits too takes the place of this one's.
            try Self.endReplaced(number, at: delivery.at, sql)
            try sql.execute(
                """
                update provenance set waiting = 1
                where import = $1 and ended_at is null and waiting = 0
                    and fingerprint in (select fingerprint from bank_touched)
                """, [.integer(number)])
        }
    }

    /// Its words count from now on; those of the same source that they replace end.
    static func letCount(_ number: Int64, at: Date, _ trust: FingerprintTrust) throws {
        let sql = trust.sql
        try trust.settle(waitingKeys, by: "fingerprint", number) { _ in
            try sql.execute(
                """
                update provenance set ended_at = $2, ended_because = $3
                where ended_at is null and waiting = 0 and fingerprint in (select fingerprint from bank_touched)
                    and exists (
                        select 1 from provenance new
                        where new.fingerprint = provenance.fingerprint and new.import = $1 and new.ended_at is null
                            and new.waiting = 1 and new.source = provenance.source and new.reference = provenance.reference)
                """, [.integer(number), SQLValue(at), SQLValue(BankPart.replaced)])
            try sql.execute(
                """
                update provenance set waiting = 0
                where import = $1 and ended_at is null and waiting = 1
                    and fingerprint in (select fingerprint from bank_touched)
                """, [.integer(number)])
        }
    }

    /// None of its words will ever count.
    static func end(_ number: Int64, because reason: String, at: Date, _ trust: FingerprintTrust) throws {
        let sql = trust.sql
        try trust.settle(waitingKeys, by: "fingerprint", number) { _ in
            try sql.execute(
                """
                update provenance set ended_at = $2, ended_because = $3
                where import = $1 and ended_at is null and waiting = 1
                    and fingerprint in (select fingerprint from bank_touched)
                """, [.integer(number), SQLValue(at), SQLValue(reason)])
        }
    }

    private static let waitingKeys =
        "select fingerprint from provenance where import = $1 and waiting = 1 and ended_at is null"

    /// Ends the words of an import for which the same source has a waiting one already.
    private static func endReplaced(_ number: Int64, at: Date, _ sql: any SQLConnection) throws {
        try sql.execute(
            """
            update provenance set ended_at = $2, ended_because = $3
            where import = $1 and ended_at is null and waiting = 0 and fingerprint in (select fingerprint from bank_touched)
                and exists (
                    select 1 from provenance new
                    where new.fingerprint = provenance.fingerprint and new.ended_at is null and new.waiting = 1
                        and new.source = provenance.source and new.reference = provenance.reference)
            """, [.integer(number), SQLValue(at), SQLValue(BankPart.replaced)])
    }
}
