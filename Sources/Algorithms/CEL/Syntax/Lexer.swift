// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Cuts source bytes into tokens, one at a time.
struct Lexer {
    let source: SourceText
    private let bytes: [UInt8]
    private var position = 0

    init(_ source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    /// The next token; `.end` at the end, as often as asked.
    mutating func next() throws(CELError) -> Token {
        skipBlanks()
        let start = position
        guard start < bytes.count else { return Token(kind: .end, start: start, end: start) }
        let byte = bytes[start]
        if byte.isIdentifierStart {
            if let kind = try text() { return Token(kind: kind, start: start, end: position) }
            position += 1
            while position < bytes.count, bytes[position].isIdentifierStart || bytes[position].isDigit { position += 1 }
            return Token(kind: word(start..<position), start: start, end: position)
        }
        if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1).isDigit) {
            return Token(kind: try number(), start: start, end: position)
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), let kind = try text() {
            return Token(kind: kind, start: start, end: position)
        }
        if byte == UInt8(ascii: "`") {
            try quotedName()
            return Token(kind: .quoted, start: start, end: position)
        }
        guard let (kind, length) = symbol(byte) else { throw unexpected(start) }
        position += length
        return Token(kind: kind, start: start, end: position)
    }

    /// The byte so far ahead, 0 beyond the end.
    private func peek(_ ahead: Int) -> UInt8 { position + ahead < bytes.count ? bytes[position + ahead] : 0 }

    private func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELError {
        CELError(source.problem(range, message, expected: expected, hint: hint))
    }

    private func characterEnd(_ start: Int) -> Int {
        var end = start + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0C:
                position += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            default:
                return
            }
        }
    }

    /// The words that are no names.
    private func word(_ range: Range<Int>) -> Token.Kind {
        switch range.count {
        case 2: bytes[range].elementsEqual("in".utf8) ? .wordIn : .identifier
        case 4:
            bytes[range].elementsEqual("true".utf8)
                ? .wordTrue : bytes[range].elementsEqual("null".utf8) ? .wordNull : .identifier
        case 5: bytes[range].elementsEqual("false".utf8) ? .wordFalse : .identifier
        default: .identifier
        }
    }

    private func symbol(_ byte: UInt8) -> (Token.Kind, length: Int)? {
        let second = peek(1)
        switch byte {
        case UInt8(ascii: "="): return second == UInt8(ascii: "=") ? (.equal, 2) : nil
        case UInt8(ascii: "!"): return second == UInt8(ascii: "=") ? (.notEqual, 2) : (.not, 1)
        case UInt8(ascii: "<"): return second == UInt8(ascii: "=") ? (.lessOrEqual, 2) : (.less, 1)
        case UInt8(ascii: ">"): return second == UInt8(ascii: "=") ? (.greaterOrEqual, 2) : (.greater, 1)
        case UInt8(ascii: "&"): return second == UInt8(ascii: "&") ? (.and, 2) : nil
        case UInt8(ascii: "|"): return second == UInt8(ascii: "|") ? (.or, 2) : nil
        case UInt8(ascii: "+"): return (.plus, 1)
        case UInt8(ascii: "-"): return (.minus, 1)
        case UInt8(ascii: "*"): return (.times, 1)
        case UInt8(ascii: "/"): return (.divide, 1)
        case UInt8(ascii: "%"): return (.remainder, 1)
        case UInt8(ascii: "?"): return (.question, 1)
        case UInt8(ascii: ":"): return (.colon, 1)
        case UInt8(ascii: "."): return (.dot, 1)
        case UInt8(ascii: ","): return (.comma, 1)
        case UInt8(ascii: "("): return (.openParenthesis, 1)
        case UInt8(ascii: ")"): return (.closeParenthesis, 1)
        case UInt8(ascii: "["): return (.openBracket, 1)
        case UInt8(ascii: "]"): return (.closeBracket, 1)
        case UInt8(ascii: "{"): return (.openBrace, 1)
        case UInt8(ascii: "}"): return (.closeBrace, 1)
        default: return nil
        }
    }

    /// What people used to other languages write, and quotes as word processors make them.
    private func unexpected(_ start: Int) -> CELError {
        let range = start..<characterEnd(start)
        let text = source.excerpt(range)
        let hint: String? =
            switch text {
            case "=": "write '==' to compare"
            case "&": "write '&&'"
            case "|": "write '||'"
            case "#": "a remark begins with '//'"
            case ";": "an expression has no ';'"
            case "\u{201C}", "\u{201D}", "\u{201E}", "\u{2018}", "\u{2019}", "\u{AB}", "\u{BB}":
                "write straight quotes: \"…\" or '…'"
            case "\u{A0}": "this is a no-break space: write a plain one"
            default: nil
            }
        return problem(range, "unexpected '\(text)'", expected: "an operator, a name or a literal", hint: hint)
    }

    private mutating func quotedName() throws(CELError) {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "`") {
            let byte = bytes[position]
            guard byte.isIdentifierStart || byte.isDigit || " -./".utf8.contains(byte) else {
                throw problem(position..<characterEnd(position), "a quoted name cannot hold this character")
            }
            position += 1
        }
        guard position < bytes.count, position > start + 1 else { throw problem(start..<position, "unfinished quoted name") }
        position += 1
    }

    private mutating func number() throws(CELError) -> Token.Kind {
        let start = position
        if bytes[position] == UInt8(ascii: "0"), peek(1) | 0x20 == UInt8(ascii: "x") {
            position += 2
            while peek(0).isHexDigit { position += 1 }
            guard position > start + 2 else { throw problem(start..<position, "this is no number", expected: "digits after 0x") }
        } else {
            while peek(0).isDigit { position += 1 }
            if try fraction() { return .double }
        }
        if peek(0) | 0x20 == UInt8(ascii: "u") {
            position += 1
            return .unsigned
        }
        return .integer
    }

    /// Moves past a fraction and an exponent; false if there is neither.
    private mutating func fraction() throws(CELError) -> Bool {
        let start = position
        if peek(0) == UInt8(ascii: "."), peek(1).isDigit {
            position += 2
            while peek(0).isDigit { position += 1 }
        }
        if peek(0) | 0x20 == UInt8(ascii: "e") {
            let isSigned = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
            if peek(isSigned ? 2 : 1).isDigit {
                position += isSigned ? 2 : 1
                while peek(0).isDigit { position += 1 }
            }
        }
        return position > start
    }

    /// Moves past a string or bytes literal if one starts here; what it means is read by `TextLiteral`.
    private mutating func text() throws(CELError) -> Token.Kind? {
        guard let prefix = TextLiteral.Prefix(bytes, at: position) else { return nil }
        let start = position
        position = prefix.contentStart
        while true {
            guard position < bytes.count,
                prefix.isTriple || (bytes[position] != UInt8(ascii: "\n") && bytes[position] != UInt8(ascii: "\r"))
            else { throw problem(start..<position, "unfinished text", expected: "a closing quote") }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\"), !prefix.isRaw {
                position += 2
            } else if byte == prefix.quote, !prefix.isTriple || (peek(1) == byte && peek(2) == byte) {
                position += prefix.isTriple ? 3 : 1
                return prefix.isBytes ? .bytes : .string
            } else {
                position += 1
            }
        }
    }
}
