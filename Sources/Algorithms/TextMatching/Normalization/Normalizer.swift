// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Brings text to one spelling, so that what looks alike to people is alike to a matcher.
///
/// Every place of the result knows which bytes of the original it came from. Takes time in proportion to the text, and gives
/// at most
/// eighteen characters for one. Bytes that are no UTF-8 become U+FFFD each.
public struct Normalizer: Sendable {
    public let view: TextView
    private let table: CharacterTable
    private static let longest = 1 << 30
    /// For patterns: a word of look-alikes only is a word of its own alphabet.
    var keepsWholeWords = false

    public init(view: TextView = .folded) {
        self.view = view
        table = CharacterTable.table(for: view)
    }

    public func normalize(_ text: String) -> NormalizedText { normalize(utf8: text.utf8Span.span) }

    /// Texts above 1 GiB are read up to there.
    public func normalize(utf8: Span<UInt8>) -> NormalizedText {
        let count = min(utf8.count, Self.longest)
        if view == .exact { return verbatim(utf8, count: count) }
        return quick(utf8, count: count) ?? long(utf8, count: count)
    }

    private func quick(_ utf8: Span<UInt8>, count: Int) -> NormalizedText? {
        switch view {
        case .exact, .leet: nil
        case .visible, .folded, .skeleton: QuickText.fold(utf8, count: count, foldsCase: view.foldsCase)
        case .squeezed: QuickText.squeeze(utf8, count: count)
        }
    }

    /// Serves any text.
    func long(_ utf8: Span<UInt8>, count: Int) -> NormalizedText {
        var reader = GlyphReader(table: table)
        reader.read(utf8, count: count)
        return NormalizedText(settle(reader), keepsRuns: view.squeezes)
    }

    /// A text in the skeleton and in the squeezed view; what they have in common is done once.
    package static func skeletonAndSqueezed(_ text: String) -> [NormalizedText] {
        let utf8 = text.utf8Span.span
        let count = min(utf8.count, longest)
        let squeezed = Normalizer(view: .squeezed)
        guard let skeleton = QuickText.fold(utf8, count: count) else {
            return [Normalizer(view: .skeleton).long(utf8, count: count), squeezed.long(utf8, count: count)]
        }
        return [skeleton, QuickText.squeeze(folded: skeleton.bytes) ?? squeezed.long(utf8, count: count)]
    }

    private func verbatim(_ utf8: Span<UInt8>, count: Int) -> NormalizedText {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in 0..<count { bytes.append(utf8[index]) }
        return NormalizedText(verbatim: bytes)
    }

    /// What takes more than one character to see.
    private func settle(_ reader: GlyphReader) -> [Glyph] {
        var glyphs = reader.glyphs
        let seen = reader.seen
        if seen.contains(.mark) { glyphs = Marks.settle(glyphs, dropsOrnaments: view.unifiesLookAlikes) }
        if seen.contains(.foreign), view.unifiesLookAlikes { LookAlikes.unify(&glyphs, keepsWholeWords: keepsWholeWords) }
        if view == .leet { Leet.read(&glyphs) }
        if view.squeezes { glyphs = Squeezing.join(glyphs) }
        if seen.contains(.jamo) { glyphs = Hangul.compose(glyphs) }
        if view.squeezes { Squeezing.collapse(&glyphs) }
        return glyphs
    }
}

/// Reads UTF-8 and looks each character up.
private struct GlyphReader {
    let table: CharacterTable
    var glyphs: [Glyph] = []
    /// The flags of all glyphs together.
    var seen: CharacterFlags = []

    init(table: CharacterTable) { self.table = table }

    mutating func read(_ utf8: Span<UInt8>, count: Int) {
        glyphs.reserveCapacity(count)
        var index = 0
        while index < count {
            let (scalar, length) = UTF8Reading.scalar(in: utf8, at: index, count: count)
            let start = UInt32(truncatingIfNeeded: index)
            index += length
            let (fate, flags) = table.look(up: scalar)
            var glyph = Glyph(scalar: scalar, origin: scalar, start: start, end: UInt32(truncatingIfNeeded: index), flags: flags)
            switch fate {
            case .kept: append(glyph)
            case .dropped: break
            case .replaced(let other):
                glyph.scalar = other
                append(glyph)
            case .sequence(let places):
                for place in places {
                    glyph.scalar = table.sequences[place]
                    glyph.origin = glyph.scalar
                    glyph.flags = table.look(up: glyph.scalar).flags
                    append(glyph)
                }
            }
        }
    }

    private mutating func append(_ glyph: Glyph) {
        // White space is one space.
        if glyph.scalar == 0x20, glyphs.last?.scalar == 0x20 { return }
        seen.formUnion(glyph.flags)
        glyphs.append(glyph)
    }
}
