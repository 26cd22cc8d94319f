// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns source text into a syntax tree by recursive descent, with limits on size and depth.
struct Parser {
    let source: SourceText
    let limits: Limits
    /// Nil: calls of macros stay calls.
    let macros: NameTable?
    var context: MacroContext
    private var lexer: Lexer
    private(set) var current: Token
    /// The last token taken.
    private var previous = Token(kind: .end, start: 0, end: 0)
    /// Where the last token taken ends.
    var previousEnd: Int { previous.end }
    private var depth = 0

    /// The tree of an expression.
    static func parse(_ source: SourceText, limits: Limits, macros: NameTable?) throws(CELError) -> Expression {
        if source.bytes.count > limits.sourceLength, source.bytes.count(where: { $0 & 0xC0 != 0x80 }) > limits.sourceLength {
            throw CELError(
                source.problem(0..<0, "the expression is too long", expected: "at most \(limits.sourceLength) characters"))
        }
        var parser = try Parser(source, limits, macros)
        let expression = try parser.expression()
        guard parser.current.kind == .end else { throw parser.unexpected(expected: "an operator or the end") }
        return expression
    }

    private init(_ source: SourceText, _ limits: Limits, _ macros: NameTable?) throws(CELError) {
        self.source = source
        self.limits = limits
        self.macros = macros
        context = MacroContext(source: source, depth: limits.depth)
        lexer = Lexer(source)
        current = try lexer.next()
    }

    mutating func expression() throws(CELError) -> Expression {
        try enter()
        defer { depth -= 1 }
        // Ranges are taken from the tokens, so that they hold the parentheses of their parts.
        let start = current.start
        let condition = try binary(atLeast: .or)
        let mark = current.range
        guard try take(.question) else { return condition }
        let yes = try binary(atLeast: .or)
        try expect(.colon, "':' and the value for the other case")
        let no = try expression()
        return try context.make(.conditional(condition, yes, no), start..<previousEnd, mark: mark)
    }

    /// How strongly operators bind, from weakest to strongest.
    private enum Level: Int { case or, and, relation, sum, product, unary }

    private func operation(_ kind: Token.Kind) -> (name: String, level: Level)? {
        switch kind {
        case .or: ("_||_", .or)
        case .and: ("_&&_", .and)
        case .equal: ("_==_", .relation)
        case .notEqual: ("_!=_", .relation)
        case .less: ("_<_", .relation)
        case .lessOrEqual: ("_<=_", .relation)
        case .greater: ("_>_", .relation)
        case .greaterOrEqual: ("_>=_", .relation)
        case .wordIn: ("@in", .relation)
        case .plus: ("_+_", .sum)
        case .minus: ("_-_", .sum)
        case .times: ("_*_", .product)
        case .divide: ("_/_", .product)
        case .remainder: ("_%_", .product)
        default: nil
        }
    }

    private mutating func binary(atLeast level: Level) throws(CELError) -> Expression {
        let start = current.start
        var left = try unary()
        while let operation = operation(current.kind), operation.level.rawValue >= level.rawValue {
            if operation.level == .or || operation.level == .and {
                left = try chain(left, operation.level, from: start)
                continue
            }
            let mark = current.range
            try advance()
            // One level stronger, so that equal operators group to the left.
            let right = try binary(atLeast: Level(rawValue: operation.level.rawValue + 1) ?? .unary)
            left = try context.make(
                .call(function: operation.name, receiver: nil, arguments: [left, right]),
                start..<previousEnd, mark: mark)
        }
        return left
    }

    /// `a || b || c` as one node: long chains stay shallow.
    private mutating func chain(_ first: Expression, _ level: Level, from start: Int) throws(CELError) -> Expression {
        let kind: Token.Kind = level == .or ? .or : .and
        let mark = current.range
        var operands = [first]
        while try take(kind) { operands.append(try binary(atLeast: level == .or ? .and : .relation)) }
        return try context.make(level == .or ? .or(operands) : .and(operands), start..<previousEnd, mark: mark)
    }

    private mutating func unary() throws(CELError) -> Expression {
        guard current.kind == .not || current.kind == .minus else { return try member() }
        let start = current
        try advance()
        if start.kind == .minus, current.kind == .integer || current.kind == .double {
            return try member(negatedFrom: start.start)
        }
        try enter()
        defer { depth -= 1 }
        let operand = try unary()
        return try context.make(
            .call(function: start.kind == .not ? "!_" : "-_", receiver: nil, arguments: [operand]),
            start.start..<previousEnd, mark: start.range)
    }
}

// MARK: - Helpers

extension Parser {
    private mutating func enter() throws(CELError) {
        depth += 1
        guard depth <= limits.depth else { throw context.tooDeep(current.range) }
    }

    mutating func advance() throws(CELError) {
        previous = current
        current = try lexer.next()
    }

    mutating func take(_ kind: Token.Kind) throws(CELError) -> Bool {
        guard current.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind, _ what: String) throws(CELError) {
        guard try take(kind) else { throw unexpected(expected: what) }
    }

    func unexpected(expected: String, hint: String? = nil) -> CELError {
        if current.kind == .end {
            return context.problem(current.range, "the expression ends too early", expected: expected, hint: hint)
        }
        let text = source.excerpt(current.range)
        let hint = hint ?? Self.hint(for: text) ?? (source.excerpt(previous.range) == "not" ? "write '!' for 'not'" : nil)
        return context.problem(current.range, "unexpected '\(text)'", expected: expected, hint: hint)
    }

    /// What people used to other languages write.
    private static func hint(for text: String) -> String? {
        switch text {
        case "and", "AND": "write '&&'"
        case "or", "OR": "write '||'"
        case "not", "NOT": "write '!'"
        case "is": "write '=='"
        case "then", "else", "if": "write 'condition ? one : other'"
        default: nil
        }
    }
}
