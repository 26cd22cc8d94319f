// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CUtf8proc

/// What one character becomes in a view, before its neighbours are looked at.
struct CharacterFlags: OptionSet {
    let rawValue: UInt8
    /// Attaches to the character before.
    static let mark = CharacterFlags(rawValue: 1)
    /// A single letter of Hangul.
    static let jamo = CharacterFlags(rawValue: 2)
    /// A letter of another alphabet, some letters of which look like Latin ones.
    static let foreign = CharacterFlags(rawValue: 4)
}

/// The fate of every character in one view, worked out once from libutf8proc (Unicode 15) and then looked up.
final class CharacterTable: Sendable {
    enum Fate {
        case kept, dropped
        case replaced(UInt32)
        /// Several characters: places in `sequences`.
        case sequence(Range<Int>)
    }

    static let visible = CharacterTable(.visible)
    static let folded = CharacterTable(.folded)
    static let skeleton = CharacterTable(.skeleton)

    static func table(for view: TextView) -> CharacterTable {
        switch view {
        case .exact, .visible: visible
        case .folded: folded
        case .skeleton, .squeezed, .leet: skeleton
        }
    }

    // An entry: 8 bits of flags, 3 bits of kind, 21 bits of value. Characters in blocks of 128, equal blocks are kept once.
    private let blocks: [UInt16]
    private let entries: [UInt32]
    let sequences: [UInt32]

    func look(up scalar: UInt32) -> (fate: Fate, flags: CharacterFlags) {
        let entry = entries[Int(blocks[Int(scalar >> 7)]) << 7 | Int(scalar & 127)]
        let value = entry & 0x1F_FFFF
        let flags = CharacterFlags(rawValue: UInt8(entry >> 24))
        switch entry >> 21 & 7 {
        case 0: return (.kept, flags)
        case 1: return (.replaced(value), flags)
        case 2: return (.dropped, flags)
        default:
            let first = Int(value) + 1
            return (.sequence(first..<(first + Int(sequences[first - 1]))), flags)
        }
    }

    private init(_ view: TextView) {
        var maker = EntryMaker(view: view)
        var blocks: [UInt16] = []
        var entries: [UInt32] = []
        var known: [[UInt32]: UInt16] = [:]
        for block in 0..<(0x11_0000 >> 7) {
            let first = UInt32(block) << 7
            let values =
                Self.isPlain(first) ? [UInt32](repeating: 0, count: 128) : (first..<(first + 128)).map { maker.entry($0) }
            if let place = known[values] {
                blocks.append(place)
            } else {
                // At most 8,704 blocks.
                let place = UInt16(truncatingIfNeeded: entries.count >> 7)
                known[values] = place
                blocks.append(place)
                entries += values
            }
        }
        self.blocks = blocks
        self.entries = entries
        sequences = maker.sequences
    }

    /// Nothing happens to Chinese characters, syllables of Hangul and what is for private use: no need to ask for each.
    private static func isPlain(_ first: UInt32) -> Bool {
        switch first {
        case 0x3400..<0xA000, 0xAC00..<0xD780, 0xD800..<0xF900, 0x1_2000..<0x1_6000, 0x1_7000..<0x1_B000, 0x2_0000..<0x2_F800:
            true
        case 0x3_0000..<0xE_0000, 0xE_1000...: true
        default: false
        }
    }
}

/// Works out entries of the table.
private struct EntryMaker {
    let view: TextView
    var sequences: [UInt32] = []

    mutating func entry(_ scalar: UInt32) -> UInt32 {
        guard Unicode.Scalar(scalar) != nil else { return 0 }
        if Self.isSpace(scalar) { return 1 << 21 | 0x20 }
        if Self.isInvisible(scalar) { return 2 << 21 }
        if (0xAC00...0xD7A3).contains(scalar) { return 0 }
        if scalar > 0x2FF, Unicode15.isPlain(scalar), !isOurs(scalar) { return 0 }
        if (0x11A8...0x11C2).contains(scalar) || (0x3131...0x3163).contains(scalar) { return flags([scalar]) }
        let becomes = becomes(scalar)
        if becomes.isEmpty { return 2 << 21 }
        if becomes == [scalar] { return flags(becomes) }
        if becomes.count == 1 { return flags(becomes) | 1 << 21 | becomes[0] }
        let place = UInt32(sequences.count)
        sequences.append(UInt32(becomes.count))
        sequences += becomes
        return flags(becomes) | 3 << 21 | place
    }

    /// Whether our own tables say something about it.
    private func isOurs(_ scalar: UInt32) -> Bool {
        LookAlikes.isForeign(scalar) || LookAlikes.latin[scalar] != nil || Hangul.isJamo(scalar)
            || Hangul.separateLetter(scalar) != scalar
    }

    private func becomes(_ scalar: UInt32) -> [UInt32] {
        var result = Unicode15.decomposed(scalar, foldsCase: view.foldsCase)
        if view.unifiesLookAlikes {
            result = withoutMarks(result)
            result = Unicode15.composed(result).flatMap { LookAlikes.latin[$0] ?? [$0] }
        } else {
            result = Unicode15.composed(result)
        }
        // White space that a compatibility form is made of, and letters of Hangul, take their one form too.
        return result.filter { !Self.isInvisible($0) }.map { Self.isSpace($0) ? 0x20 : Hangul.separateLetter($0) }
    }

    private func withoutMarks(_ scalars: [UInt32]) -> [UInt32] {
        guard scalars.count > 1 else { return scalars }
        var result: [UInt32] = []
        for scalar in scalars {
            if let base = result.last, Unicode15.isMark(scalar), Marks.areOrnament(scalar, on: base) { continue }
            result.append(scalar)
        }
        return result
    }

    private func flags(_ scalars: [UInt32]) -> UInt32 {
        var flags: CharacterFlags = []
        // A sequence is looked at character by character where it is used.
        if scalars.count == 1 {
            if Unicode15.isMark(scalars[0]) { flags.insert(.mark) }
            if Hangul.isJamo(scalars[0]) { flags.insert(.jamo) }
            if LookAlikes.isForeign(scalars[0]) { flags.insert(.foreign) }
        }
        return UInt32(flags.rawValue) << 24
    }

    private static func isSpace(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Shows nothing by itself: controls, zero-width and bidirectional characters, variation selectors, fillers, tags.
    private static func isInvisible(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x00...0x08, 0x0E...0x1F, 0x7F...0x9F: true
        case 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFEFF, 0xFFA0, 0x1D159: true
        case 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F, 0xFFF0...0xFFFB: true
        case 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF: true
        default: false
        }
    }
}
