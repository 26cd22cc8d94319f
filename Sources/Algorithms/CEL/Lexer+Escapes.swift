// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Lexer {
    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13,
        UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "?"): UInt8(ascii: "?"), UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "'"): UInt8(ascii: "'"),
        UInt8(ascii: "`"): UInt8(ascii: "`"),
    ]

    /// Reads the escape that starts at the backslash here. Numeric ones are code points in text and octets in bytes.
    mutating func escape(into content: inout [UInt8], isBytes: Bool) throws(CELError) {
        let start = position
        guard let letter = peek(1) else { throw problem(start..<start + 1, "unfinished escape") }
        if let byte = Self.simpleEscapes[letter] {
            content.append(byte)
            position += 2
            return
        }
        let value: UInt32
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): value = try digits(2, radix: 16, skipping: 2)
        case UInt8(ascii: "u") where !isBytes: value = try digits(4, radix: 16, skipping: 2)
        case UInt8(ascii: "U") where !isBytes: value = try digits(8, radix: 16, skipping: 2)
        case UInt8(ascii: "0")...UInt8(ascii: "3"): value = try digits(3, radix: 8, skipping: 1)
        default:
            throw problem(
                start..<start + 2, "unknown escape", hint: #"write \\ for a backslash, or a raw string r"...""#)
        }
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            content.append(contentsOf: Array(String(Character(scalar)).utf8))
        } else {
            throw problem(start..<position, "this escape is no Unicode code point")
        }
    }

    private mutating func digits(_ count: Int, radix: Int, skipping: Int) throws(CELError) -> UInt32 {
        let start = position
        let first = position + skipping
        let end = min(first + count, source.bytes.count)
        let text = source.excerpt(first..<max(first, end))
        guard text.utf8.count == count, text.utf8.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: radix) else {
            throw problem(start..<min(first, source.bytes.count), "unfinished escape", expected: "\(count) digits")
        }
        position = end
        return value
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
    }

    var isIdentifierStart: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || self == UInt8(ascii: "_")
    }
}
