// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing
import TextMatching

@Suite("Whatever the bytes")
struct NormalizerPropertyTests {
    /// Characters that the stages disagree about if anything makes them.
    private static let troublemakers =
        Array(
            "aabbcxyz  ..-*'/i1l0$@!é\u{301}\u{0327}\u{0316}\u{200B}\u{FE0F}аеорсиЖαβηШԁ한지인가각ㅈㅣㅇㄴㅋㅠㄱㄹㅗㅏ"
                .unicodeScalars)
        + [
            0x1100, 0x1161, 0x11A8, 0x11A7, 0xFFA1, 0xFFC2, 0x3164, 0xFDFA, 0x1F600, 0x1F1E6, 0x130, 0xDF, 0x1E9E, 0x345, 0x3B1,
            0x1FB3, 0xA8, 0xB4,
        ]
        .compactMap(Unicode.Scalar.init)

    private static func random(_ random: inout SplitMix, scalars: [Unicode.Scalar], length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<length { text.append(scalars[random.below(scalars.count)]) }
        return String(text)
    }

    private static func any(_ random: inout SplitMix, length: Int) -> String {
        var text = String.UnicodeScalarView()
        while text.count < length {
            let top: UInt32 = [0x80, 0x600, 0x3400, 0x1_0000, 0x11_0000][random.below(5)]
            if let scalar = Unicode.Scalar(UInt32(random.below(Int(top)))) { text.append(scalar) }
        }
        return String(text)
    }

    @Test("normalising twice is normalising once", arguments: TextView.allCases)
    func idempotent(view: TextView) {
        var random = SplitMix(state: 4_120)
        let normalizer = Normalizer(view: view)
        for round in 0..<3_000 {
            let text =
                round % 3 == 0
                ? Self.any(&random, length: random.below(12))
                : Self.random(&random, scalars: Self.troublemakers, length: random.below(14))
            let once = normalizer.normalize(text).bytes
            let twice = normalizer.normalize(utf8: once.span).bytes
            let escaped = text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
            #expect(once == twice, "seed 4120, round \(round): \(escaped)")
            if once != twice { return }
        }
    }

    @Test("every single character is settled at once", arguments: TextView.allCases)
    func characters(view: TextView) {
        let normalizer = Normalizer(view: view)
        var wrong: [String] = []
        for value in 0..<(0x2_0000 as UInt32) {
            // Most of the planes are syllables and Chinese characters, which one in 64 stands for.
            if (0x3400..<0xF900).contains(value), value % 64 != 0 { continue }
            guard let scalar = Unicode.Scalar(value) else { continue }
            let once = normalizer.normalize(String(Character(scalar))).bytes
            if normalizer.normalize(utf8: once.span).bytes != once { wrong.append(String(value, radix: 16)) }
        }
        #expect(wrong == [])
    }

    @Test("bytes that are no text do no harm, and every place leads into the original", arguments: TextView.allCases)
    func fuzz(view: TextView) {
        var random = SplitMix(state: 99)
        let normalizer = Normalizer(view: view)
        for round in 0..<2_000 {
            var bytes = (0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if round % 2 == 0 { bytes += Array(Self.random(&random, scalars: Self.troublemakers, length: 6).utf8).dropLast() }
            let text = normalizer.normalize(utf8: bytes.span)
            var last = 0
            for place in text.bytes.indices {
                let range = text.originalRange(of: place..<(place + 1))
                #expect(range.lowerBound >= 0 && range.upperBound <= bytes.count && !range.isEmpty, "seed 99, round \(round)")
                #expect(range.lowerBound >= last, "seed 99, round \(round)")
                last = range.lowerBound
            }
            #expect(view == .exact || String(validating: text.bytes, as: UTF8.self) != nil, "seed 99, round \(round)")
            #expect(text.originalRange(of: 0..<(text.bytes.count + 1)) == 0..<0)
        }
    }

    @Test("a place is whole characters of the original", arguments: TextView.allCases.filter { $0 != .exact })
    func wholeCharacters(view: TextView) {
        var random = SplitMix(state: 7)
        let normalizer = Normalizer(view: view)
        for round in 0..<2_000 {
            let text = Self.random(&random, scalars: Self.troublemakers, length: 10)
            let normalized = normalizer.normalize(text)
            guard !normalized.bytes.isEmpty else { continue }
            let lower = random.below(normalized.bytes.count)
            let upper = lower + 1 + random.below(normalized.bytes.count - lower)
            let slice = Array(text.utf8)[normalized.originalRange(of: lower..<upper)]
            #expect(String(validating: slice, as: UTF8.self) != nil, "seed 7, round \(round)")
        }
    }

    @Test(
        "takes time in proportion to the text",
        arguments: ["a ", "a.", "ㅈ ", "ㅈㅣ ", "지.", "\u{301}", "а", "1", "\u{FDFA}", "a a a.", "ㅋ", "   "])
    func linear(unit: String) {
        // A quadratic step would take many seconds here.
        let text = String(repeating: unit, count: 20_000)
        for view in TextView.allCases {
            let normalized = Normalizer(view: view).normalize(text)
            #expect(normalized.bytes.count <= text.utf8.count * 11)
        }
    }
}
