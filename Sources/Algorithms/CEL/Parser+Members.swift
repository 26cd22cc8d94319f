// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Parser {
    /// Words that the language keeps for itself or for other languages; allowed as field names only.
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while", "in",
    ]

    /// A primary with everything that follows by dot, index or call.
    mutating func member(negatedFrom start: Int? = nil) throws(CELError) -> Expression {
        var operand = if let start { try negativeNumber(from: start) } else { try primary() }
        while true {
            if take(.dot) {
                operand = try field(of: operand)
            } else if take(.openBracket) {
                let key = try expression()
                let end = current.range.upperBound
                try expect(.closeBracket, "']'")
                operand = try node(
                    .call(function: "_[_]", nameRange: key.range, receiver: nil, arguments: [operand, key]),
                    operand.range.lowerBound..<end)
            } else {
                return operand
            }
        }
    }

    private mutating func field(of operand: Expression) throws(CELError) -> Expression {
        let token = current
        switch token.kind {
        case .quoted(let name):
            index += 1
            return try node(
                .select(operand, field: name, fieldRange: token.range), operand.range.lowerBound..<token.range.upperBound)
        case .identifier(let name) where !["true", "false", "null", "in"].contains(name):
            index += 1
            guard take(.openParenthesis) else {
                return try node(
                    .select(operand, field: name, fieldRange: token.range),
                    operand.range.lowerBound..<token.range.upperBound)
            }
            let arguments = try list(until: .closeParenthesis)
            let range = operand.range.lowerBound..<tokens[index - 1].range.upperBound
            if let loop = try loop(name, token.range, over: operand, arguments, range) { return loop }
            return try node(
                .call(function: name, nameRange: token.range, receiver: operand, arguments: arguments), range)
        default:
            throw unexpected(
                expected: "a field name",
                hint: current.kind == .symbol(.question) ? "optional selection comes with a later version" : nil)
        }
    }

    private mutating func negativeNumber(from start: Int) throws(CELError) -> Expression {
        let range = start..<current.range.upperBound
        let value: Value
        switch current.kind {
        case .integer(let magnitude):
            guard magnitude <= UInt64(Int64.max) + 1 else { throw problem(range, "the number does not fit in 64 bits") }
            value = .int(magnitude > UInt64(Int64.max) ? .min : -Int64(magnitude))
        case .double(let number): value = .double(-number)
        default: throw unexpected(expected: "a number")
        }
        index += 1
        return try node(.literal(value), range)
    }

    private mutating func primary() throws(CELError) -> Expression {
        let token = current
        switch token.kind {
        case .integer(let magnitude):
            guard let number = Int64(exactly: magnitude) else {
                throw problem(token.range, "the number does not fit in 64 bits", hint: "an unsigned number ends in u")
            }
            return try literal(.int(number))
        case .unsigned(let number): return try literal(.uint(number))
        case .double(let number): return try literal(.double(number))
        case .string(let text): return try literal(.string(text))
        case .bytes(let bytes): return try literal(.bytes(bytes))
        case .identifier("true"): return try literal(.bool(true))
        case .identifier("false"): return try literal(.bool(false))
        case .identifier("null"): return try literal(.null)
        case .identifier: return try name(isRooted: false, from: token.range.lowerBound)
        case .symbol(.dot):
            index += 1
            guard case .identifier = current.kind else { throw unexpected(expected: "a name") }
            return try name(isRooted: true, from: token.range.lowerBound)
        case .symbol(.openParenthesis):
            index += 1
            let inner = try expression()
            try expect(.closeParenthesis, "')'")
            return inner
        case .symbol(.openBracket):
            index += 1
            let elements = try list(until: .closeBracket)
            return try node(.list(elements), token.range.lowerBound..<tokens[index - 1].range.upperBound)
        case .symbol(.openBrace): return try map()
        case .symbol, .quoted, .end: throw unexpected(expected: "a value")
        }
    }

    private mutating func literal(_ value: Value) throws(CELError) -> Expression {
        index += 1
        return try node(.literal(value), tokens[index - 1].range)
    }

    private mutating func name(isRooted: Bool, from start: Int) throws(CELError) -> Expression {
        let token = current
        guard case .identifier(let name) = token.kind, !Self.reserved.contains(name) else {
            throw problem(token.range, "'\(source.excerpt(token.range))' is a reserved word", expected: "a name")
        }
        index += 1
        if take(.openParenthesis) {
            let arguments = try list(until: .closeParenthesis)
            let range = start..<tokens[index - 1].range.upperBound
            if let has = try has(name, token.range, arguments, range) { return has }
            return try node(.call(function: name, nameRange: token.range, receiver: nil, arguments: arguments), range)
        }
        if current.kind == .symbol(.openBrace) {
            throw problem(
                token.range.lowerBound..<current.range.upperBound, "message literals are not yet available",
                hint: "write a map: {\"field\": value}")
        }
        return try node(.name(name, isRooted: isRooted), start..<token.range.upperBound)
    }

    /// Comma-separated expressions and the closing symbol; a trailing comma is allowed in list literals only.
    private mutating func list(until close: Token.Symbol) throws(CELError) -> [Expression] {
        var elements: [Expression] = []
        while !take(close) {
            if current.kind == .symbol(.question) {
                throw unexpected(expected: "a value", hint: "optional elements come with a later version")
            }
            elements.append(try expression())
            if take(close) { return elements }
            try expect(.comma, "',' or '\(close.rawValue)'")
            if close == .closeParenthesis, current.kind == .symbol(close) { throw unexpected(expected: "an argument") }
        }
        return elements
    }

    private mutating func map() throws(CELError) -> Expression {
        let start = current.range.lowerBound
        index += 1
        var entries: [(key: Expression, value: Expression)] = []
        while !take(.closeBrace) {
            let key = try expression()
            try expect(.colon, "':' and a value")
            entries.append((key, try expression()))
            if take(.closeBrace) { break }
            try expect(.comma, "',' or '}'")
        }
        return try node(.map(entries), start..<tokens[index - 1].range.upperBound)
    }
}
