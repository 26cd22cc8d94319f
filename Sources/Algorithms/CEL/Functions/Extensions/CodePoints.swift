// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A text by its code points: positions count them, never bytes or what a reader takes for one character.
struct CodePoints {
    let bytes: [UInt8]
    let count: Int
    private var isASCII: Bool { count == bytes.count }

    init(_ text: String) {
        bytes = Array(text.utf8)
        count = bytes.reduce(into: 0) { count, byte in count += Self.isStart(byte) ? 1 : 0 }
    }

    @inline(__always)
    private static func isStart(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }

    /// The byte at which the code point with this number starts; for `count` the end. `position` is in 0 ... count.
    func offset(of position: Int) -> Int {
        if isASCII || position == 0 { return position }
        if position == count { return bytes.count }
        var seen = 0
        for (offset, byte) in bytes.enumerated() where Self.isStart(byte) {
            if seen == position { return offset }
            seen += 1
        }
        return bytes.count
    }

    /// The bytes at which code points start, and the end.
    var offsets: [Int] { bytes.indices.filter { Self.isStart(bytes[$0]) } + [bytes.count] }

    /// The number of the code point that starts at this byte.
    func position(of offset: Int) -> Int {
        if isASCII { return offset }
        return bytes[..<offset].reduce(into: 0) { count, byte in count += Self.isStart(byte) ? 1 : 0 }
    }

    /// The text between two positions, both in 0 ... count and in order.
    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[offset(of: range.lowerBound)..<offset(of: range.upperBound)], as: UTF8.self)
    }

    /// The text of each code point.
    func split() -> [String] {
        var parts: [String] = []
        parts.reserveCapacity(count)
        var start = 0
        for offset in bytes.indices.dropFirst() where Self.isStart(bytes[offset]) {
            parts.append(String(decoding: bytes[start..<offset], as: UTF8.self))
            start = offset
        }
        if start < bytes.count { parts.append(String(decoding: bytes[start...], as: UTF8.self)) }
        return parts
    }
}
