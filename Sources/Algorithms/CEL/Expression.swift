// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A node of the syntax tree, macros already expanded to native loops.
final class Expression: Sendable {
    enum Kind: Sendable {
        case literal(Value)
        /// `isRooted` when a dot stood before the name: it then means the root, past containers and loop variables.
        case name(String, isRooted: Bool)
        case select(Expression, field: String, fieldRange: Range<Int>)
        case has(Expression, field: String, fieldRange: Range<Int>)
        case call(function: String, nameRange: Range<Int>, receiver: Expression?, arguments: [Expression])
        case list([Expression])
        case map([(key: Expression, value: Expression)])
        case and([Expression])
        case or([Expression])
        case conditional(Expression, Expression, Expression)
        case loop(Loop)
    }

    struct Loop: Sendable {
        enum Kind: String, Sendable, CaseIterable { case all, exists, existsOne, filter, map }
        let kind: Kind
        let range: Expression
        let variable: String
        /// The condition on an element; of `map` with two arguments nil.
        let predicate: Expression?
        /// What `map` makes of an element.
        let transform: Expression?
    }

    let kind: Kind
    let range: Range<Int>
    /// Levels below and including this node: evaluation recurses as deep.
    let height: Int

    init(_ kind: Kind, range: Range<Int>) {
        self.kind = kind
        self.range = range
        height = 1 + (Self.children(of: kind).map(\.height).max() ?? 0)
    }

    static func children(of kind: Kind) -> [Expression] {
        switch kind {
        case .literal, .name: []
        case .select(let operand, _, _), .has(let operand, _, _): [operand]
        case .call(_, _, let receiver, let arguments): (receiver.map { [$0] } ?? []) + arguments
        case .list(let elements), .and(let elements), .or(let elements): elements
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .conditional(let condition, let yes, let no): [condition, yes, no]
        case .loop(let loop): [loop.range] + [loop.predicate, loop.transform].compactMap { $0 }
        }
    }
}
