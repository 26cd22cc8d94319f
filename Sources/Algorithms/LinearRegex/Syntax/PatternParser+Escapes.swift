// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension PatternParser {
    /// A `\` and what stands for one scalar after it.
    mutating func escapedScalar() throws(RegexError) -> UInt32 {
        let start = position
        position += 1
        guard position < bytes.count else {
            throw RegexError(.trailingBackslash, #"the pattern ends with a \"#, start..<position, hint: #"a literal one is \\"#)
        }
        let letter = bytes[position]
        switch letter {
        case UInt8(ascii: "1")...UInt8(ascii: "7") where !isOctal(at: position + 1), UInt8(ascii: "8"), UInt8(ascii: "9"):
            throw RegexError(
                .backReference, "back-references are not in the syntax", start..<(position + 1),
                hint: "matching stays linear in the text without them")
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return octal()
        case UInt8(ascii: "x"): return try hexadecimal(from: start)
        case UInt8(ascii: "n"): position += 1; return 10
        case UInt8(ascii: "r"): position += 1; return 13
        case UInt8(ascii: "t"): position += 1; return 9
        case UInt8(ascii: "a"): position += 1; return 7
        case UInt8(ascii: "f"): position += 1; return 12
        case UInt8(ascii: "v"): position += 1; return 11
        default:
            guard letter < 0x80, letter == UInt8(ascii: "_") || !Look.isWordByte(letter) else { throw unknownEscape(from: start) }
            position += 1
            return UInt32(letter)
        }
    }

    private func isOctal(at place: Int) -> Bool { place < bytes.count && (0x30...0x37).contains(bytes[place]) }

    private mutating func octal() -> UInt32 {
        var value: UInt32 = 0
        let end = position + 3
        while position < end, isOctal(at: position) {
            value = value * 8 + UInt32(bytes[position] - 0x30)
            position += 1
        }
        return value
    }

    private mutating func hexadecimal(from start: Int) throws(RegexError) -> UInt32 {
        position += 1
        let isBraced = isNext("{")
        if isBraced { position += 1 }
        let first = position
        var value: UInt32 = 0
        while position < bytes.count, isBraced || position < first + 2, value <= ScalarSet.last,
            let digit = Unicode.Scalar(bytes[position]).properties.isASCIIHexDigit
                ? UInt32(String(Unicode.Scalar(bytes[position])), radix: 16) : nil
        {
            value = value * 16 + digit
            position += 1
        }
        let count = position - first
        guard value <= ScalarSet.last, isBraced ? count > 0 && isNext("}") : count == 2 else {
            throw RegexError(
                .unknownEscape, #"\x takes two hexadecimal digits, or up to 10FFFF in braces"#,
                start..<min(position + 1, bytes.count),
                hint: #"write \x41 or \x{1F600}"#)
        }
        if isBraced { position += 1 }
        return value
    }

    private mutating func unknownEscape(from start: Int) -> RegexError {
        let letter = Unicode.Scalar(takeScalar()) ?? " "
        let range = start..<position
        switch letter {
        case "k", "g":
            return RegexError(.backReference, "back-references are not in the syntax", range)
        case "Z": return RegexError(.unknownEscape, #"there is no \Z"#, range, hint: #"the end of the text is \z"#)
        case "u", "U": return RegexError(.unknownEscape, #"there is no \\#(letter)"#, range, hint: #"write \x{1F600}"#)
        case "b", "B", "A", "z", "Q", "E":
            return RegexError(.unknownEscape, #"\\#(letter) has no meaning here"#, range)
        default:
            return RegexError(
                .unknownEscape, #"there is no \\#(letter)"#, range,
                hint: "letters and digits need no backslash to stand for themselves")
        }
    }
}
