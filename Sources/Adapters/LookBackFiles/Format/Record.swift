// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is kept of a sighting beside its hash; names stand as their numbers in the body's tables.
struct Record: Equatable {
    /// The hash is that of the bytes, not of the picture.
    var isExact: Bool
    var media: Int
    var space: Int
    var actor: Int
    /// Milliseconds since the day (UTC) began.
    var time: Int
    var item: ItemCode
}

/// 64 records packed together; each can be overwritten without the others.
///
/// A record is its space (doubled, and 1 more when a tag follows), the tag unless it is the block's usual one, the actor, the time and
/// the item. Times are differences from a straight line through the block, since sightings come about evenly.
struct RecordBlock {
    static let count = 64
    /// Bytes of an index entry.
    static let entrySize = 12

    // A tag: three bits of shape (`ItemCode.Shape` or one of these), one for an exact hash, four of media index, 15 for "it
    // follows". A deleted record has its length in place of the last five bits, 31 for "it follows in four bytes".
    static let sameAsBefore: UInt8 = 4
    static let deleted: UInt8 = 7
    private static let exactBit: UInt8 = 8
    static let mediaFollows: UInt8 = 15
    static let lengthFollows: UInt8 = 31
    private static let tagFollows = 1

    /// Where its records begin among all of the body.
    var offset: Int
    /// The line: milliseconds at the first record, and sixteenths of a millisecond from one to the next.
    var start: Int
    var slope: Int
    var usualTag: UInt8

    // An index entry: 37 bits of offset, 27 of start; 24 of slope, 8 of tag.
    private static let startBits: UInt64 = 27
    private static let steepest = 1 << 24 - 1

    var entry: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendFixed(UInt64(offset) << Self.startBits | UInt64(start))
        bytes.appendFixed(UInt32(slope) << 8 | UInt32(usualTag))
        return bytes
    }

    init(entry reader: inout ByteReader) {
        let place = reader.fixed(8) ?? 0
        let rest = reader.fixed(4) ?? 0
        offset = Int(place >> Self.startBits)
        start = Int(place & (1 << Self.startBits - 1))
        slope = Int(rest >> 8)
        usualTag = UInt8(rest & 255)
    }

    /// Packs records: nil stands for a sighting that was deleted.
    init(_ records: [Record?], at offset: Int, into bytes: inout [UInt8]) {
        self.offset = offset
        let present = records.indices.filter { records[$0] != nil }
        let (first, last) = (present.first ?? 0, present.last ?? 0)
        let (begin, end) = (records.isEmpty ? 0 : records[first]?.time ?? 0, records.isEmpty ? 0 : records[last]?.time ?? 0)
        slope = last > first ? min(Self.steepest, max(0, (end - begin) * 16 / (last - first))) : 0
        start = max(0, begin - slope * first / 16)
        let tags = records.compactMap { $0.map(Self.tag) }
        usualTag = Dictionary(grouping: tags, by: \.self).max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key ?? 0
        var previous: Record?
        for (place, record) in records.enumerated() {
            if let record { append(record, at: place, previous, into: &bytes) } else { bytes += Self.deletedHead(length: 2) }
            previous = record
        }
    }

    private func append(_ record: Record, at place: Int, _ previous: Record?, into bytes: inout [UInt8]) {
        var expected = previous
        expected?.isExact = record.isExact
        expected?.media = record.media
        let isSame = expected == record
        var tag = Self.tag(record)
        if isSame { tag = tag & ~7 | Self.sameAsBefore }
        if tag == usualTag {
            bytes.appendVarint(record.space << 1)
        } else {
            bytes.appendVarint(isSame ? Self.tagFollows : record.space << 1 | Self.tagFollows)
            bytes.append(tag)
        }
        if tag >> 4 == Self.mediaFollows { bytes.appendVarint(record.media) }
        if isSame { return }
        bytes.appendVarint(record.actor)
        let difference = record.time - expectedTime(place)
        bytes.appendVarint(difference << 1 ^ difference >> 63)
        if record.item.shape == .text { bytes.appendVarint(record.item.bytes.count) }
        bytes += record.item.bytes
    }

    private static func tag(_ record: Record) -> UInt8 {
        record.item.shape.rawValue | (record.isExact ? exactBit : 0) | UInt8(min(record.media, Int(mediaFollows))) << 4
    }

    private func expectedTime(_ place: Int) -> Int { start + slope * place / 16 }

    /// Unpacks so many records. Nil when the bytes are no block.
    /// - Returns: for each, where it lies among the bytes, and the record unless it was deleted.
    func decode(_ bytes: ArraySlice<UInt8>, count: Int) -> [(place: Range<Int>, record: Record?)]? {
        var reader = ByteReader(bytes)
        var decoded: [(place: Range<Int>, record: Record?)] = []
        decoded.reserveCapacity(count)
        for place in 0..<count {
            let start = reader.place
            guard let code = reader.varint(), let tag = code & Self.tagFollows == 0 ? usualTag : reader.byte() else { return nil }
            if tag & 7 == Self.deleted {
                guard Self.skipDeleted(tag, &reader) else { return nil }
                decoded.append((start..<reader.place, nil))
                continue
            }
            guard let record = record(tag, space: code >> 1, &reader, at: place, previous: decoded.last?.record) else {
                return nil
            }
            decoded.append((start..<reader.place, record))
        }
        return decoded
    }

    /// The first bytes of a deleted record that takes so many bytes, at least two; zeros follow.
    static func deletedHead(length: Int) -> [UInt8] {
        guard length >= Int(lengthFollows) else { return [UInt8(tagFollows), deleted | UInt8(length) << 3] }
        var head = [UInt8(tagFollows), deleted | lengthFollows << 3]
        head.appendFixed(UInt32(length))
        return head
    }

    private static func skipDeleted(_ tag: UInt8, _ reader: inout ByteReader) -> Bool {
        if tag >> 3 < lengthFollows { return reader.slice(Int(tag >> 3) - 2) != nil }
        guard let length = reader.fixed(4) else { return false }
        return reader.slice(Int(length) - 6) != nil
    }

    private func record(
        _ tag: UInt8, space: Int, _ reader: inout ByteReader, at place: Int, previous: Record?
    ) -> Record? {
        let isExact = tag & Self.exactBit != 0
        var media = Int(tag >> 4)
        if media == Int(Self.mediaFollows) {
            guard let value = reader.varint() else { return nil }
            media = value
        }
        if tag & 7 == Self.sameAsBefore {
            guard var record = previous else { return nil }
            record.isExact = isExact
            record.media = media
            return record
        }
        guard let shape = ItemCode.Shape(rawValue: tag & 7), let actor = reader.varint(), let time = reader.varint(),
            let item = Self.item(shape, &reader)
        else { return nil }
        let difference = time >> 1 ^ -(time & 1)
        return Record(
            isExact: isExact, media: media, space: space, actor: actor, time: expectedTime(place) + difference, item: item)
    }

    private static func item(_ shape: ItemCode.Shape, _ reader: inout ByteReader) -> ItemCode? {
        let bytes: ArraySlice<UInt8>?
        switch shape {
        case .text: bytes = reader.varint().flatMap { reader.slice($0) }
        case .matrix: bytes = reader.slice(32)
        case .uuid: bytes = reader.slice(16)
        case .decimal:
            let start = reader.place
            guard reader.varint() != nil else { return nil }
            bytes = reader.bytes[start..<reader.place]
        }
        return bytes.map { ItemCode(shape: shape, bytes: $0) }
    }
}
