// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

import struct Foundation.Date

/// One part of a delivery, made ready before the transaction that writes it.
struct BankPart {
    static let replaced = "its source says something else"
    static let withdrawn = "withdrawn by its source"

    /// A hash that the part speaks of; hashes are in order, which is the order of the index that finds them.
    private struct Value: Hashable {
        var kind: Fingerprint.Kind
        var bytes: [UInt8]
    }

    /// What the part says about one hash under one reference.
    private struct Word {
        /// The place of its hash in `values`.
        var place: Int
        var reference: SQLValue
        /// Trust, tags, radius, quality, expiry: as in the table.
        var content: [SQLValue]
        var isWithdrawn: Bool
    }

    private var values: [Value]
    /// In the order of the delivery.
    private var words: [Word]

    /// Of several records with the same (kind, value, reference), the last one counts.
    init(_ records: [FingerprintRecord]) throws(StorageError) {
        struct Key: Hashable {
            var kind: Fingerprint.Kind
            var value: String
            var reference: String
        }
        var seen: Set<Key> = []
        let last = records.reversed().filter {
            seen.insert(Key(kind: $0.kind, value: $0.value, reference: $0.reference)).inserted
        }
        var read: [(value: Value, record: FingerprintRecord)] = []
        for record in last.reversed() {
            guard let bytes = HashBytes.bytes(record.value, digits: record.kind.digits) else {
                throw .constraint("line \(record.line): the value is no \(record.kind) in lower-case hexadecimal")
            }
            read.append((Value(kind: record.kind, bytes: bytes), record))
        }
        values = Set(read.map(\.value)).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        let places = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
        var tagTexts: [[String]: SQLValue] = [:]
        words = []
        words.reserveCapacity(read.count)
        for (value, record) in read {
            let tags: SQLValue
            if let known = tagTexts[record.tags] {
                tags = known
            } else {
                tags = try Self.text(of: record.tags)
                tagTexts[record.tags] = tags
            }
            words.append(
                Word(
                    place: places[value] ?? 0, reference: SQLValue(record.reference),
                    content: [
                        record.trust.value, tags, SQLValue(record.radius), SQLValue(record.quality), SQLValue(record.expiresAt),
                    ], isWithdrawn: record.isWithdrawn))
        }
    }

    // MARK: - Tags

    private static func text(of tags: [String]) throws(StorageError) -> SQLValue {
        guard !tags.isEmpty else { return .text("") }
        do { return try Stored.json(tags) } catch { throw .constraint("tags can't be written as JSON") }
    }

    static func tags(from text: String) throws -> [String] {
        text.isEmpty ? [] : try Stored.value([String].self, from: text)
    }

    // MARK: - Writing

    /// What the bank knows of a hash: its key, and the source's words on it that are not ended.
    private struct Known {
        var key: Int64
        var words: [KnownWord] = []
    }

    private struct KnownWord {
        var number: Int64
        var importNumber: Int64
        var waits: Bool
        var reference: SQLValue
        var content: [SQLValue]
    }

    /// What became of one hash.
    private struct Fate: OptionSet {
        let rawValue: UInt8
        static let added = Fate(rawValue: 1)
        static let withdrawn = Fate(rawValue: 2)
        static let changed = Fate(rawValue: 4)
        /// A word that counted has ended, or one that counts has come.
        static let touched = Fate(rawValue: 8)
    }

    /// Writes it in the turn that `trust` has taken.
    func write(to row: ImportRow, _ trust: FingerprintTrust) throws -> ImportTally {
        let sql = trust.sql
        var known = try look(row, sql)
        var keys = try Counter.fingerprints.value(sql)
        var numbers = try Counter.provenance.value(sql)
        let (firstKey, firstNumber) = (keys, numbers)
        var fates = [Fate](repeating: [], count: values.count)
        var ended: [[SQLValue]] = []
        var written: [SQLValue] = []
        written.reserveCapacity(words.count * Self.columns)
        let waits = row.state == .waiting
        for word in words {
            let place = word.place
            let earlier = known[place]?.words.filter { $0.reference == word.reference } ?? []
            let kept = word.isWithdrawn ? nil : earlier.first { keeps($0, word, row, waits: waits) }
            for old in earlier where old.number != kept?.number && (word.isWithdrawn || !waits || old.waits) {
                ended.append([
                    .integer(known[place]?.key ?? 0), .integer(old.number), SQLValue(row.at),
                    .text(word.isWithdrawn ? Self.withdrawn : Self.replaced),
                ])
                fates[place].formUnion(word.isWithdrawn ? [.withdrawn] : [.changed])
                if !old.waits { fates[place].insert(.touched) }
            }
            guard !word.isWithdrawn, kept == nil else { continue }
            if known[place] == nil {
                keys += 1
                known[place] = Known(key: keys)
                fates[place].insert(.added)
            }
            numbers += 1
            written += [.integer(known[place]?.key ?? 0), .integer(numbers), .integer(row.number), .integer(row.source)]
            written += [SQLValue(waits), word.reference]
            written += word.content
            fates[place].formUnion(waits ? [.changed] : [.changed, .touched])
        }
        try sql.executeMany(
            "update provenance set ended_at = $3, ended_because = $4 where fingerprint = $1 and number = $2", ended)
        try sql.insert(into: Self.target, columns: Self.columns, written)
        try Counter.fingerprints.advance(by: Int(keys - firstKey), sql)
        try Counter.provenance.advance(by: Int(numbers - firstNumber), sql)
        try touch(fates, known, sql)
        try trust.settleNew(bank: row.bank, source: row.source, at: row.at)
        try trust.settle()
        return Self.tally(fates)
    }

    private static let target = """
        provenance (fingerprint, number, import, source, waiting, reference, trust, tags, radius, quality, expires_at)
        """
    private static let columns = 11

    /// Whether an earlier word says the same already, so that nothing needs to be written. One that waits in another import does
    /// not: that import may be refused.
    private func keeps(_ old: KnownWord, _ word: Word, _ row: ImportRow, waits: Bool) -> Bool {
        old.content == word.content && (!old.waits || waits && old.importNumber == row.number)
    }

    /// What the bank knows of the part's hashes, by their places.
    private func look(_ row: ImportRow, _ sql: any SQLConnection) throws -> [Int: Known] {
        try sql.insert(
            into: "bank_part (n, kind, value)", columns: 3,
            values.enumerated().flatMap { [SQLValue($0), $1.kind.value, SQLValue($1.bytes)] })
        var known: [Int: Known] = [:]
        for found in try sql.query(
            """
            select v.n, f.sequence, p.number, p.import, p.waiting, p.reference, p.trust, p.tags, p.radius, p.quality, p.expires_at
            from bank_part v cross join fingerprints f
                left join provenance p on p.fingerprint = f.sequence and p.source = $2 and p.ended_at is null
            where f.value = v.value and f.kind = v.kind and f.bank = $1
            """, [.integer(row.bank), .integer(row.source)])
        {
            let place = Int(try found.int(0))
            var entry = try known[place] ?? Known(key: try found.int(1))
            if !found.isNull(2) {
                entry.words.append(
                    KnownWord(
                        number: try found.int(2), importNumber: try found.int(3), waits: try found.int(4) == 1,
                        reference: found.values[5], content: Array(found.values[6...])))
            }
            known[place] = entry
        }
        return known
    }

    private func touch(_ fates: [Fate], _ known: [Int: Known], _ sql: any SQLConnection) throws {
        var touched: [SQLValue] = []
        for (place, fate) in fates.enumerated() {
            guard let key = known[place]?.key else { continue }
            if fate.contains(.added) {
                touched += [.integer(key), SQLValue(place)]
            } else if fate.contains(.touched) {
                touched += [.integer(key), .null]
            }
        }
        try sql.insert(into: "bank_touched (fingerprint, n)", columns: 2, touched)
    }

    private static func tally(_ fates: [Fate]) -> ImportTally {
        var tally = ImportTally()
        for fate in fates {
            if fate.contains(.added) {
                tally.added += 1
            } else if fate.contains(.withdrawn) {
                tally.withdrawn += 1
            } else if fate.contains(.changed) {
                tally.changed += 1
            } else {
                tally.unchanged += 1
            }
        }
        return tally
    }
}
