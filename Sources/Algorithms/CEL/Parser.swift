// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns tokens into a syntax tree by recursive descent, with limits on size and depth.
struct Parser {
    let source: SourceText
    let tokens: [Token]
    let limits: Limits
    let expandsMacros: Bool
    var index = 0
    var depth = 0

    /// The tree of an expression.
    static func parse(_ source: SourceText, limits: Limits, expandsMacros: Bool) throws(CELError) -> Expression {
        guard source.bytes.count <= limits.sourceBytes else {
            throw CELError(
                source.problem(0..<0, "the expression is too long", expected: "at most \(limits.sourceBytes) bytes"))
        }
        let tokens = try Lexer.tokens(of: source)
        var parser = Parser(source: source, tokens: tokens, limits: limits, expandsMacros: expandsMacros)
        let expression = try parser.expression()
        guard parser.current.kind == .end else { throw parser.unexpected(expected: "an operator or the end") }
        return expression
    }

    var current: Token { tokens[index] }

    mutating func expression() throws(CELError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep(current.range) }
        let condition = try binary(level: 0)
        guard take(.question) else { return condition }
        let yes = try binary(level: 0)
        try expect(.colon, "':' and the value for the other case")
        let no = try expression()
        return try node(.conditional(condition, yes, no), condition.range.lowerBound..<no.range.upperBound)
    }

    // From weakest to strongest. `in` is a word, the rest are symbols.
    private static let levels: [[Token.Symbol]] = [
        [.or], [.and], [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual], [.plus, .minus],
        [.times, .divide, .remainder],
    ]

    private mutating func binary(level: Int) throws(CELError) -> Expression {
        guard level < Self.levels.count else { return try unary() }
        if level < 2 { return try chain(level: level) }
        var left = try binary(level: level + 1)
        while let operation = operation(at: level) {
            let nameRange = current.range
            index += 1
            let right = try binary(level: level + 1)
            left = try node(
                .call(function: operation, nameRange: nameRange, receiver: nil, arguments: [left, right]),
                left.range.lowerBound..<right.range.upperBound)
        }
        return left
    }

    /// `a || b || c` as one node: long chains stay shallow.
    private mutating func chain(level: Int) throws(CELError) -> Expression {
        let symbol = Self.levels[level][0]
        var operands = [try binary(level: level + 1)]
        while take(symbol) { operands.append(try binary(level: level + 1)) }
        guard operands.count > 1, let last = operands.last else { return operands[0] }
        let range = operands[0].range.lowerBound..<last.range.upperBound
        return try node(symbol == .or ? .or(operands) : .and(operands), range)
    }

    private func operation(at level: Int) -> String? {
        switch current.kind {
        case .symbol(let symbol) where Self.levels[level].contains(symbol): "_\(symbol.rawValue)_"
        case .identifier("in") where level == 2: "@in"
        case .symbol, .identifier, .quoted, .integer, .unsigned, .double, .string, .bytes, .end: nil
        }
    }

    private mutating func unary() throws(CELError) -> Expression {
        guard case .symbol(let symbol) = current.kind, symbol == .not || symbol == .minus else { return try member() }
        let start = current.range
        index += 1
        if symbol == .minus, isNumber(current) { return try member(negatedFrom: start.lowerBound) }
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw tooDeep(start) }
        let operand = try unary()
        return try node(
            .call(function: symbol == .not ? "!_" : "-_", nameRange: start, receiver: nil, arguments: [operand]),
            start.lowerBound..<operand.range.upperBound)
    }

    private func isNumber(_ token: Token) -> Bool {
        switch token.kind {
        case .integer, .double: true
        default: false
        }
    }
}

// MARK: - Helpers

extension Parser {
    func node(_ kind: Expression.Kind, _ range: Range<Int>) throws(CELError) -> Expression {
        let node = Expression(kind, range: range)
        guard node.height <= limits.depth else { throw tooDeep(range) }
        return node
    }

    mutating func take(_ symbol: Token.Symbol) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ symbol: Token.Symbol, _ what: String) throws(CELError) {
        guard take(symbol) else { throw unexpected(expected: what) }
    }

    func unexpected(expected: String, hint: String? = nil) -> CELError {
        if current.kind == .end { return problem(current.range, "the expression ends too early", expected: expected, hint: hint) }
        let text = source.excerpt(current.range)
        let hint = hint ?? Self.hint(for: text)
        return problem(current.range, "unexpected '\(text)'", expected: expected, hint: hint)
    }

    /// What people used to other languages write.
    private static func hint(for text: String) -> String? {
        switch text {
        case "and": "write '&&'"
        case "or": "write '||'"
        case "not": "write '!'"
        case "=": "write '==' to compare"
        default: nil
        }
    }

    func problem(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) -> CELError {
        CELError(source.problem(range, message, expected: expected, hint: hint))
    }

    private func tooDeep(_ range: Range<Int>) -> CELError {
        problem(range, "the expression is nested too deeply", expected: "at most \(limits.depth) levels")
    }
}
