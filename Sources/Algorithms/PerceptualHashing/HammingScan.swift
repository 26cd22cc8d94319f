// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// Finds every hash near a given one by looking at all of them: exact, without preparation, for up to some 10,000 hashes.
/// Beyond that ``HammingIndex`` is faster.
public struct HammingScan: Sendable {
    /// A hash that is near enough.
    public struct Match: Sendable, Hashable {
        /// Its place in the order of adding, from 0.
        public var index: Int
        /// How many bits differ.
        public var distance: Int

        public init(index: Int, distance: Int) {
            self.index = index
            self.distance = distance
        }
    }

    public private(set) var hashes: [PDQHash]

    public init(_ hashes: [PDQHash] = []) {
        self.hashes = hashes
    }

    public var count: Int { hashes.count }

    public mutating func append(_ hash: PDQHash) {
        hashes.append(hash)
    }

    /// Every hash whose distance is `radius` or less, in the order of adding.
    public func matches(for query: PDQHash, within radius: Int) -> [Match] {
        var found: [Match] = []
        hashes.withUnsafeBytes { bytes in
            Self.scan(bytes, queries: [query], within: radius) { found.append(Match(index: $0.index, distance: $0.distance)) }
        }
        return found
    }

    /// The nearest hash within the radius, the earliest of equals; nil when none is.
    public func nearest(to query: PDQHash, within radius: Int = PDQHash.bitCount) -> Match? {
        // Near ones are found faster than far ones, so a hash at some 30 bits is not looked for among all distances.
        for reach in [31, radius] where reach <= radius {
            var best: Match?
            for match in matches(for: query, within: reach) where match.distance < best?.distance ?? .max { best = match }
            if let best { return best }
        }
        return nil
    }
}

// MARK: - Raw memory

extension HammingScan {
    /// How 32 bytes stand for a hash.
    public enum ByteOrder: Sendable {
        /// As a ``PDQHash`` lies in memory: four little-endian words, the least significant first.
        case words
        /// As ``PDQHash/bytes``: bit 255 first.
        case bytes
    }

    /// A pair of hash and query within the radius.
    public struct Hit: Sendable, Hashable {
        /// The hash's place in the memory, in hashes.
        public var index: Int
        /// The query's place in the list of queries.
        public var query: Int
        public var distance: Int

        public init(index: Int, query: Int, distance: Int) {
            self.index = index
            self.query = query
            self.distance = distance
        }
    }

    /// Compares every hash in a stretch of memory, mapped files included, with all queries; each pass over the memory serves
    /// up to eight of them. Hits come by groups of eight queries and by blocks of hashes, in no finer order.
    ///
    /// - Parameter hashes: 32 bytes each, at any alignment; bytes after the last whole hash are ignored.
    public static func scan(
        _ hashes: UnsafeRawBufferPointer, queries: [PDQHash], within radius: Int, order: ByteOrder = .words,
        _ body: (Hit) -> Void
    ) {
        let count = hashes.count / 32
        guard radius >= 0, count > 0, let base = hashes.baseAddress else { return }
        let block = 1024
        let pass = 8
        // Distances do not depend on the order of bytes as long as query and hash have the same.
        let words = queries.flatMap { query in
            let (low, second, third, high) = query.words
            return switch order {
            case .words: [low, second, third, high]
            case .bytes: [high.byteSwapped, third.byteSwapped, second.byteSwapped, low.byteSwapped]
            }
        }
        withUnsafeTemporaryAllocation(of: haechi_hit.self, capacity: block * pass) { hits in
            for first in stride(from: 0, to: queries.count, by: pass) {
                let some = min(pass, queries.count - first)
                for start in stride(from: 0, to: count, by: block) {
                    let found = words.withUnsafeBufferPointer { words in
                        haechi_scan(
                            base + start * 32, min(block, count - start), words.baseAddress.map { $0 + first * 4 }, some,
                            UInt32(min(radius, PDQHash.bitCount)), hits.baseAddress)
                    }
                    for hit in hits[0..<found] {
                        body(Hit(index: start + Int(hit.index), query: first + Int(hit.query), distance: Int(hit.distance)))
                    }
                }
            }
        }
    }

    /// The same for a span.
    public static func scan(
        _ hashes: RawSpan, queries: [PDQHash], within radius: Int, order: ByteOrder = .words, _ body: (Hit) -> Void
    ) {
        hashes.withUnsafeBytes { scan($0, queries: queries, within: radius, order: order, body) }
    }

    /// Which kernel runs here: `avx2`, `popcnt` or `portable`.
    public static var kernel: String { String(cString: haechi_scan_kernel()) }
}
