// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds which of many constants are in a text, byte for byte, in one pass.
///
/// Four bytes of each constant are its anchor. At each place of the text four bytes are hashed into a table of bits that stays in
/// the nearest cache; where a bit is set, the constants with this anchor are compared. Anchors are chosen so that few constants
/// share one, which bounds the work on texts that try to be slow.
struct LiteralScanner {
    private struct Entry {
        let bytes: UnsafeRawBufferPointer
        /// Where in the constant the anchor stands.
        let anchor: Int
        let bit: Int
    }

    private static let hashBits = 15
    private let filter: UnsafeMutablePointer<UInt64>
    /// The first entry by hash, and one more.
    private let starts: UnsafeMutablePointer<Int32>
    private let entries: UnsafeMutablePointer<Entry>
    /// Constants of less than four bytes, looked for one by one.
    private let short: UnsafeMutablePointer<Entry>
    private let shortCount: Int
    private let owned: [ConstantBytes]
    private let hasAnchors: Bool

    /// - Parameter literals: Constants, not empty, and the bits to set for them.
    init(_ literals: [(bytes: [UInt8], bit: Int)]) {
        let size = 1 << Self.hashBits
        owned = literals.map { ConstantBytes($0.bytes) }
        var byHash: [Int: [Entry]] = [:]
        var small: [Entry] = []
        for (literal, constant) in zip(literals, owned) {
            let bytes = constant.bytes
            guard bytes.count >= 4 else {
                small.append(Entry(bytes: bytes, anchor: 0, bit: literal.bit))
                continue
            }
            let hashes = (0...bytes.count - 4).map { Self.hash(bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
            // Never nil: there is at least one place.
            let best = hashes.indices.min { (byHash[hashes[$0]]?.count ?? 0) < (byHash[hashes[$1]]?.count ?? 0) } ?? 0
            byHash[hashes[best], default: []].append(Entry(bytes: bytes, anchor: best, bit: literal.bit))
        }
        filter = .allocate(capacity: size / 64)
        filter.initialize(repeating: 0, count: size / 64)
        starts = .allocate(capacity: size + 1)
        entries = .allocate(capacity: max(literals.count - small.count, 1))
        var next = 0
        for hash in 0..<size {
            (starts + hash).initialize(to: Int32(next))
            for entry in byHash[hash] ?? [] {
                (entries + next).initialize(to: entry)
                filter[hash >> 6] |= 1 << UInt64(hash & 63)
                next += 1
            }
        }
        (starts + size).initialize(to: Int32(next))
        short = .allocate(capacity: max(small.count, 1))
        for (index, entry) in small.enumerated() { (short + index).initialize(to: entry) }
        shortCount = small.count
        hasAnchors = next > 0
    }

    func deallocate() {
        filter.deallocate()
        starts.deallocate()
        entries.deallocate()
        short.deallocate()
        for constant in owned { constant.deallocate() }
    }

    /// Sets the bits of the constants that are in the text.
    func scan(_ text: UnsafeRawBufferPointer, into hits: UnsafeMutablePointer<UInt64>) {
        for index in 0..<shortCount where ByteText.contains(text, short[index].bytes) { Self.set(short[index].bit, hits) }
        guard hasAnchors, text.count >= 4, let start = text.baseAddress else { return }
        let last = text.count - 4
        var place = 0
        while place <= last {
            let hash = Self.hash((start + place).loadUnaligned(as: UInt32.self))
            if filter[hash >> 6] >> UInt64(hash & 63) & 1 != 0 { verify(hash, place, text, hits) }
            place += 1
        }
    }

    @inline(never)
    private func verify(_ hash: Int, _ place: Int, _ text: UnsafeRawBufferPointer, _ hits: UnsafeMutablePointer<UInt64>) {
        for index in Int(starts[hash])..<Int(starts[hash + 1]) {
            let entry = entries[index]
            let begin = place - entry.anchor
            guard begin >= 0, begin + entry.bytes.count <= text.count, hits[entry.bit >> 6] >> UInt64(entry.bit & 63) & 1 == 0
            else {
                continue
            }
            if ByteText.equal(UnsafeRawBufferPointer(rebasing: text[begin..<begin + entry.bytes.count]), entry.bytes) {
                Self.set(entry.bit, hits)
            }
        }
    }

    private static func set(_ bit: Int, _ hits: UnsafeMutablePointer<UInt64>) { hits[bit >> 6] |= 1 << UInt64(bit & 63) }

    @inline(__always)
    private static func hash(_ word: UInt32) -> Int { Int((word &* 0x9E37_79B1) >> UInt32(32 - hashBits)) }
}
