// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import TextMatching

@Suite("The quick ways for plain text")
struct QuickTextTests {
    /// Words that are nearly plain, so that every reason to leave the quick way comes up, and letters set apart.
    private static let pieces = [
        "good", "Meeting", "see you", "a", "I", "b", "aa", "spaaam", "b-b", "안녕하세요", "뭐", "왜", "와아아", "ㅋㅋ", "힣가", "é", "…", "`",
        "it's", "4", "a1", "t.me/x", "@some_bot", "  ", " ", " ", ".", ", ", "-", "Ａ．ｂ／c", "\u{200B}", "\n", "\u{301}",
        "https://a.example/b?c",
    ]

    private static func text(_ random: inout SplitMix) -> String {
        (0..<random.below(9)).map { _ in pieces[random.below(pieces.count)] + (random.below(3) == 0 ? " " : "") }.joined()
    }

    @Test("give what the long way gives, and the same places", arguments: TextView.allCases.filter { $0 != .exact })
    func equal(view: TextView) {
        var random = SplitMix(state: 77)
        let normalizer = Normalizer(view: view)
        for round in 0..<20_000 {
            let text = Self.text(&random)
            let utf8 = text.utf8Span.span
            let (quick, long) = (normalizer.normalize(text), normalizer.long(utf8, count: utf8.count))
            let isEqual =
                quick.bytes == long.bytes && quick.runs == long.runs
                && quick.bytes.indices.allSatisfy { start in
                    [start + 1, quick.bytes.count].allSatisfy {
                        quick.originalRange(of: start..<$0) == long.originalRange(of: start..<$0)
                    }
                }
            #expect(isEqual, "seed 77, round \(round): \(text.debugDescription)")
            if !isEqual { return }
        }
    }

    @Test("leave every syllable of Hangul as it is", arguments: [TextView.visible, .folded, .skeleton, .squeezed])
    func syllables(view: TextView) {
        let normalizer = Normalizer(view: view)
        for value in 0xABF0...0xD7AF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = "x" + String(Character(scalar)) + "y"
            let utf8 = text.utf8Span.span
            #expect(normalizer.normalize(text).bytes == normalizer.long(utf8, count: utf8.count).bytes, "U+\(value)")
        }
    }

    @Test("two views at once are the two views")
    func views() {
        var random = SplitMix(state: 78)
        for _ in 0..<5_000 {
            let text = Self.text(&random)
            let both = Normalizer.skeletonAndSqueezed(text)
            #expect(both.map(\.bytes) == [.skeleton, .squeezed].map { Normalizer(view: $0).normalize(text).bytes }, "\(text)")
        }
    }

    @Test("no link is lost by not looking", arguments: [false, true])
    func links(findsBotHandles: Bool) {
        var random = SplitMix(state: 79)
        let extractor = LinkExtractor(findsBotHandles: findsBotHandles)
        var found = 0
        for round in 0..<20_000 {
            let text = Self.text(&random)
            let utf8 = text.utf8Span.span
            let visible = Normalizer(view: .visible).long(utf8, count: utf8.count)
            var scanner = LinkScanner(bytes: visible.bytes, findsBotHandles: findsBotHandles)
            var expected: [String] = []
            while let link = scanner.next() { expected.append(link.normalized) }
            #expect(extractor.links(in: text).map(\.normalized) == expected, "seed 79, round \(round): \(text.debugDescription)")
            found += expected.count
        }
        #expect(found > 1_000)
    }
}
