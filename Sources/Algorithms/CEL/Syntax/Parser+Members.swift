// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Parser {
    /// A primary with everything that follows by dot, index, call or braces.
    mutating func member(negatedFrom sign: Int? = nil) throws(CELError) -> Expression {
        let start = sign ?? current.start
        var operand = if let sign { try negativeNumber(from: sign) } else { try primary() }
        while true {
            switch current.kind {
            case .dot:
                try advance()
                operand = try field(of: operand, from: start)
            case .openBracket:
                try advance()
                operand = try element(of: operand, from: start)
            case .openBrace:
                guard operand.range.lowerBound == start, let (name, isRooted) = messageName(operand) else { return operand }
                operand = try message(name, isRooted: isRooted, operand.range)
            default: return operand
            }
        }
    }

    private mutating func field(of operand: Expression, from start: Int) throws(CELError) -> Expression {
        let isOptional = try take(.question)
        let token = current
        switch token.kind {
        case .quoted:
            try advance()
            return try select(operand, source.excerpt(token.start + 1..<token.end - 1), isOptional, token, from: start)
        case .identifier:
            try advance()
            let name = source.excerpt(token.range)
            guard !isOptional, current.kind == .openParenthesis else {
                return try select(operand, name, isOptional, token, from: start)
            }
            try advance()
            let arguments = try self.arguments()
            return try call(name, receiver: operand, arguments, start..<previousEnd, token.range)
        default:
            throw unexpected(expected: "a field name", hint: token.kind == .integer ? "elements are asked for by [ ]" : nil)
        }
    }

    private mutating func select(
        _ operand: Expression, _ field: String, _ isOptional: Bool, _ token: Token, from start: Int
    ) throws(CELError) -> Expression {
        try context.make(
            .select(operand, field: field, isOptional: isOptional), start..<token.end, mark: token.range)
    }

    private mutating func element(of operand: Expression, from start: Int) throws(CELError) -> Expression {
        let isOptional = try take(.question)
        let key = try expression()
        try expect(.closeBracket, "']'")
        return try context.make(
            .call(function: isOptional ? "_[?_]" : "_[_]", receiver: nil, arguments: [operand, key]),
            start..<previousEnd, mark: key.range)
    }

    private mutating func negativeNumber(from start: Int) throws(CELError) -> Expression {
        let range = start..<current.end
        if current.kind == .double { return try literal(.double(-(try double(current.range))), range) }
        let magnitude = try magnitude(current.range, suffix: 0)
        guard magnitude <= UInt64(Int64.max) + 1 else { throw context.problem(range, "the number does not fit in 64 bits") }
        return try literal(.int(magnitude > UInt64(Int64.max) ? .min : -Int64(magnitude)), range)
    }

    private mutating func primary() throws(CELError) -> Expression {
        let token = current
        switch token.kind {
        case .integer:
            guard let number = Int64(exactly: try magnitude(token.range, suffix: 0)) else {
                throw context.problem(
                    token.range, "the number does not fit in 64 bits", hint: "an unsigned number ends in u")
            }
            return try literal(.int(number), token.range)
        case .unsigned: return try literal(.uint(try magnitude(token.range, suffix: 1)), token.range)
        case .double: return try literal(.double(try double(token.range)), token.range)
        case .string:
            let content = try TextLiteral.content(token, in: source)
            return try literal(.string(String(decoding: content, as: UTF8.self)), token.range)
        case .bytes: return try literal(.bytes(try TextLiteral.content(token, in: source)), token.range)
        case .wordTrue: return try literal(.bool(true), token.range)
        case .wordFalse: return try literal(.bool(false), token.range)
        case .wordNull: return try literal(.null, token.range)
        case .identifier: return try name(isRooted: false, from: token.start)
        case .dot:
            try advance()
            guard current.kind == .identifier else { throw unexpected(expected: "a name") }
            return try name(isRooted: true, from: token.start)
        case .openParenthesis:
            try advance()
            let inner = try expression()
            try expect(.closeParenthesis, "')'")
            return inner
        case .openBracket: return try list()
        case .openBrace: return try map()
        default: throw unexpected(expected: "a value")
        }
    }

    private mutating func literal(_ value: Value, _ range: Range<Int>) throws(CELError) -> Expression {
        try advance()
        return try context.make(.literal(value), range)
    }

    private func magnitude(_ range: Range<Int>, suffix: Int) throws(CELError) -> UInt64 {
        let digits = source.bytes[range.lowerBound..<range.upperBound - suffix]
        let isHex = digits.count > 2 && digits[range.lowerBound + 1] | 0x20 == UInt8(ascii: "x")
        let text = String(decoding: isHex ? digits.dropFirst(2) : digits, as: UTF8.self)
        guard let value = UInt64(text, radix: isHex ? 16 : 10) else {
            throw context.problem(range, "the number does not fit in 64 bits")
        }
        return value
    }

    private func double(_ range: Range<Int>) throws(CELError) -> Double {
        guard let value = Double(source.excerpt(range)) else { throw context.problem(range, "this is no number") }
        return value
    }

    private mutating func name(isRooted: Bool, from start: Int) throws(CELError) -> Expression {
        let token = current
        if ReservedWord.contains(source.bytes[token.range]) {
            throw context.problem(
                token.range, "'\(source.excerpt(token.range))' is a reserved word", expected: "a name")
        }
        let name = source.excerpt(token.range)
        try advance()
        guard try take(.openParenthesis) else {
            return try context.make(.name(name, isRooted: isRooted), start..<token.end, mark: token.range)
        }
        let arguments = try self.arguments()
        return try call(name, receiver: nil, arguments, start..<previousEnd, token.range, isRooted: isRooted)
    }

    /// Arguments and the closing parenthesis.
    private mutating func arguments() throws(CELError) -> [Expression] {
        var arguments: [Expression] = []
        if try take(.closeParenthesis) { return arguments }
        while true {
            arguments.append(try expression())
            if try take(.closeParenthesis) { return arguments }
            try expect(.comma, "',' or ')'")
        }
    }

    private mutating func call(
        _ name: String, receiver: Expression?, _ arguments: [Expression], _ range: Range<Int>, _ mark: Range<Int>,
        isRooted: Bool = false
    ) throws(CELError) -> Expression {
        if !isRooted, let expanded = try expand(name, receiver, arguments, range) { return expanded }
        return try context.make(.call(function: name, receiver: receiver, arguments: arguments), range, mark: mark)
    }

    private mutating func expand(
        _ name: String, _ receiver: Expression?, _ arguments: [Expression], _ range: Range<Int>
    ) throws(CELError) -> Expression? {
        guard let macros = macros?.macros[NameTable.MacroKey(name: name, isReceiver: receiver != nil)] else { return nil }
        for macro in macros where macro.argumentCount == nil || macro.argumentCount == arguments.count {
            if let namespace = macro.namespace {
                guard case .name(namespace, isRooted: false)? = receiver?.kind else { continue }
            }
            if let expanded = try macro.expand(&context, receiver, arguments, range) { return expanded }
        }
        return nil
    }
}

/// Words that the language keeps for itself or for other languages; allowed as names of fields and member functions only.
enum ReservedWord {
    private static let byLength: [[String]] = {
        let words = [
            "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
            "namespace", "return", "var", "void", "while", "in",
        ]
        return (0...9).map { length in words.filter { $0.utf8.count == length } }
    }()

    static func contains(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count < byLength.count && byLength[bytes.count].contains { $0.utf8.elementsEqual(bytes) }
    }
}
