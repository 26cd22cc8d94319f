// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Where a pattern may stand in a text.
public enum WordBorders: Sendable, Hashable {
    /// Anywhere, also inside other words.
    case anywhere
    /// As a word, in the way of the script at each end of the pattern.
    ///
    /// Letters and digits of alphabets: no letter or digit next to it. Hangul: no syllable before it, and after it nothing or
    /// what
    /// begins a particle or an ending (지인이, 지인을, 합성해 for 지인 and 합성, not 지인쇄). Chinese characters, kana and Thai, which
    /// write no spaces: anywhere.
    case words
}

/// Whether a match stands as a word.
enum BorderCheck {
    private enum Script {
        case none, alphabet, hangul, unspaced
    }

    static func passes(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
        let count = text.count
        if range.lowerBound > 0 {
            let inside = UTF8Reading.scalar(in: text, at: range.lowerBound, count: count).scalar
            let before = scalar(before: range.lowerBound, in: text)
            if joins(script(of: before), script(of: inside)) { return false }
        }
        guard range.upperBound < count else { return true }
        let inside = script(of: scalar(before: range.upperBound, in: text))
        let after = UTF8Reading.scalar(in: text, at: range.upperBound, count: count).scalar
        if inside == .hangul, script(of: after) == .hangul { return endings.contains(after) || Hangul.isJamo(after) }
        return !joins(inside, script(of: after))
    }

    private static func joins(_ left: Script, _ right: Script) -> Bool {
        left == right && (left == .alphabet || left == .hangul)
    }

    private static func scalar(before index: Int, in text: Span<UInt8>) -> UInt32 {
        var start = index - 1
        while start > 0, index - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
        return UTF8Reading.scalar(in: text, at: start, count: index).scalar
    }

    private static func script(of scalar: UInt32) -> Script {
        switch scalar {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: .alphabet
        case 0..<0xAA: .none
        case 0xAC00...0xD7A3: .hangul
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF: .unspaced
        case 0x20000...0x3FFFF: .unspaced
        case 0xAA, 0xB5, 0xBA, 0xC0...0x1FFF, 0x2C00...0x2DFF, 0xA640...0xA7FF, 0xAB30...0xABFF, 0x10280...0x1E95F: .alphabet
        default: .none
        }
    }

    /// The first syllables of particles and of endings of verbs and adjectives.
    private static let endings: Set<UInt32> = Set(
        ("은는이가을를의에와과도로으만들께한부까처보나랑하해했할합함되된될됨돼됐인임입였이요야아여님씨밖마조뿐대같및"
            + "고며면서지네죠중당적용물자라란")
            .unicodeScalars.map(\.value))
}
