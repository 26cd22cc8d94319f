// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Brings text to one spelling, so that what looks alike to people is alike to a matcher.
///
/// Full-width letters become ASCII, ASCII letters lower case, characters that show nothing (zero-width, bidirectional
/// controls, variation selectors) go, and Korean letters written one by one become syllables (ㅈㅣㅇㅣㄴ → 지인). Every byte of
/// the result knows which bytes of the original it came from. Takes time in proportion to the text.
public struct Normalizer: Sendable {
    /// Off for texts whose letter case means something, such as links.
    public var foldsCase: Bool

    public init(foldsCase: Bool = true) { self.foldsCase = foldsCase }

    public func normalize(_ text: String) -> NormalizedText {
        var folded: [NormalizedText.Piece] = []
        folded.reserveCapacity(text.utf8.count)
        var offset = 0
        for scalar in text.unicodeScalars {
            let end = offset + UTF8.width(scalar)
            if !Self.isInvisible(scalar) {
                folded.append(NormalizedText.Piece(scalar: fold(scalar), range: offset..<end))
            }
            offset = end
        }
        return NormalizedText(Hangul.compose(folded))
    }

    private func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        var value = scalar.value
        switch value {
        case 0xFF01...0xFF5E: value -= 0xFEE0
        case 0x3000: value = 0x20
        default: break
        }
        if foldsCase, (0x41...0x5A).contains(value) { value += 0x20 }
        return Unicode.Scalar(value) ?? scalar
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0: true
        case 0x180B...0x180F, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F: true
        case 0xE0000...0xE01EF: true
        default: false
        }
    }
}

/// Normalised text as UTF-8 bytes, with the way back to the original.
public struct NormalizedText: Sendable {
    struct Piece {
        var scalar: Unicode.Scalar
        /// UTF-8 bytes of the original.
        var range: Range<Int>
    }

    public private(set) var bytes: [UInt8] = []
    private var starts: [Int32] = []
    private var ends: [Int32] = []

    init(_ pieces: [Piece]) {
        bytes.reserveCapacity(pieces.count)
        for piece in pieces {
            for byte in UTF8.encode(piece.scalar) ?? UTF8.encodedReplacementCharacter {
                bytes.append(byte)
                // Texts above 2 GiB do not reach a matcher; the positions beyond would only be wrong, not unsafe.
                starts.append(Int32(truncatingIfNeeded: piece.range.lowerBound))
                ends.append(Int32(truncatingIfNeeded: piece.range.upperBound))
            }
        }
    }

    /// The original's UTF-8 bytes that a non-empty range of normalised bytes came from.
    public func originalRange(of range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty, range.upperBound <= bytes.count else { return 0..<0 }
        return Int(starts[range.lowerBound])..<Int(ends[range.upperBound - 1])
    }
}
