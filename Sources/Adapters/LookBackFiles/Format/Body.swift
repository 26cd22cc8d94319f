// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
import Signals

import struct Foundation.Date

/// Sightings of one day as they are stored: the hashes, the records, an index of the records' blocks, and the names.
///
/// `32 * count` bytes of hashes (four words each, the least significant first), `recordBytes` of records, 12 bytes of index for each
/// 64 records, `nameBytes` of names; all numbers little-endian.
struct Body: Sendable {
    let day: Int
    let count: Int
    let recordBytes: Int
    let nameBytes: Int
    let bytes: BodyBytes

    static let hashSize = 32
    static let dayMilliseconds = 86_400_000

    var blocks: Int { Self.blocks(count) }
    var recordsAt: Int { Self.hashSize * count }
    var indexAt: Int { recordsAt + recordBytes }
    var namesAt: Int { indexAt + RecordBlock.entrySize * blocks }
    var size: Int { namesAt + nameBytes }

    static func blocks(_ count: Int) -> Int { (count + RecordBlock.count - 1) / RecordBlock.count }

    static func size(count: Int, recordBytes: Int, nameBytes: Int) -> Int {
        hashSize * count + recordBytes + RecordBlock.entrySize * blocks(count) + nameBytes
    }

    func damaged(_ what: String) -> LookBackError { .damaged(bytes.name, what) }

    /// Hashes from a place on, as many as fit the buffer; not checked against checksums, so that a sweep runs at full speed.
    func readHashes(from entry: Int, count: Int, into buffer: inout [PDQHash]) throws(LookBackError) {
        let failure = buffer.withUnsafeMutableBytes { memory in
            // A hash is four words without padding, stored in the same order; `rebasing` checks that there is room.
            bytes.fill(
                UnsafeMutableRawBufferPointer(rebasing: memory[..<(count * Self.hashSize)]), at: entry * Self.hashSize)
        }
        if let failure { throw failure }
    }

    /// Where each record of some blocks lies and whom it names, without unpacking the rest: much faster than `decode`.
    func outlines(of range: Range<Int>) throws(LookBackError) -> [RecordOutline] {
        let (heads, records, first) = try read(range)
        var outlines: [RecordOutline] = []
        outlines.reserveCapacity(range.count * RecordBlock.count)
        for (place, block) in range.enumerated() {
            let from = heads[place].offset - first
            let to = place + 1 < heads.count ? heads[place + 1].offset - first : records.count
            let count = min(RecordBlock.count, self.count - block * RecordBlock.count)
            guard from >= 0, from <= to, to <= records.count,
                heads[place].outline(records.span, from..<to, count: count, shift: recordsAt + first, into: &outlines)
            else { throw damaged("block \(block) of its records cannot be read") }
        }
        return outlines
    }

    /// One block after another, each record with its place among the body's bytes; nil for what was deleted.
    func decode(blocks range: Range<Int>) throws(LookBackError) -> [[(place: Range<Int>, record: Record?)]] {
        guard !range.isEmpty else { return [] }
        let (starts, records, first) = try read(range)
        var decoded: [[(place: Range<Int>, record: Record?)]] = []
        for (place, block) in range.enumerated() {
            let from = starts[place].offset - first
            let to = place + 1 < starts.count ? starts[place + 1].offset - first : records.count
            let count = min(RecordBlock.count, self.count - block * RecordBlock.count)
            guard from <= to, to <= records.count, from >= 0, let found = starts[place].decode(records[from..<to], count: count)
            else { throw damaged("block \(block) of its records cannot be read") }
            let shift = recordsAt + first
            decoded.append(found.map { ($0.place.lowerBound + shift..<$0.place.upperBound + shift, $0.record) })
        }
        return decoded
    }

    /// The index entries of some blocks (and of the one behind them), their records, and where these begin among all.
    private func read(_ range: Range<Int>) throws(LookBackError) -> (heads: [RecordBlock], records: [UInt8], first: Int) {
        let isLast = range.upperBound == blocks
        let entries = range.count + (isLast ? 0 : 1)
        let size = RecordBlock.entrySize
        var index = ByteReader(try bytes.read(size * entries, at: indexAt + size * range.lowerBound))
        let starts = (0..<entries).map { _ in RecordBlock(entry: &index) }
        let end = isLast ? recordBytes : starts[entries - 1].offset
        let first = starts[0].offset
        guard first <= end, end <= recordBytes else { throw damaged("the index of its blocks \(range) points past its records") }
        return (starts, try bytes.read(end - first, at: recordsAt + first), first)
    }

    /// The sightings at these places (in ascending order), each with its place; those that were deleted are left out.
    func sightings(at places: [Int]) throws(LookBackError) -> [(place: Int, sighting: Sighting)] {
        var found: [(place: Int, sighting: Sighting)] = []
        guard !places.isEmpty else { return found }
        var names = try Names(of: self)
        var block = -1
        var records: [(place: Range<Int>, record: Record?)] = []
        var hash = [PDQHash.zero]
        for place in places {
            if place / RecordBlock.count != block {
                block = place / RecordBlock.count
                records = try decode(blocks: block..<block + 1)[0]
            }
            guard let record = records[place % RecordBlock.count].record else { continue }
            try readHashes(from: place, count: 1, into: &hash)
            guard let space = try names.name(record.space, in: .spaces), let actor = try names.name(record.actor, in: .actors)
            else { continue }
            guard let item = record.item.id else { throw damaged("the item of entry \(place) cannot be read") }
            found.append(
                (
                    place,
                    Sighting(
                        kind: record.isExact ? .sha256 : .pdq, hash: hash[0], platform: PlatformID(space.platform),
                        space: SpaceID(space.text),
                        item: ItemID(item), actor: ActorID(actor.text), mediaIndex: record.media, at: date(record.time))
                ))
        }
        return found
    }

    private func date(_ time: Int) -> Date {
        Date(timeIntervalSince1970: Double(day * Self.dayMilliseconds + time) / 1_000)
    }

    /// The day (UTC, since 1970) of a time, and the milliseconds since it began.
    static func place(of date: Date) -> (day: Int, time: Int) {
        // What no calendar has (a year past 200,000) counts as the nearest day that there is.
        let seconds = min(max(date.timeIntervalSince1970, -6e12), 6e12)
        let milliseconds = Int((seconds * 1_000).rounded())
        let day = Int((Double(milliseconds) / Double(dayMilliseconds)).rounded(.down))
        return (day, milliseconds - day * dayMilliseconds)
    }
}
