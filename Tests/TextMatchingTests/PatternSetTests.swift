// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing
import TextMatching

@Suite("Many patterns in one pass")
struct PatternSetTests {
    private func ids(_ patterns: [(id: String, pattern: String)], in text: String) -> [String] {
        PatternSet(patterns).matches(in: text).map(\.id)
    }

    @Test("finds overlapping and nested patterns")
    func overlapping() {
        let patterns = [
            (id: "he", pattern: "he"), (id: "she", pattern: "she"), (id: "his", pattern: "his"), (id: "hers", pattern: "hers"),
        ]
        #expect(ids(patterns, in: "ushers") == ["she", "he", "hers"])
    }

    @Test("sees through disguise and names the original place")
    func disguise() throws {
        let set = PatternSet([(id: "k", pattern: "지인"), (id: "e", pattern: "Test Phrase")])
        let text = "a ＴＥＳＴ\u{200D} phrase ㅈㅣㅇㅣㄴ"
        let matches = set.matches(in: text)
        #expect(matches.map(\.id) == ["e", "k"])
        let first = try #require(matches.first)
        #expect(String(decoding: Array(text.utf8)[first.range], as: UTF8.self) == "ＴＥＳＴ\u{200D} phrase")
    }

    @Test("patterns that say nothing are told and never match")
    func empty() {
        let set = PatternSet([(id: "zero", pattern: "\u{200B}"), (id: "a", pattern: "a")])
        #expect(set.emptyPatterns == ["zero"])
        #expect(set.matches(in: "\u{200B} b").isEmpty)
        #expect(PatternSet([]).matches(in: "abc").isEmpty)
    }

    @Test("agrees with a search for each pattern alone")
    func agreesWithPlainSearch() {
        var random = SplitMix(state: 20_261_122)
        for round in 0..<200 {
            let patterns = (0..<8).map { (id: String($0), pattern: random.word(of: "ab", length: 1...4)) }
            let text = random.word(of: "abc", length: 0...30)
            let found = Set(PatternSet(patterns).matches(in: text).map { "\($0.id)@\($0.range.lowerBound)" })
            let letters = Array(text)
            let plain = patterns.flatMap { id, pattern in
                letters.indices.filter { letters[$0...].starts(with: pattern) }.map { "\(id)@\($0)" }
            }
            #expect(found == Set(plain), "seed 20261122, round \(round)")
        }
    }

    @Test("the number of matches is bounded")
    func limit() {
        let set = PatternSet([(id: "a", pattern: "a")])
        #expect(set.matches(in: String(repeating: "a", count: 5_000), limit: 10).count == 10)
    }
}
