// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing
import TextMatching

@Suite("Many literals in one pass over bytes")
struct LiteralSetTests {
    private static func plain(_ literals: [[UInt8]], _ text: [UInt8]) -> Set<LiteralSet.Match> {
        var found: Set<LiteralSet.Match> = []
        for (place, literal) in literals.enumerated() where !literal.isEmpty && literal.count <= text.count {
            for start in 0...(text.count - literal.count) where text[start...].starts(with: literal) {
                found.insert(LiteralSet.Match(literal: place, range: start..<(start + literal.count)))
            }
        }
        return found
    }

    /// Lengths decide which filter a set uses, so each round draws its own.
    @Test("agrees with a search for each literal alone, whatever the lengths")
    func agrees() {
        var random = SplitMix(state: 31_337)
        for round in 0..<3_000 {
            let shortest = 1 + random.below(8)
            let alphabet = String("abcd".prefix(1 + random.below(4)))
            let literals = (0..<(1 + random.below(20))).map { _ in
                Array(random.word(of: alphabet, length: shortest...(shortest + random.below(9))).utf8)
            }
            let text = Array(random.word(of: alphabet + "x", length: 0...140).utf8)
            let set = LiteralSet(literals)
            let matches = set.matches(in: text, limit: .max)
            let expected = Self.plain(literals, text)
            #expect(Set(matches) == expected && matches.count == expected.count, "seed 31337, round \(round)")
            #expect(zip(matches, matches.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.upperBound })

            var bits = [UInt64](repeating: 0, count: set.wordCount)
            #expect(set.mark(text, into: &bits) == !expected.isEmpty)
            let marked = literals.indices.filter { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
            #expect(marked == Set(expected.map(\.literal)).sorted(), "seed 31337, round \(round)")
        }
    }

    @Test("any bytes, also zero and what is no UTF-8")
    func bytes() {
        var random = SplitMix(state: 5)
        for round in 0..<500 {
            let text = (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.below(3) == 0 ? 0 : random.next()) }
            let literals = (0..<30).map { _ in
                let start = random.below(text.count)
                return Array(text[min(start, text.count)...].prefix(1 + random.below(12)))
            }
            #expect(
                Set(LiteralSet(literals).matches(in: text, limit: .max)) == Self.plain(literals, text), "seed 5, round \(round)")
        }
    }

    @Test("a hundred thousand literals take less than 40 MB and are all found")
    func many() {
        var random = SplitMix(state: 8)
        let literals = (0..<100_000).map { _ in Array(random.word(of: "abcdefghijklmnopqrstuvwxyz", length: 4...18).utf8) }
        let set = LiteralSet(literals)
        #expect(set.memoryBytes < 40_000_000)
        for place in stride(from: 0, to: literals.count, by: 997) {
            #expect(set.matches(in: Array("... ".utf8) + literals[place], limit: .max).contains { $0.literal == place })
        }
    }

    @Test("text that was made to be slow costs in proportion to its length")
    func hostile() {
        // Each literal is almost found at every place.
        let literals =
            (1...400).map { [UInt8](repeating: 0x61, count: $0) + [0x62] } + [[UInt8](repeating: 0x61, count: 2_000) + [0x63]]
        let text = [UInt8](repeating: 0x61, count: 2_000_000) + [0x62]
        let set = LiteralSet(literals)
        #expect(set.matches(in: text, limit: .max).count == 400)
        // Two million times four hundred endings, of which each literal is told once.
        let nested = LiteralSet((1...400).map { [UInt8](repeating: 0x61, count: $0) })
        var bits = [UInt64](repeating: 0, count: nested.wordCount)
        nested.mark(text, into: &bits)
        #expect(bits.map(\.nonzeroBitCount).reduce(0, +) == 400)
    }

    @Test("empty and equal literals, empty sets and empty texts")
    func edges() {
        let set = LiteralSet([
            [], Array("ab".utf8), Array("ab".utf8), [UInt8](repeating: 1, count: LiteralSet.longestLiteral + 1),
        ])
        #expect(set.count == 4)
        #expect(set.matches(in: Array("xabx".utf8)).map(\.literal) == [1, 2])
        #expect(set.matches(in: []).isEmpty)
        #expect(set.matches(in: Array("ab".utf8), limit: 1).count == 1)
        #expect(LiteralSet([]).matches(in: Array("ab".utf8)).isEmpty)
        var none: [UInt64] = []
        #expect(!set.mark(Array("ab".utf8), into: &none))
    }
}
