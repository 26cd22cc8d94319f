// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Characters that look like Latin letters.
///
/// The tables are our own, in the spirit of Unicode's technical standard 39 ("skeletons"), and hold what is used to slip past
/// lists. Keys
/// are what is left after NFKC, case folding and the removal of marks, so full-width, mathematical, circled and superscript
/// letters
/// need no line here.
enum LookAlikes {
    /// Variants of Latin letters, and signs that are used as letters: alike wherever they stand.
    static let latin: [UInt32: [UInt32]] = {
        var table: [UInt32: [UInt32]] = [:]
        for (target, sources) in variants {
            for source in sources.unicodeScalars { table[source.value] = target.unicodeScalars.map(\.value) }
        }
        for letter in 0..<26 as Range<UInt32> {
            // Regional indicators, negative circled and negative squared letters.
            for first in [0x1F1E6, 0x1F150, 0x1F170] as [UInt32] { table[first + letter] = [0x61 + letter] }
        }
        for digit in 0..<10 as Range<UInt32> {
            for zero in zeros { table[zero + digit] = [0x30 + digit] }
            // Negative circled digits begin with one.
            if digit > 0 { table[0x2775 + digit] = [0x30 + digit] }
        }
        return table
    }()

    private static let variants: [(String, String)] = [
        ("a", "ɑɐᴀⱥ"), ("b", "ƀƃɓʙᴃ"), ("c", "ƈȼᴄɕ"), ("d", "đðɖɗƌᴅ"), ("e", "ǝəɘɛᴇɇⱸ"), ("f", "ƒꜰ"), ("g", "ɠɡɢǥ"),
        ("h", "ħɦʜⱨ"),
        ("i", "ıɩɪɨᵻ"), ("j", "ȷʝɉᴊ"), ("k", "ƙᴋⱪĸ"), ("l", "łƚɫɬɭʟⱡ"), ("m", "ɱᴍ"), ("n", "ŋɲɳɴƞ"), ("o", "øɵᴏɔ"), ("p", "ƥᴘᵽ"),
        ("q", "ʠɋ"), ("r", "ʀɍɽɾɼ"), ("s", "ʂꜱȿƨ"), ("t", "ŧƭʈᴛⱦ"), ("u", "ʉᴜ"), ("v", "ʋᴠⱱ"), ("w", "ᴡⱳ"), ("y", "ƴɏʏ"),
        ("z", "ƶȥʐʑᴢⱬ"), ("ae", "æᴁ"), ("oe", "œɶ"),
        ("'", "‘’‚‛′ʻʼʽ`´ˊˋ"), ("\"", "“”„‟″"), ("-", "‐‒–—―−⁃﹘"), ("/", "⁄∕╱"), (":", "∶ː꞉"), ("~", "〜∼"),
    ]

    /// Zeros of other scripts' decimal digits.
    private static let zeros: [UInt32] = [
        0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20,
        0x1040,
        0x17E0, 0x1810,
    ]

    /// Letters of other alphabets that cannot be told from Latin ones. A word of these alone may still be a word of its own
    /// language.
    static let near: [UInt32: UInt32] = letters([
        ("a", "аαΑАᎪ"), ("b", "ΒВᏴЬь"), ("c", "сСϲϹᏟⅽ"), ("d", "ԁԀᎠ"), ("e", "еЕΕᎬҽ"), ("f", "ϝϜ"), ("g", "ԍԌᏀց"),
        ("h", "һҺНΗᎻհ"),
        ("i", "іІιΙᎥ"), ("j", "јЈϳͿᎫ"), ("k", "КκΚᏦк"), ("l", "ӏӀᏞ"), ("m", "МΜᎷϺ"), ("n", "Νոռ"), ("o", "оОοΟօՕσ"),
        ("p", "рРρΡᏢ"),
        ("q", "ԛԚգ"), ("r", "ᎡᏒ"), ("s", "ѕЅᏚՏ"), ("t", "ТΤᎢτт"), ("u", "υսՍ"), ("v", "ѵѴνᏙ"), ("w", "ԝԜᎳա"), ("x", "хХχΧ"),
        ("y", "уУγΥүҮ"), ("z", "ΖᏃ"),
    ])

    /// Letters that stand in for Latin ones between Latin letters only.
    static let far: [UInt32: UInt32] = letters([
        ("a", "ᗩδ"), ("b", "вβᗷБб"), ("c", "ᑕ"), ("d", "ᗪ"), ("e", "εϵєЄᗴᕮ"), ("f", "ᖴ"), ("g", "ᘜ"), ("h", "нᕼ"), ("j", "ᒍ"),
        ("k", "қ"),
        ("l", "ᒪ"), ("m", "мᗰ"), ("n", "ηпПᑎиИ"), ("o", "θΘᗝфө"), ("p", "ᑭ"), ("q", "ᑫ"), ("r", "гГяЯᖇ"), ("s", "ᔕ"), ("t", "ꭲ"),
        ("u", "μᑌцЦ"), ("v", "ᐯ"), ("w", "шШщЩωψᗯ"), ("x", "᙭жЖ"), ("y", "ᖻчЧ"), ("z", "ζᘔ"),
    ])

    private static func letters(_ lines: [(String, String)]) -> [UInt32: UInt32] {
        var table: [UInt32: UInt32] = [:]
        for (target, sources) in lines {
            for source in sources.unicodeScalars { table[source.value] = target.unicodeScalars.first?.value }
        }
        return table
    }

    /// Letters of the alphabets in `near` and `far`: Greek, Cyrillic, Armenian, Cherokee, Canadian syllables, Coptic, Lisu.
    static func isForeign(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x0370...0x058F, 0x13A0...0x13FF, 0x1400...0x167F, 0x1C80...0x1C8F, 0x1F00...0x1FFF, 0x2C80...0x2CFF: true
        case 0xA4D0...0xA4FF, 0xA640...0xA69F, 0xAB70...0xABBF: true
        default: false
        }
    }

    /// Writes look-alikes as Latin letters in words that have a Latin letter, and words made of look-alikes only unless the
    /// text has
    /// words that are of another alphabet for certain, or `keepsWholeWords`.
    static func unify(_ glyphs: inout [Glyph], keepsWholeWords: Bool) {
        var words: [Range<Int>] = []
        var isForeignText = keepsWholeWords
        forEachWord(in: glyphs) { word, hasLatin, hasCertain in
            if hasLatin { replace(in: &glyphs, word, withFar: true) } else { words.append(word) }
            if hasCertain, !hasLatin { isForeignText = true }
        }
        if !isForeignText { for word in words { replace(in: &glyphs, word, withFar: false) } }
    }

    private static func forEachWord(
        in glyphs: [Glyph], _ body: (_ word: Range<Int>, _ hasLatin: Bool, _ hasCertain: Bool) -> Void
    ) {
        var index = 0
        while index < glyphs.count {
            let start = index
            var (hasLatin, hasForeign, hasCertain) = (false, false, false)
            while index < glyphs.count {
                let glyph = glyphs[index]
                if glyph.flags.contains(.foreign) {
                    hasForeign = true
                    if near(glyph) == nil { hasCertain = true }
                } else if (0x61...0x7A).contains(glyph.scalar) {
                    hasLatin = true
                } else if !(0x30...0x39).contains(glyph.scalar) {
                    break
                }
                index += 1
            }
            if hasForeign { body(start..<index, hasLatin, hasCertain) }
            index = max(index, start + 1)
        }
    }

    private static func replace(in glyphs: inout [Glyph], _ word: Range<Int>, withFar: Bool) {
        for index in word where glyphs[index].flags.contains(.foreign) {
            let glyph = glyphs[index]
            guard let letter = near(glyph) ?? (withFar ? far[glyph.origin] ?? far[glyph.scalar] : nil) else { continue }
            glyphs[index].scalar = letter
            glyphs[index].flags.remove(.foreign)
        }
    }

    private static func near(_ glyph: Glyph) -> UInt32? { near[glyph.origin] ?? near[glyph.scalar] }
}
