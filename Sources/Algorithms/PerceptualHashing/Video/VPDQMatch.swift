// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How much of two videos is the same, by their frames: order and time play no part.
public struct VPDQMatch: Sendable, Hashable {
    /// Which of two published behaviours counts.
    public enum Rule: Sendable, Hashable, CaseIterable {
        /// The documented algorithm: equal hashes of one video count once, and a distance equal to the tolerance matches.
        case documented
        /// What the reference command-line tool computes: every frame counts, and a distance must be below the tolerance.
        case referenceTool
    }

    /// How many frames of the query were compared: those of enough quality, each hash once by the documented rule.
    public var queryFrames: Int
    /// How many of them have a frame of the compared video near.
    public var queryMatched: Int
    /// How many frames of the compared video were compared.
    public var comparedFrames: Int
    /// How many of them have a frame of the query near.
    public var comparedMatched: Int

    /// How much of the query is in the compared video, 0 to 100; 0 where no frame of one of them has enough quality.
    public var queryPercentage: Double { Self.percentage(queryMatched, of: queryFrames) }
    /// How much of the compared video is in the query, 0 to 100; 0 where no frame of one of them has enough quality.
    public var comparedPercentage: Double { Self.percentage(comparedMatched, of: comparedFrames) }

    /// Compares two videos.
    ///
    /// Fast where one is a copy of the other: the search for a frame begins beside the place where the one before was found.
    /// Videos without a common frame cost frames times frames: two of two hours, with a frame a second, 0.2 s.
    /// - Parameters:
    ///   - distance: the tolerance in bits, 0 to 256.
    ///   - quality: frames below this are left out.
    public init(
        query: some Sequence<VPDQFrame>, compared: some Sequence<VPDQFrame>, distance: Int = 31, quality: Int = 50,
        rule: Rule = .documented
    ) {
        let left = Self.hashes(of: query, quality: quality, rule: rule)
        let right = Self.hashes(of: compared, quality: quality, rule: rule)
        let radius = rule == .documented ? distance : distance - 1
        queryFrames = left.count
        comparedFrames = right.count
        let forward = Self.pairs(of: left, with: right, radius: radius)
        queryMatched = forward.count
        // A frame's partners are among those that have one themselves, so unrelated videos cost nothing more here.
        let paired = Set(forward.map(\.partner))
        let rest = right.indices.filter { !paired.contains($0) }.map { right[$0] }
        let candidates = forward.map { left[$0.place] }
        comparedMatched = paired.count + Self.pairs(of: rest, with: candidates, radius: radius).count
    }

    /// Whether both percentages reach their thresholds. A video without a frame of enough quality matches nothing.
    public func reaches(query: Double, compared: Double) -> Bool {
        queryFrames > 0 && comparedFrames > 0 && queryPercentage >= query && comparedPercentage >= compared
    }

    private static func percentage(_ matched: Int, of frames: Int) -> Double {
        frames == 0 ? 0 : Double(matched) * 100 / Double(frames)
    }

    private static func hashes(of frames: some Sequence<VPDQFrame>, quality: Int, rule: Rule) -> [PDQHash] {
        let good = frames.lazy.filter { $0.quality >= quality }.map(\.hash)
        guard rule == .documented else { return Array(good) }
        var seen: Set<PDQHash> = []
        return good.filter { seen.insert($0).inserted }
    }

    /// The hashes that have another within the radius, each with the place of one such.
    private static func pairs(
        of hashes: [PDQHash], with others: [PDQHash], radius: Int
    ) -> [(place: Int, partner: Int)] {
        let span = others.span
        var found: [(place: Int, partner: Int)] = []
        var start = 0
        for (place, hash) in hashes.enumerated() {
            // Neighbouring frames have neighbouring partners, so begin at the last one and go round.
            guard
                let partner = near(hash, in: span, start..<span.count, radius: radius)
                    ?? near(hash, in: span, 0..<start, radius: radius)
            else { continue }
            found.append((place, partner))
            start = partner
        }
        return found
    }

    @inline(__always)
    private static func near(_ hash: PDQHash, in others: Span<PDQHash>, _ places: Range<Int>, radius: Int) -> Int? {
        for place in places where others[place].distance(to: hash) <= radius { return place }
        return nil
    }
}

/// What both percentages must reach for two videos to be called the same.
public struct VPDQThresholds: Sendable, Hashable, Codable {
    public var query: Double
    public var compared: Double

    public init(query: Double, compared: Double) {
        self.query = query
        self.compared = compared
    }

    /// As vPDQ's own documentation recommends: most of the known video is in the query, however long that is.
    public static let documented = VPDQThresholds(query: 0, compared: 80)
    /// As the Python package and HMA have it: most of the query is in the known video, however much of that.
    public static let exchange = VPDQThresholds(query: 80, compared: 0)
}

extension VPDQMatch {
    public func reaches(_ thresholds: VPDQThresholds) -> Bool {
        reaches(query: thresholds.query, compared: thresholds.compared)
    }
}
