// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Marks that are written over, under and around letters.
enum Marks {
    /// So many on one letter are kept in the views that keep marks; living languages need three.
    static let most = 4

    /// Whether a mark is left out where letters that look alike are one: accents of alphabets that are read without them, and
    /// what
    /// can be put on anything. Marks that another letter comes of, as in Indic scripts or kana, stay.
    static func areOrnament(_ mark: UInt32, on base: UInt32) -> Bool {
        if base < 0x0590 || (0x1E00...0x218F).contains(base) || (0x2C60...0x2C7F).contains(base) { return true }
        switch mark {
        case 0x0300...0x036F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: return true
        default: return false
        }
    }

    /// Joins each letter with its marks, or leaves the marks out.
    static func settle(_ glyphs: [Glyph], dropsOrnaments: Bool) -> [Glyph] {
        var result: [Glyph] = []
        result.reserveCapacity(glyphs.count)
        var index = 0
        while index < glyphs.count {
            var end = index + 1
            while end < glyphs.count, glyphs[end].flags.contains(.mark) { end += 1 }
            let base = glyphs[index]
            if base.scalar == 0x20, result.last?.scalar == 0x20 {
                // A mark between two spaces went: they are one again.
            } else if end == index + 1 {
                result.append(base)
            } else {
                append(glyphs[index..<end], to: &result, dropsOrnaments: dropsOrnaments)
            }
            index = end
        }
        return result
    }

    private static func append(_ cluster: ArraySlice<Glyph>, to result: inout [Glyph], dropsOrnaments: Bool) {
        guard let base = cluster.first, let last = cluster.last else { return }
        var scalars = Unicode15.canonical(base.scalar)
        let own = scalars.count
        for mark in cluster.dropFirst() {
            if dropsOrnaments, areOrnament(mark.scalar, on: base.scalar) { continue }
            if scalars.count < own + most { scalars.append(mark.scalar) }
        }
        // Letters of Hangul come apart and together again here.
        let composed = scalars.count == own ? [base.scalar] : Unicode15.composed(scalars)
        for scalar in composed {
            var glyph = base
            glyph.scalar = scalar
            glyph.end = max(base.end, last.end)
            glyph.flags = scalar == base.scalar ? base.flags : []
            result.append(glyph)
        }
    }
}
