// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A node of the syntax tree; macros over ranges are native loops, not the accumulator form.
public final class Expression: Sendable {
    public enum Kind: Sendable {
        case literal(Value)
        /// `isRooted` when a dot stood before the name: it then means the root, past containers and loop variables.
        case name(String, isRooted: Bool)
        /// `a.b` and `a.?b`.
        case select(Expression, field: String, isOptional: Bool)
        /// `has(a.b)`.
        case has(Expression, field: String)
        /// Functions by their name, operators by the standard's: `_+_`, `-_`, `!_`, `_==_`, `@in`, `_[_]`, `_[?_]`.
        case call(function: String, receiver: Expression?, arguments: [Expression])
        case list([ListElement])
        case map([MapEntry])
        case message(typeName: String, isRooted: Bool, [FieldEntry])
        /// A chain of `&&`, flat however long.
        case and([Expression])
        case or([Expression])
        case conditional(Expression, Expression, Expression)
        case loop(Loop)
        case bind(name: String, value: Expression, body: Expression)
        /// Values computed once at most, named `@index0`, `@index1`, …, and the expression that uses them.
        case block([Expression], Expression)
    }

    public struct ListElement: Sendable {
        public let value: Expression
        /// Written `[?x]`: left out when the optional is empty.
        public let isOptional: Bool

        public init(_ value: Expression, isOptional: Bool = false) {
            self.value = value
            self.isOptional = isOptional
        }
    }

    public struct MapEntry: Sendable {
        public let key: Expression
        public let value: Expression
        public let isOptional: Bool

        public init(_ key: Expression, _ value: Expression, isOptional: Bool = false) {
            self.key = key
            self.value = value
            self.isOptional = isOptional
        }
    }

    public struct FieldEntry: Sendable {
        public let field: String
        /// Where the field's name stands.
        public let fieldRange: Range<Int>
        public let value: Expression
        public let isOptional: Bool

        public init(_ field: String, at fieldRange: Range<Int> = 0..<0, _ value: Expression, isOptional: Bool = false) {
            self.field = field
            self.fieldRange = fieldRange
            self.value = value
            self.isOptional = isOptional
        }
    }

    public struct Loop: Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case all, exists, existsOne = "exists_one", filter, map, transformList, transformMap, transformMapEntry
        }
        public let kind: Kind
        public let range: Expression
        /// The element of a list or the key of a map; with a second variable the index of a list or the key of a map.
        public let variable: String
        /// The element of a list or the value of a map.
        public let secondVariable: String?
        /// The condition on an element: of the forms with a transformation nil when there is none.
        public let predicate: Expression?
        /// What `map` and its siblings make of an element.
        public let transform: Expression?

        public init(
            _ kind: Kind, over range: Expression, variable: String, secondVariable: String? = nil, predicate: Expression?,
            transform: Expression? = nil
        ) {
            self.kind = kind
            self.range = range
            self.variable = variable
            self.secondVariable = secondVariable
            self.predicate = predicate
            self.transform = transform
        }
    }

    /// A macro as it was written, kept where the node does not show it.
    public final class MacroCall: Sendable {
        public let name: String
        public let receiver: Expression?
        public let arguments: [Expression]

        public init(name: String, receiver: Expression?, arguments: [Expression]) {
            self.name = name
            self.receiver = receiver
            self.arguments = arguments
        }
    }

    /// Unique within one tree, from 0; a parent's is larger than those of its children.
    public let id: Int
    /// UTF-8 byte offsets in the source.
    public let range: Range<Int>
    /// Where the name, the operator or the field of the node stands.
    public let mark: Range<Int>
    public let kind: Kind
    /// Levels below and including this node: evaluation recurses as deep.
    public let height: Int
    /// Of the node that a macro was expanded to, if its kind alone does not tell the macro.
    public let macro: MacroCall?

    public init(id: Int, _ kind: Kind, range: Range<Int>, mark: Range<Int>? = nil, macro: MacroCall? = nil) {
        self.id = id
        self.kind = kind
        self.range = range
        self.mark = mark ?? range
        self.macro = macro
        var tallest = 0
        Self.forEachChild(of: kind) { tallest = max(tallest, $0.height) }
        height = tallest + 1
    }
}

extension Expression {
    /// Calls `body` with each direct child, in the order of the source.
    public func forEachChild(_ body: (Expression) -> Void) { Self.forEachChild(of: kind, body) }

    @inline(__always)
    static func forEachChild(of kind: Kind, _ body: (Expression) -> Void) {
        switch kind {
        case .literal, .name: break
        case .select(let operand, _, _), .has(let operand, _): body(operand)
        case .call(_, let receiver, let arguments):
            if let receiver { body(receiver) }
            for argument in arguments { body(argument) }
        case .list(let elements): for element in elements { body(element.value) }
        case .map(let entries):
            for entry in entries {
                body(entry.key)
                body(entry.value)
            }
        case .message(_, _, let fields): for field in fields { body(field.value) }
        case .and(let operands), .or(let operands): for operand in operands { body(operand) }
        case .conditional(let test, let yes, let no):
            body(test)
            body(yes)
            body(no)
        case .loop(let loop):
            body(loop.range)
            if let predicate = loop.predicate { body(predicate) }
            if let transform = loop.transform { body(transform) }
        case .bind(_, let value, let inner):
            body(value)
            body(inner)
        case .block(let values, let inner):
            for value in values { body(value) }
            body(inner)
        }
    }
}
