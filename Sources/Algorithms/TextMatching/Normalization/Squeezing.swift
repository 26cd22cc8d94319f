// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Joins letters that were set apart, and makes stretched letters single.
///
/// The rule for joining, narrow on purpose: three or more single letters of one alphabet, with the same one to three
/// separators between
/// all of them and no other letter or digit at either end (`s p a m`, `s. p. a. m`). Syllables of Hangul are joined from three
/// on, from
/// two when the separator is not one that lists are written with, and always when single letters (ㅈ ㅣ) are among them.
enum Squeezing {
    enum Kind {
        case latin, alphabet, syllable, jamo, separator, other
    }

    static func kind(of scalar: UInt32) -> Kind {
        switch scalar {
        case 0x61...0x7A: .latin
        // An apostrophe is inside words.
        case 0x27, 0x30...0x39: .other
        case 0x20...0x7E: .separator
        case 0xAC00...0xD7A3: .syllable
        case 0x3131...0x3163, 0x11A8...0x11C2: .jamo
        case 0xA1...0xBF, 0x2010...0x205E, 0x2190...0x2BFF, 0x3001...0x303F, 0x30FB, 0x318D, 0x1F000...0x1FAFF: .separator
        case 0x00DF...0x024F, 0x0370...0x058F: .alphabet
        default: .other
        }
    }

    static func join(_ glyphs: [Glyph]) -> [Glyph] {
        var joined: [Range<Int>] = []
        var index = 0
        while let start = nextElement(in: glyphs, from: index) {
            let run = run(in: glyphs, from: start)
            if run.isJoined(in: glyphs) { joined.append(start.lowerBound..<run.last.upperBound) }
            // The last letter of a run may begin one with another separator.
            index = run.count == 1 || joined.last?.upperBound == run.last.upperBound ? run.last.upperBound : run.last.lowerBound
        }
        guard !joined.isEmpty else { return glyphs }
        var result: [Glyph] = []
        result.reserveCapacity(glyphs.count)
        var position = 0
        for range in joined {
            result += glyphs[position..<range.lowerBound]
            result += glyphs[range].lazy.filter { kind(of: $0.scalar) != .separator }
            position = range.upperBound
        }
        return result + glyphs[position...]
    }

    /// Makes rows of one letter single, and counts them.
    static func collapse(_ glyphs: inout [Glyph]) {
        var kept = 0
        for index in glyphs.indices {
            let glyph = glyphs[index]
            if kept > 0, glyphs[kept - 1].scalar == glyph.scalar, isLetter(glyph.scalar) {
                glyphs[kept - 1].end = max(glyphs[kept - 1].end, glyph.end)
                if glyphs[kept - 1].run < .max { glyphs[kept - 1].run += 1 }
            } else {
                glyphs[kept] = glyph
                kept += 1
            }
        }
        glyphs.removeLast(glyphs.count - kept)
    }

    private static func isLetter(_ scalar: UInt32) -> Bool {
        switch kind(of: scalar) {
        case .latin, .alphabet, .syllable, .jamo: true
        case .separator, .other: false
        }
    }

    /// A run of elements with the same separators.
    private struct Run {
        var kind: Kind
        var first: Range<Int>
        var last: Range<Int>
        var count = 1
        var separator: Range<Int> = 0..<0
        var hasVowel: Bool

        func isJoined(in glyphs: [Glyph]) -> Bool {
            guard count > 1 else { return false }
            // a a a would become one letter, which is no word.
            let letters = glyphs[first.lowerBound..<last.upperBound].lazy.filter { Squeezing.kind(of: $0.scalar) != .separator }
            guard let letter = letters.first?.scalar, letters.contains(where: { $0.scalar != letter }) else { return false }
            if count > 2 || hasVowel { return true }
            return kind == .syllable && !glyphs[separator].contains { Self.isListSeparator($0.scalar) }
        }

        private static func isListSeparator(_ scalar: UInt32) -> Bool {
            switch scalar {
            case 0x20, 0x26, 0x2C, 0x2F, 0x3A, 0x3B, 0x7E, 0xB7, 0x30FB, 0x318D, 0x3001: true
            default: false
            }
        }
    }

    /// The next single letter that stands alone: after the beginning or a separator, before the end or a separator.
    private static func nextElement(in glyphs: [Glyph], from: Int) -> Range<Int>? {
        var index = from
        while index < glyphs.count {
            if let element = element(in: glyphs, at: index) { return element }
            // On to what follows the next separator.
            while index < glyphs.count, kind(of: glyphs[index].scalar) != .separator { index += 1 }
            while index < glyphs.count, kind(of: glyphs[index].scalar) == .separator { index += 1 }
        }
        return nil
    }

    /// One letter, however often repeated, or letters of Hangul that make one syllable at most.
    private static func element(in glyphs: [Glyph], at index: Int) -> Range<Int>? {
        guard index < glyphs.count else { return nil }
        let first = glyphs[index].scalar
        let kind = kind(of: first)
        guard kind != .separator, kind != .other else { return nil }
        if index > 0, self.kind(of: glyphs[index - 1].scalar) != .separator { return nil }
        var end = index + 1
        var vowels = Hangul.isVowel(first) ? 1 : 0
        var letters = 1
        while end < glyphs.count, self.kind(of: glyphs[end].scalar) != .separator {
            let scalar = glyphs[end].scalar
            if scalar != glyphs[end - 1].scalar {
                guard kind == .jamo, self.kind(of: scalar) == .jamo else { return nil }
                letters += 1
                if Hangul.isVowel(scalar) { vowels += 1 }
            }
            guard letters <= 6, vowels <= 2 else { return nil }
            end += 1
        }
        return index..<end
    }

    private static func run(in glyphs: [Glyph], from start: Range<Int>) -> Run {
        func isHangul(_ kind: Kind) -> Bool { kind == .syllable || kind == .jamo }
        func hasVowel(_ element: Range<Int>) -> Bool { glyphs[element].contains { Hangul.isVowel($0.scalar) } }
        var run = Run(kind: kind(of: glyphs[start.lowerBound].scalar), first: start, last: start, hasVowel: hasVowel(start))
        while true {
            var next = run.last.upperBound
            while next < glyphs.count, next - run.last.upperBound < 4, kind(of: glyphs[next].scalar) == .separator { next += 1 }
            let separator = run.last.upperBound..<next
            guard (1...3).contains(separator.count), let element = element(in: glyphs, at: next) else { return run }
            let nextKind = kind(of: glyphs[element.lowerBound].scalar)
            guard nextKind == run.kind || isHangul(nextKind) && isHangul(run.kind) else { return run }
            if run.count > 1, !glyphs[separator].lazy.map(\.scalar).elementsEqual(glyphs[run.separator].lazy.map(\.scalar)) {
                return run
            }
            run.separator = separator
            run.last = element
            run.count += 1
            run.hasVowel = run.hasVowel || hasVowel(element)
            if nextKind == .syllable { run.kind = .syllable }
        }
    }
}
