// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Korean letters (jamo) into syllables.
///
/// Single letters are kept as those of the keyboard (U+3131 to U+3163), whichever of the four forms they came in; final
/// consonants
/// U+11A8 to U+11C2 stay what they are until here, because they may belong to a syllable before them.
enum Hangul {
    /// Writes each run of single letters as syllables; a letter that fits nowhere stays as it is.
    static func compose(_ glyphs: [Glyph]) -> [Glyph] {
        guard glyphs.contains(where: { isJamo($0.scalar) }) else { return glyphs }
        var result: [Glyph] = []
        result.reserveCapacity(glyphs.count)
        var index = 0
        while index < glyphs.count {
            let (scalar, length) = syllable(at: index, in: glyphs) ?? (separateLetter(glyphs[index].scalar), 1)
            var glyph = glyphs[index]
            glyph.scalar = scalar
            if length > 1 {
                glyph.end = glyphs[index + length - 1].end
                glyph.flags = []
            }
            result.append(glyph)
            index += length
        }
        return result
    }

    /// The syllable that begins here, and how many glyphs it takes.
    private static func syllable(at index: Int, in glyphs: [Glyph]) -> (UInt32, Int)? {
        func scalar(_ offset: Int) -> UInt32 { index + offset < glyphs.count ? glyphs[index + offset].scalar : 0 }
        let first = scalar(0)
        // An open syllable and a final consonant that can be nothing else.
        if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(scalar(1)) {
            return (first + scalar(1) - 0x11A7, 2)
        }
        guard let initial = initial(separateLetter(first)), var vowel = vowel(scalar(1)) else { return nil }
        var length = 2
        if let second = self.vowel(scalar(2)), let both = vowels[vowel << 5 | second] {
            vowel = both
            length = 3
        }
        let (final, taken) = final(at: index + length, in: glyphs)
        return (0xAC00 + (initial * 21 + vowel) * 28 + final, length + taken)
    }

    /// The consonants that close a syllable: none before a vowel, where they begin the next one, and none of a row of equal
    /// ones, which
    /// is laughter.
    private static func final(at index: Int, in glyphs: [Glyph]) -> (final: UInt32, taken: Int) {
        func scalar(_ offset: Int) -> UInt32 { index + offset < glyphs.count ? separateLetter(glyphs[index + offset].scalar) : 0 }
        guard index < glyphs.count, let first = final(glyphs[index].scalar) else { return (0, 0) }
        if (0x11A8...0x11C2).contains(glyphs[index].scalar) { return (first, 1) }
        if vowel(scalar(1)) != nil { return (0, 0) }
        if scalar(1) == scalar(0), vowel(scalar(2)) == nil { return (0, 0) }
        if let second = final(scalar(1)), vowel(scalar(2)) == nil, scalar(2) != scalar(1), let both = finals2[first << 5 | second]
        {
            return (both, 2)
        }
        return (first, 1)
    }

    static func isJamo(_ value: UInt32) -> Bool {
        (0x3131...0x3163).contains(value) || (0x11A8...0x11C2).contains(value)
    }

    static func isVowel(_ value: UInt32) -> Bool { (0x314F...0x3163).contains(value) }

    /// A modern letter of the conjoining forms as that of the keyboard; anything else unchanged.
    static func separateLetter(_ value: UInt32) -> UInt32 {
        switch value {
        case 0x1100...0x1112: return 0x3131 + UInt32(initials.firstIndex(of: Int8(value - 0x1100)) ?? 0)
        case 0x1161...0x1175: return value - 0x1161 + 0x314F
        case 0x11A8...0x11C2: return 0x3131 + UInt32(finals.firstIndex(of: Int8(value - 0x11A7)) ?? 0)
        default: return value
        }
    }

    // Places of the consonants U+3131 to U+314E among the 19 initials and the 27 finals; -1: cannot stand there.
    private static let initials: [Int8] = [
        0, 1, -1, 2, -1, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, 6, 7, 8, -1, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
    ]
    private static let finals: [Int8] = [
        1, 2, 3, 4, 5, 6, 7, -1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, 20, 21, 22, -1, 23, 24, 25, 26, 27,
    ]
    /// Two vowels written one after the other for one: ㅗㅏ is ㅘ. The key is the first times 32 and the second.
    private static let vowels: [UInt32: UInt32] = [
        8 << 5 | 0: 9, 8 << 5 | 1: 10, 8 << 5 | 20: 11, 13 << 5 | 4: 14, 13 << 5 | 5: 15, 13 << 5 | 20: 16, 18 << 5 | 20: 19,
    ]
    /// Two final consonants for one: ㄹㄱ is ㄺ.
    private static let finals2: [UInt32: UInt32] = [
        1 << 5 | 19: 3, 4 << 5 | 22: 5, 4 << 5 | 27: 6, 8 << 5 | 1: 9, 8 << 5 | 16: 10, 8 << 5 | 17: 11, 8 << 5 | 19: 12,
        8 << 5 | 25: 13, 8 << 5 | 26: 14, 8 << 5 | 27: 15, 17 << 5 | 19: 18,
    ]

    private static func initial(_ value: UInt32) -> UInt32? { place(value, in: initials) }

    private static func vowel(_ value: UInt32) -> UInt32? { isVowel(value) ? value - 0x314F : nil }

    private static func final(_ value: UInt32) -> UInt32? {
        if (0x11A8...0x11C2).contains(value) { return value - 0x11A7 }
        return place(value, in: finals)
    }

    private static func place(_ value: UInt32, in table: [Int8]) -> UInt32? {
        guard (0x3131...0x314E).contains(value) else { return nil }
        let place = table[Int(value - 0x3131)]
        return place < 0 ? nil : UInt32(place)
    }
}
