// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The quick ways for plain text: printable ASCII and syllables of Hangul with single spaces, which is what most messages are.
///
/// They give what the long way gives, to the byte and the place; anything else is left to it.
enum QuickText {
    /// The text with its capitals made small where a view wants that; nil if it is not plain.
    static func fold(_ utf8: Span<UInt8>, count: Int, foldsCase: Bool = true) -> NormalizedText? {
        foldedBytes(utf8, count: count, foldsCase: foldsCase).map { NormalizedText(verbatim: $0) }
    }

    private static func foldedBytes(_ utf8: Span<UInt8>, count: Int, foldsCase: Bool) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var previous: UInt8 = 0
        var index = 0
        while index < count {
            let byte = utf8[index]
            if byte < 0x80 {
                if byte < 0x20 || byte > 0x7E || byte == 0x20 && previous == 0x20 || byte == 0x60 { return nil }
                bytes[index] = foldsCase && byte &- 0x41 < 26 ? byte | 0x20 : byte
                index += 1
            } else {
                guard isSyllable(utf8, index, count: count) else { return nil }
                bytes[index] = byte
                bytes[index + 1] = utf8[index + 1]
                bytes[index + 2] = utf8[index + 2]
                index += 3
            }
            previous = byte
        }
        return bytes
    }

    /// Whether the character that begins here is one of U+AC00 to U+D7A3.
    @inline(__always)
    private static func isSyllable(_ utf8: Span<UInt8>, _ index: Int, count: Int) -> Bool {
        guard index + 2 < count, utf8[index + 1] & 0xC0 == 0x80, utf8[index + 2] & 0xC0 == 0x80 else { return false }
        return switch utf8[index] {
        case 0xEA: utf8[index + 1] >= 0xB0
        case 0xEB, 0xEC: true
        case 0xED: utf8[index + 1] < 0x9E || utf8[index + 1] == 0x9E && utf8[index + 2] <= 0xA3
        default: false
        }
    }

    /// Whether a byte may be among those of the visible text: false only if that is sure without normalising.
    /// - Parameter byte: printable ASCII.
    static func mayShow(_ byte: UInt8, or other: UInt8, in utf8: Span<UInt8>) -> Bool {
        let count = utf8.count
        var index = 0
        while index < count {
            let next = utf8[index]
            if next < 0x80 {
                if next == byte || next == other { return true }
                index += 1
            } else {
                // Other characters may be a form of that byte.
                guard isSyllable(utf8, index, count: count) else { return true }
                index += 3
            }
        }
        return false
    }

    /// As the squeezed view; nil if the text is not plain, or if it may have letters set apart.
    static func squeeze(_ utf8: Span<UInt8>, count: Int) -> NormalizedText? {
        foldedBytes(utf8, count: count, foldsCase: true).flatMap { squeeze(folded: $0) }
    }

    /// - Parameter folded: what `fold` gave.
    static func squeeze(folded: [UInt8]) -> NormalizedText? {
        guard !folded.isEmpty, let rows = rows(folded) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(folded.count)
        var segments: [NormalizedText.Segment] = []
        segments.reserveCapacity(2 * rows.count + 1)
        func copy(_ range: Range<Int>, from end: Int) {
            guard !range.isEmpty else { return }
            segments.append(
                .init(
                    start: UInt32(truncatingIfNeeded: bytes.count), source: UInt32(truncatingIfNeeded: range.lowerBound),
                    sourceEnd: UInt32(truncatingIfNeeded: end)))
            bytes += folded[range]
        }
        var next = 0
        for row in rows {
            copy(next..<row.start, from: 0)
            copy(row.start..<row.start + row.width, from: row.end)
            next = row.end
        }
        copy(next..<folded.count, from: 0)
        var runs = bytes.map { $0 & 0xC0 == 0x80 ? 0 : 1 as UInt8 }
        var removed = 0
        for row in rows {
            runs[row.start - removed] = UInt8(min(255, (row.end - row.start) / row.width))
            removed += row.end - row.start - row.width
        }
        return NormalizedText(bytes: bytes, runs: runs, segments: segments)
    }

    /// Bytes of one letter, written several times.
    private struct Row {
        let start: Int
        /// Of the letter.
        let width: Int
        var end: Int
    }

    /// The rows of one letter; nil if two words next to each other are one letter each, for these may be letters set apart.
    private static func rows(_ bytes: [UInt8]) -> [Row]? {
        var rows: [Row] = []
        var previous: UInt32 = 0
        var (isInWord, isSingle, wasSingle) = (false, false, false)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            var (code, width, isLetter, isSeparator) = (UInt32(byte), 1, byte &- 0x61 < 26, false)
            if byte >= 0x80 {
                // A syllable of Hangul.
                code = code << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                (width, isLetter) = (3, true)
            } else if !isLetter {
                isSeparator = byte != 0x27 && byte &- 0x30 >= 10
            }
            let end = index + width
            if isSeparator {
                if isInWord, isSingle, wasSingle { return nil }
                if isInWord { (wasSingle, isInWord) = (isSingle, false) }
            } else if !isInWord {
                (isInWord, isSingle) = (true, isLetter)
            } else if code != previous {
                isSingle = false
            } else if isLetter {
                if let last = rows.indices.last, rows[last].end == index {
                    rows[last].end = end
                } else {
                    rows.append(Row(start: index - width, width: width, end: end))
                }
            }
            previous = code
            index = end
        }
        return isInWord && isSingle && wasSingle ? nil : rows
    }
}
