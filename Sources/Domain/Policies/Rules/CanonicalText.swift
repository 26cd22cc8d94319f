// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// A condition as one text that is the same for all ways of writing the same expression: blanks, line ends, comments, kinds of
/// quotes and needless parentheses are gone. No two different expressions have the same.
enum CanonicalText {
    static func of(_ expression: Expression) -> String {
        var text = ""
        write(expression, to: &text)
        return text
    }

    private static func write(_ expression: Expression, to text: inout String) {
        text += "("
        text += head(of: expression.kind)
        expression.forEachChild { child in write(child, to: &text) }
        text += ")"
    }

    /// What a node says beside its children. Each part that may hold any character is led by its length.
    private static func head(of kind: Expression.Kind) -> String {
        switch kind {
        case .literal(let value): "literal \(value.typeName) " + counted(value.description)
        case .name(let name, let isRooted): "name \(isRooted) " + counted(name)
        case .select(_, let field, let isOptional): "select \(isOptional) " + counted(field)
        case .has(_, let field): "has " + counted(field)
        case .call(let function, let receiver, let arguments):
            "call \(receiver != nil) \(arguments.count) " + counted(function)
        case .list(let elements): "list " + flags(elements.map(\.isOptional))
        case .map(let entries): "map " + flags(entries.map(\.isOptional))
        case .message(let type, let isRooted, let fields):
            "message \(isRooted) " + counted(type) + flags(fields.map(\.isOptional)) + fields.map { counted($0.field) }.joined()
        case .and(let operands): "and \(operands.count)"
        case .or(let operands): "or \(operands.count)"
        case .conditional: "conditional"
        case .loop(let loop):
            "loop \(loop.kind.rawValue) \(loop.predicate != nil) \(loop.transform != nil) " + counted(loop.variable)
                + (loop.secondVariable.map { counted($0) } ?? "")
        case .bind(let name, _, _): "bind " + counted(name)
        case .block(let values, _): "block \(values.count)"
        }
    }

    private static func counted(_ text: String) -> String { "\(text.utf8.count):\(text)" }

    private static func flags(_ flags: [Bool]) -> String { flags.map { $0 ? "?" : "." }.joined() }
}
