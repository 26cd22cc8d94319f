// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Many patterns found in one pass over a text, after normalisation of both.
///
/// Immutable; the time to search grows with the text and the number of matches, not with the number of patterns.
public struct PatternSet: Sendable {
    public struct Match: Sendable, Hashable {
        public let id: String
        /// UTF-8 bytes of the original text.
        public let range: Range<Int>
    }

    /// Patterns that normalisation leaves nothing of, or that are too long; they never match.
    public private(set) var emptyPatterns: [String] = []
    /// How a text is normalised for this set.
    public let normalizer: Normalizer
    private let borders: WordBorders
    private let literals: LiteralSet
    private let ids: [String]
    /// In views that squeeze, how often each letter of a pattern is repeated; else empty.
    private let runs: [[UInt8]]

    public init(
        _ patterns: some Sequence<(id: String, pattern: String)>, normalizer: Normalizer = Normalizer(),
        borders: WordBorders = .anywhere
    ) {
        self.normalizer = normalizer
        self.borders = borders
        var ids: [String] = []
        var texts: [NormalizedText] = []
        var forPatterns = normalizer
        forPatterns.keepsWholeWords = true
        for (id, pattern) in patterns {
            let text = forPatterns.normalize(pattern)
            if text.bytes.isEmpty || text.bytes.count > LiteralSet.longestLiteral {
                emptyPatterns.append(id)
            } else {
                ids.append(id)
                texts.append(text)
            }
        }
        self.ids = ids
        runs = normalizer.view.squeezes ? texts.map(\.runs) : []
        literals = LiteralSet(texts.lazy.map(\.bytes))
    }

    public var count: Int { ids.count }

    /// Words of 64 bits that `mark` needs.
    public var wordCount: Int { literals.wordCount }

    /// Bytes of memory that searching needs.
    public var memoryBytes: Int { literals.memoryBytes }

    /// The id of the pattern behind a bit of `mark`.
    public func id(at place: Int) -> String? { ids.indices.contains(place) ? ids[place] : nil }

    /// The matches in the order in which they end, overlapping ones too, at most `limit` of them.
    public func matches(in text: String, limit: Int = 1_000) -> [Match] {
        matches(in: normalizer.normalize(text), limit: limit)
    }

    /// As `matches(in:limit:)`, for text that `normalizer` has treated already.
    public func matches(in text: NormalizedText, limit: Int = 1_000) -> [Match] {
        var found: [Match] = []
        guard !ids.isEmpty, limit > 0 else { return [] }
        literals.forEachMatch(in: text.bytes.span) { match in
            if holds(match, in: text) { found.append(Match(id: ids[match.literal], range: text.originalRange(of: match.range))) }
            return found.count < limit
        }
        return found
    }

    /// Sets the bit of each pattern that is in the text: bit `i % 64` of word `i / 64` for the pattern at place i among those
    /// that can match.
    ///
    /// - Parameter bits: at least `wordCount` words, zero or what earlier calls with this set left.
    /// - Returns: whether any pattern was found.
    @discardableResult
    public func mark(_ text: NormalizedText, into bits: inout [UInt64]) -> Bool {
        guard bits.count >= wordCount else { return false }
        if borders == .anywhere, runs.isEmpty { return literals.mark(text.bytes, into: &bits) }
        var any = false
        literals.forEachMatch(in: text.bytes.span) { match in
            let bit = UInt64(1) << UInt64(match.literal & 63)
            if bits[match.literal >> 6] & bit == 0, holds(match, in: text) {
                bits[match.literal >> 6] |= bit
                any = true
            }
            return true
        }
        return any
    }

    private func holds(_ match: LiteralSet.Match, in text: NormalizedText) -> Bool {
        if borders == .words, !BorderCheck.passes(match.range, in: text.bytes.span) { return false }
        return runs.isEmpty || text.runs.count != text.bytes.count || repeats(match, in: text)
    }

    /// Whether the letters of the text are repeated as the pattern's, or stretched: three times or more, which no spelling
    /// does. At the
    /// ends of a pattern that may stand anywhere there may be more of the same letter.
    private func repeats(_ match: LiteralSet.Match, in text: NormalizedText) -> Bool {
        let pattern = runs[match.literal]
        for place in pattern.indices {
            let (has, needs) = (text.runs[match.range.lowerBound + place], pattern[place])
            if has == needs { continue }
            if has < needs { return false }
            // Bytes inside a letter have no repetition of their own, so what differs is the first byte of a letter.
            let isEnd = place == 0 || pattern.dropFirst(place + 1).allSatisfy { $0 == 0 }
            if has < 3, borders == .words || !isEnd { return false }
        }
        return true
    }
}
