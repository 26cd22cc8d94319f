// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

import struct Foundation.Date

/// A picture as it lies in the file: its names, each with its length in two bytes, the time in microseconds since 1970, and the vector.
struct Record: Sendable {
    static let longestName = 1_000

    var platform: PlatformID
    var space: SpaceID
    /// An empty name in the file where nobody is named.
    var actor: ActorID?
    var item: ItemID
    var media: MediaID
    var microseconds: Int64
    var vector: ShortVector

    /// - Throws: `LookAlikeError.refused` for what cannot be kept.
    init(_ picture: LookAlike, dimension: Int) throws(LookAlikeError) {
        guard picture.vector.count == dimension else {
            throw .refused("a vector of \(picture.vector.count) numbers, where others have \(dimension)")
        }
        guard let vector = ShortVector(picture.vector) else { throw .refused("a vector that is zero or not finite") }
        (platform, space, actor) = (picture.platform, picture.space, picture.actor)
        (item, media, self.vector) = (picture.item, picture.media, vector)
        let seconds = picture.at.timeIntervalSince1970
        guard seconds.magnitude < 1e11 else { throw .refused("a time that is none") }
        microseconds = Int64((seconds * 1e6).rounded())
        guard names.allSatisfy({ $0.utf8.count <= Self.longestName }) else {
            throw .refused("a name of more than \(Self.longestName) bytes")
        }
    }

    private var names: [String] { [platform.rawValue, space.rawValue, actor?.rawValue ?? "", item.rawValue, media.rawValue] }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for name in names {
            bytes.append(number: UInt16(name.utf8.count))
            bytes += name.utf8
        }
        bytes.append(number: microseconds)
        bytes += vector.numbers.map { UInt8(bitPattern: $0) }
        return bytes
    }

    /// Nil for bytes that are none; what follows the vector is ignored.
    init?(_ bytes: ArraySlice<UInt8>, dimension: Int) {
        var rest = bytes
        func name() -> String? {
            guard let count: UInt16 = rest.takeNumber(), count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(Int(count)) }
            return String(validating: rest.prefix(Int(count)), as: UTF8.self)
        }
        guard let platform = name(), let space = name(), let actor = name(), let item = name(), let media = name(),
            let microseconds: Int64 = rest.takeNumber(), rest.count >= dimension
        else { return nil }
        (self.platform, self.space, self.actor) = (PlatformID(platform), SpaceID(space), actor.isEmpty ? nil : ActorID(actor))
        (self.item, self.media, self.microseconds) = (ItemID(item), MediaID(media), microseconds)
        vector = ShortVector(numbers: rest.prefix(dimension).map { Int8(bitPattern: $0) })
        guard vector.numbers.contains(where: { $0 != 0 }) else { return nil }
    }

    private var at: Date { Date(timeIntervalSince1970: Double(microseconds) / 1e6) }

    /// Since 1970, as long as that fits.
    var seconds: UInt32 { UInt32(clamping: microseconds / 1_000_000) }

    var picture: LookAlike {
        LookAlike(
            platform: platform, space: space, actor: actor, item: item, media: media, at: at, vector: vector.unit)
    }

    func match(cosine: Double) -> LookAlikeMatch {
        LookAlikeMatch(
            platform: platform, space: space, actor: actor, item: item, media: media, at: at, cosine: cosine)
    }

    /// Short forms of names, by which records are found in memory; what is found is read and compared before it is believed.
    struct Keys: Hashable, Sendable {
        var picture: UInt64
        var item: UInt64
        var space: UInt64
        /// 0 where nobody is named.
        var actor: UInt64
    }

    var keys: Keys {
        Keys(
            picture: Self.key(platform.rawValue, item.rawValue, media.rawValue), item: Self.key(platform.rawValue, item.rawValue),
            space: Self.key(platform.rawValue, space.rawValue), actor: actor.map { Self.key(platform.rawValue, $0.rawValue) } ?? 0
        )
    }

    /// FNV-1a, then a mixer.
    static func key(_ names: String...) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for name in names {
            for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            // No name has this byte.
            hash = (hash ^ 0xFF) &* 0x100_0000_01b3
        }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        return hash ^ hash >> 29
    }
}

extension LookAlikeSubject {
    func has(_ record: Record) -> Bool {
        switch self {
        case .space(let platform, let space): record.platform == platform && record.space == space
        case .actor(let platform, let actor): record.platform == platform && record.actor == actor
        case .item(let platform, let item): record.platform == platform && record.item == item
        }
    }
}

extension [UInt8] {
    /// Little endian.
    mutating func append(number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

extension ArraySlice<UInt8> {
    /// Little endian; nil when there are too few bytes.
    mutating func takeNumber<Number: FixedWidthInteger>() -> Number? {
        let size = Number.bitWidth / 8
        guard count >= size else { return nil }
        defer { self = dropFirst(size) }
        return prefix(size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}
