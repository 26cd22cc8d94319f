// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Characters out of bytes that may be anything.
enum UTF8Reading {
    /// The character that begins at a byte and its length; U+FFFD and 1 for a byte that begins none.
    @inline(__always)
    static func scalar(in utf8: Span<UInt8>, at index: Int, count: Int) -> (scalar: UInt32, length: Int) {
        let first = utf8[index]
        if first < 0x80 { return (UInt32(first), 1) }
        return longScalar(in: utf8, at: index, count: count)
    }

    private static func longScalar(in utf8: Span<UInt8>, at index: Int, count: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(utf8[index])
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard (0xC2...0xF4).contains(first), index + length <= count else { return (0xFFFD, 1) }
        var value = first & (0x7F >> UInt32(length))
        for offset in 1..<length {
            let byte = UInt32(utf8[index + offset])
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            value = value << 6 | byte & 0x3F
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x1_0000
        guard value >= smallest, value <= 0x10_FFFF, !(0xD800...0xDFFF).contains(value) else { return (0xFFFD, 1) }
        return (value, length)
    }
}
