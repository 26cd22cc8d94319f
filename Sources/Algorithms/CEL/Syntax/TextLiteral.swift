// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads what a string or bytes literal means.
struct TextLiteral {
    /// What stands before the content: `r`, `b`, in any order and case, and one or three quotes.
    struct Prefix {
        var isRaw = false
        var isBytes = false
        var isTriple = false
        var quote: UInt8 = 0
        var contentStart: Int

        /// Nil if no literal starts at that byte.
        init?(_ bytes: [UInt8], at start: Int) {
            var position = start
            prefix: while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "r"), UInt8(ascii: "R"):
                    if isRaw { return nil }
                    isRaw = true
                case UInt8(ascii: "b"), UInt8(ascii: "B"):
                    if isBytes { return nil }
                    isBytes = true
                case UInt8(ascii: "\""), UInt8(ascii: "'"): break prefix
                default: return nil
                }
                position += 1
            }
            guard position < bytes.count else { return nil }
            quote = bytes[position]
            isTriple = position + 2 < bytes.count && bytes[position + 1] == quote && bytes[position + 2] == quote
            contentStart = position + (isTriple ? 3 : 1)
        }
    }

    private let source: SourceText
    private let prefix: Prefix
    private let end: Int
    private var position: Int
    private var content: [UInt8] = []

    /// The content of the literal that a token covers.
    static func content(_ token: Token, in source: SourceText) throws(CELError) -> [UInt8] {
        guard let prefix = Prefix(source.bytes, at: token.start) else { return [] }
        let end = token.end - (prefix.isTriple ? 3 : 1)
        let bytes = source.bytes[prefix.contentStart..<end]
        let needsReading = bytes.contains { $0 == UInt8(ascii: "\\") && !prefix.isRaw || $0 == UInt8(ascii: "\r") }
        guard needsReading else { return Array(bytes) }
        var literal = TextLiteral(source: source, prefix: prefix, end: end, position: prefix.contentStart)
        try literal.read()
        return literal.content
    }

    private init(source: SourceText, prefix: Prefix, end: Int, position: Int) {
        self.source = source
        self.prefix = prefix
        self.end = end
        self.position = position
    }

    private mutating func read() throws(CELError) {
        while position < end {
            let byte = source.bytes[position]
            if byte == UInt8(ascii: "\\"), !prefix.isRaw {
                try escape()
            } else if byte == UInt8(ascii: "\r") {
                // Line ends inside text are one character on every platform.
                position += position + 1 < end && source.bytes[position + 1] == UInt8(ascii: "\n") ? 2 : 1
                content.append(UInt8(ascii: "\n"))
            } else {
                content.append(byte)
                position += 1
            }
        }
    }

    private static func simple(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "a"): 7
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "v"): 11
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): letter
        default: nil
        }
    }

    /// Reads the escape that starts at the backslash here. Numeric ones are code points in text and octets in bytes.
    private mutating func escape() throws(CELError) {
        let start = position
        guard start + 1 < end else { throw problem(start..<start + 1, "unfinished escape") }
        let letter = source.bytes[start + 1]
        if let byte = Self.simple(letter) {
            content.append(byte)
            position += 2
            return
        }
        let value: UInt32
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): value = try digits(2, radix: 16, skipping: 2)
        case UInt8(ascii: "u") where !prefix.isBytes: value = try digits(4, radix: 16, skipping: 2)
        case UInt8(ascii: "U") where !prefix.isBytes: value = try digits(8, radix: 16, skipping: 2)
        case UInt8(ascii: "0")...UInt8(ascii: "3"): value = try digits(3, radix: 8, skipping: 1)
        default:
            throw problem(
                start..<start + 2, "unknown escape", hint: #"write \\ for a backslash, or a raw string r"...""#)
        }
        if prefix.isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            content.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        } else {
            throw problem(start..<position, "this escape is no Unicode code point")
        }
    }

    private mutating func digits(_ count: Int, radix: Int, skipping: Int) throws(CELError) -> UInt32 {
        let start = position
        let first = position + skipping
        let last = min(first + count, end)
        let text = source.excerpt(first..<max(first, last))
        guard text.utf8.count == count, text.utf8.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: radix) else {
            throw problem(start..<min(first, end), "unfinished escape", expected: "\(count) digits")
        }
        position = last
        return value
    }

    private func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELError {
        CELError(source.problem(range, message, expected: expected, hint: hint))
    }
}
