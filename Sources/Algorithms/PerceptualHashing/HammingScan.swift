// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds every hash near a given one by looking at all of them: exact, without preparation, for up to some 100,000 hashes.
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
        let span = hashes.span
        for index in span.indices {
            let distance = span[index].distance(to: query)
            if distance <= radius { found.append(Match(index: index, distance: distance)) }
        }
        return found
    }

    /// The nearest hash within the radius, the earliest of equals; nil when none is.
    public func nearest(to query: PDQHash, within radius: Int = PDQHash.bitCount) -> Match? {
        var best: Match?
        let span = hashes.span
        for index in span.indices {
            let distance = span[index].distance(to: query)
            if distance <= radius, distance < best?.distance ?? .max { best = Match(index: index, distance: distance) }
        }
        return best
    }
}
