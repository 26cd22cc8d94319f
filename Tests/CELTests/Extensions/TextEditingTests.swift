// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

@Suite("Texts are cut and searched by code points, as a plain search over their scalars says")
struct TextEditingTests {
    @Test("indices", arguments: ExtensionRandom.seeds)
    func indices(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<500 {
            let text = random.text(upTo: 12)
            let part = random.text(upTo: 3)
            let position = Int.random(in: -1...14, using: &random)
            let places = (0...text.count).filter { text[$0...].starts(with: part) }
            let isInside = (0...text.count).contains(position)
            let first = TextEditing.firstIndex(of: String(part), in: String(text), from: Int64(position))
            #expect(first == (isInside ? Int64(places.first { $0 >= position } ?? -1) : nil))
            let last = TextEditing.lastIndex(of: String(part), in: String(text), upTo: Int64(position))
            #expect(last == (isInside ? Int64(places.last { $0 <= position } ?? -1) : nil))
            #expect(TextEditing.lastIndex(of: String(part), in: String(text)) == Int64(places.last ?? -1))
        }
    }

    @Test("split, and join puts it together again", arguments: ExtensionRandom.seeds)
    func splitting(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<500 {
            let text = random.text(upTo: 12)
            let separator = random.text(upTo: 2)
            let limit = Int.random(in: -1...5, using: &random)
            let parts = TextEditing.split(String(text), by: String(separator), limit: Int64(limit))
            #expect(parts.map(\.scalarValues) == naiveSplit(text, separator, limit).map { $0.map(\.value) })
            if limit != 0 { #expect(parts.joined(separator: String(separator)).scalarValues == text.map(\.value)) }
        }
    }

    @Test("replace is split and join with another separator", arguments: ExtensionRandom.seeds)
    func replacing(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<500 {
            let text = String(random.text(upTo: 12))
            let old = String(random.text(upTo: 2))
            let new = String(random.text(upTo: 2))
            let limit = Int64.random(in: -1...4, using: &random)
            guard !old.utf8.isEmpty else { continue }
            let parts = TextEditing.split(text, by: old, limit: limit < 0 ? -1 : limit + 1)
            let expected = parts.joined(separator: new)
            #expect(TextEditing.replace(text, old, by: new, limit: limit)?.scalarValues == expected.scalarValues)
            #expect(TextEditing.replace(text, old, by: new, limit: limit, maximum: expected.utf8.count) != nil)
            if !expected.utf8.isEmpty {
                #expect(
                    TextEditing.replace(text, old, by: new, limit: limit, maximum: expected.utf8.count - 1) == nil || limit == 0)
            }
        }
    }

    @Test("reverse twice is the text, and quote keeps what it quotes", arguments: ExtensionRandom.seeds)
    func reversing(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<200 {
            let text = random.text(upTo: 12)
            #expect(TextEditing.reverse(String(text)).scalarValues == text.reversed().map(\.value))
            let quoted = TextEditing.quote(String(text))
            #expect(!quoted.dropFirst().dropLast().unicodeScalars.contains("\n"))
            let expected = text.flatMap { scalar -> [Unicode.Scalar] in
                switch scalar {
                case "\n": ["\\", "n"]
                case "\r": ["\\", "r"]
                default: [scalar]
                }
            }
            #expect(quoted.scalarValues == [0x22] + expected.map(\.value) + [0x22])
        }
    }

    @Test("a long needle of repetitions is found in linear time")
    func linear() {
        let text = String(repeating: "a", count: 200_000)
        let needle = String(repeating: "a", count: 100_000) + "b"
        let clock = ContinuousClock()
        let spent = clock.measure {
            #expect(TextEditing.firstIndex(of: needle, in: text) == -1)
            #expect(TextEditing.lastIndex(of: "b" + needle, in: text) == -1)
        }
        // A search that starts anew at each byte takes 2 * 10^10 steps.
        #expect(spent < .seconds(20))
    }

    private func naiveSplit(_ text: [Unicode.Scalar], _ separator: [Unicode.Scalar], _ limit: Int) -> [[Unicode.Scalar]] {
        if limit == 0 { return [] }
        if separator.isEmpty {
            if limit < 0 || text.count <= limit { return text.map { [$0] } }
            return text.prefix(limit - 1).map { [$0] } + [Array(text[(limit - 1)...])]
        }
        var parts: [[Unicode.Scalar]] = [[]]
        var position = 0
        while position < text.count {
            if limit < 0 || parts.count < limit, text[position...].starts(with: separator) {
                parts.append([])
                position += separator.count
            } else {
                parts[parts.count - 1].append(text[position])
                position += 1
            }
        }
        return parts
    }
}
