// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Cuts source bytes into tokens.
struct Lexer {
    let source: SourceText
    var position = 0
    private var bytes: [UInt8] { source.bytes }

    init(_ source: SourceText) { self.source = source }

    /// All tokens, the last one being `.end`.
    static func tokens(of source: SourceText) throws(CELError) -> [Token] {
        var lexer = Lexer(source)
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(CELError) -> Token {
        skipBlanks()
        let start = position
        guard let byte = peek() else { return Token(kind: .end, range: start..<start) }
        if let literal = try string() { return Token(kind: literal, range: start..<position) }
        if byte.isIdentifierStart { return Token(kind: .identifier(identifier()), range: start..<position) }
        if byte.isDigit || (byte == UInt8(ascii: ".") && (peek(1)?.isDigit ?? false)) {
            return Token(kind: try number(), range: start..<position)
        }
        if byte == UInt8(ascii: "`") { return Token(kind: try quotedName(), range: start..<position) }
        for symbol in Token.Symbol.allCases where bytes[start...].starts(with: symbol.rawValue.utf8) {
            position += symbol.rawValue.utf8.count
            return Token(kind: .symbol(symbol), range: start..<position)
        }
        throw problem(start..<characterEnd(start), "unexpected character", expected: "an operator, a name or a literal")
    }

    func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELError {
        CELError(source.problem(range, message, expected: expected, hint: hint))
    }

    private func characterEnd(_ start: Int) -> Int {
        var end = start + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0C:
                position += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
            default:
                return
            }
        }
    }

    private mutating func identifier() -> String {
        let start = position
        while let byte = peek(), byte.isIdentifierStart || byte.isDigit { position += 1 }
        return source.excerpt(start..<position)
    }

    private mutating func quotedName() throws(CELError) -> Token.Kind {
        let start = position
        position += 1
        while let byte = peek(), byte != UInt8(ascii: "`") {
            guard byte.isIdentifierStart || byte.isDigit || " -./".utf8.contains(byte) else {
                throw problem(position..<characterEnd(position), "a quoted name cannot hold this character")
            }
            position += 1
        }
        guard peek() != nil, position > start + 1 else { throw problem(start..<position, "unfinished quoted name") }
        position += 1
        return .quoted(source.excerpt(start + 1..<position - 1))
    }

    private mutating func number() throws(CELError) -> Token.Kind {
        let start = position
        let isHex = peek() == UInt8(ascii: "0") && (peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "X"))
        if isHex { position += 2 }
        let digits = position
        while let byte = peek(), isHex ? byte.isHexDigit : byte.isDigit { position += 1 }
        if !isHex, isFraction() || isExponent() {
            if isFraction() {
                position += 1
                while let byte = peek(), byte.isDigit { position += 1 }
            }
            if isExponent() {
                position += 2
                while let byte = peek(), byte.isDigit { position += 1 }
            }
            guard let value = Double(source.excerpt(start..<position)) else {
                throw problem(start..<position, "this is no number")
            }
            return .double(value)
        }
        let text = source.excerpt(digits..<position)
        guard let value = UInt64(text, radix: isHex ? 16 : 10) else {
            throw problem(start..<position, text.isEmpty ? "this is no number" : "the number does not fit in 64 bits")
        }
        if peek() == UInt8(ascii: "u") || peek() == UInt8(ascii: "U") {
            position += 1
            return .unsigned(value)
        }
        return .integer(value)
    }

    private func isFraction() -> Bool { peek() == UInt8(ascii: ".") && (peek(1)?.isDigit ?? false) }

    private func isExponent() -> Bool {
        guard peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E"), let next = peek(1) else { return false }
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { return peek(2)?.isDigit ?? false }
        return next.isDigit
    }

    /// A string or bytes literal if one starts here.
    private mutating func string() throws(CELError) -> Token.Kind? {
        var isRaw = false
        var isBytes = false
        var ahead = 0
        prefix: while ahead < 2, let byte = peek(ahead) {
            switch byte {
            case UInt8(ascii: "r"), UInt8(ascii: "R"):
                if isRaw { return nil }
                isRaw = true
            case UInt8(ascii: "b"), UInt8(ascii: "B"):
                if isBytes { return nil }
                isBytes = true
            default:
                break prefix
            }
            ahead += 1
        }
        guard let quote = peek(ahead), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let start = position
        position += ahead
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while true {
            guard let byte = peek(), isTriple || (byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")) else {
                throw problem(start..<position, "unfinished text", expected: "a closing quote")
            }
            if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                position += isTriple ? 3 : 1
                return isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
            }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(into: &content, isBytes: isBytes)
            } else if byte == UInt8(ascii: "\r") {
                // Line ends inside text are one character on every platform.
                position += peek(1) == UInt8(ascii: "\n") ? 2 : 1
                content.append(UInt8(ascii: "\n"))
            } else {
                content.append(byte)
                position += 1
            }
        }
    }
}
