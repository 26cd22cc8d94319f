// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Parser {
    /// `[a, ?b]`; a trailing comma is allowed.
    mutating func list() throws(CELError) -> Expression {
        let start = current.start
        try advance()
        var elements: [Expression.ListElement] = []
        while try !take(.closeBracket) {
            let isOptional = try take(.question)
            elements.append(Expression.ListElement(try expression(), isOptional: isOptional))
            if try take(.closeBracket) { break }
            try expect(.comma, "',' or ']'")
        }
        return try context.make(.list(elements), start..<previousEnd)
    }

    /// `{k: v, ?k: v}`; a trailing comma is allowed.
    mutating func map() throws(CELError) -> Expression {
        let start = current.start
        try advance()
        var entries: [Expression.MapEntry] = []
        while try !take(.closeBrace) {
            let isOptional = try take(.question)
            let key = try expression()
            try expect(.colon, "':' and a value")
            entries.append(Expression.MapEntry(key, try expression(), isOptional: isOptional))
            if try take(.closeBrace) { break }
            try expect(.comma, "',' or '}'")
        }
        return try context.make(.map(entries), start..<previousEnd)
    }

    /// The name of a message type, if an expression is a plain or dotted name.
    func messageName(_ expression: Expression) -> (name: String, isRooted: Bool)? {
        switch expression.kind {
        case .name(let name, let isRooted): return (name, isRooted)
        case .select(let operand, let field, isOptional: false):
            guard source.bytes[expression.mark.lowerBound] != UInt8(ascii: "`"), let outer = messageName(operand) else {
                return nil
            }
            return (outer.name + "." + field, outer.isRooted)
        default: return nil
        }
    }

    /// `Name{field: value, ?field: value}`; a trailing comma is allowed.
    mutating func message(_ name: String, isRooted: Bool, _ nameRange: Range<Int>) throws(CELError) -> Expression {
        try advance()
        var fields: [Expression.FieldEntry] = []
        while try !take(.closeBrace) {
            let isOptional = try take(.question)
            let token = current
            guard token.kind == .identifier || token.kind == .quoted else { throw unexpected(expected: "a field name") }
            let field = source.excerpt(token.kind == .quoted ? token.start + 1..<token.end - 1 : token.range)
            try advance()
            try expect(.colon, "':' and a value")
            fields.append(Expression.FieldEntry(field, at: token.range, try expression(), isOptional: isOptional))
            if try take(.closeBrace) { break }
            try expect(.comma, "',' or '}'")
        }
        return try context.make(
            .message(typeName: name, isRooted: isRooted, fields), nameRange.lowerBound..<previousEnd, mark: nameRange)
    }
}
