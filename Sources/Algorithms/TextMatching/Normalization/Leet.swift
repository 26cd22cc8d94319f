// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Digits and signs that are read as letters.
///
/// Only in words that have a Latin letter, at most two in a row, and only where a letter follows or, at the end of a word, two
/// letters
/// came before: `sp4m` and `fr33` are read, `4`, `2026`, `100km` and `a4` are not.
enum Leet {
    static func letter(for scalar: UInt32) -> UInt32? {
        let letter: Character
        switch scalar {
        case 0x30: letter = "o"
        case 0x31, 0x21: letter = "i"
        case 0x33, 0x20AC: letter = "e"
        case 0x34, 0x40: letter = "a"
        case 0x35, 0x24: letter = "s"
        case 0x37: letter = "t"
        case 0x38: letter = "b"
        case 0x39: letter = "g"
        case 0x7C, 0xA3: letter = "l"
        case 0xA5: letter = "y"
        case 0xA2: letter = "c"
        default: return nil
        }
        return letter.unicodeScalars.first?.value
    }

    static func read(_ glyphs: inout [Glyph]) {
        let runs = runs(in: glyphs)
        guard !runs.isEmpty else { return }
        // From the right, so that what follows is settled; what ends a word last, as it looks to the left.
        for run in runs.reversed() where isInside(run, glyphs) { replace(run, in: &glyphs) }
        for run in runs where isEnding(run, glyphs) { replace(run, in: &glyphs) }
    }

    /// Rows of digits and signs, two at most.
    private static func runs(in glyphs: [Glyph]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var index = 0
        while index < glyphs.count {
            let start = index
            while index < glyphs.count, letter(for: glyphs[index].scalar) != nil { index += 1 }
            // Next to a letter of another alphabet a sign is no Latin letter.
            let isForeign =
                start > 0 && glyphs[start - 1].flags.contains(.foreign)
                || index < glyphs.count && glyphs[index].flags.contains(.foreign)
            if (1...2).contains(index - start), !isForeign { runs.append(start..<index) }
            index = max(index, start + 1)
        }
        return runs
    }

    private static func isInside(_ run: Range<Int>, _ glyphs: [Glyph]) -> Bool {
        let (before, after) = (run.lowerBound - 1, run.upperBound)
        return isLatin(glyphs, after) && (isLatin(glyphs, before) || run.count == 1 && isLatin(glyphs, after + 1))
    }

    private static func isEnding(_ run: Range<Int>, _ glyphs: [Glyph]) -> Bool {
        let (before, after) = (run.lowerBound - 1, run.upperBound)
        // An exclamation mark at the end is one.
        return isLatin(glyphs, before) && isLatin(glyphs, before - 1) && endsWord(glyphs, after)
            && !glyphs[run].contains { $0.scalar == 0x21 }
    }

    private static func replace(_ run: Range<Int>, in glyphs: inout [Glyph]) {
        for place in run { glyphs[place].scalar = letter(for: glyphs[place].scalar) ?? glyphs[place].scalar }
    }

    private static func isLatin(_ glyphs: [Glyph], _ index: Int) -> Bool {
        glyphs.indices.contains(index) && (0x61...0x7A).contains(glyphs[index].scalar)
    }

    private static func endsWord(_ glyphs: [Glyph], _ index: Int) -> Bool {
        index >= glyphs.count || Squeezing.kind(of: glyphs[index].scalar) == .separator
    }
}
