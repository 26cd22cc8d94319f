// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// Makes random syntax trees of every form that can be written.
struct TreeGenerator {
    private var state: UInt64
    private var nextID = 0

    init(seed: UInt64) { state = seed }

    private mutating func number(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(elements.count)] }

    private mutating func make(_ kind: Expression.Kind) -> Expression {
        nextID += 1
        return Expression(id: nextID, kind, range: 0..<0)
    }

    mutating func tree(depth: Int) -> Expression {
        if depth == 0 { return leaf() }
        let depth = depth - 1
        switch number(16) {
        case 0: return make(.select(tree(depth: depth), field: field(), isOptional: number(3) == 0))
        case 1: return make(.has(tree(depth: depth), field: field()))
        case 2, 3, 4:
            let operators = [
                "_+_", "_-_", "_*_", "_/_", "_%_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_[_]", "_[?_]",
            ]
            return make(.call(function: pick(operators), receiver: nil, arguments: [tree(depth: depth), tree(depth: depth)]))
        case 5: return make(.call(function: pick(["!_", "-_"]), receiver: nil, arguments: [tree(depth: depth)]))
        case 6: return make(.call(function: pick(["f", "size"]), receiver: nil, arguments: trees(number(3), depth)))
        case 7:
            return make(
                .call(function: pick(["f", "matches"]), receiver: tree(depth: depth), arguments: trees(number(3), depth)))
        case 8: return make(.list(trees(number(4), depth).map { .init($0, isOptional: false) } + optionalElement(depth)))
        case 9:
            let entries = trees(number(3), depth).map { Expression.MapEntry($0, $0, isOptional: $0.id % 3 == 0) }
            return make(.map(entries))
        case 10:
            let fields = trees(number(3), depth).map { Expression.FieldEntry(field(), $0, isOptional: $0.id % 3 == 0) }
            return make(.message(typeName: pick(["T", "a.b.T"]), isRooted: number(2) == 0, fields))
        case 11: return make(.and(trees(2 + number(3), depth)))
        case 12: return make(.or(trees(2 + number(3), depth)))
        case 13: return make(.conditional(tree(depth: depth), tree(depth: depth), tree(depth: depth)))
        case 14: return loop(depth)
        default: return make(.bind(name: "v", value: tree(depth: depth), body: tree(depth: depth)))
        }
    }

    private mutating func trees(_ count: Int, _ depth: Int) -> [Expression] { (0..<count).map { _ in tree(depth: depth) } }

    private mutating func optionalElement(_ depth: Int) -> [Expression.ListElement] {
        number(3) == 0 ? [.init(tree(depth: depth), isOptional: true)] : []
    }

    private mutating func field() -> String { pick(["a", "b_1", "if", "content-type", "x.y", "in"]) }

    private mutating func loop(_ depth: Int) -> Expression {
        let kind = pick([Expression.Loop.Kind.all, .exists, .existsOne, .filter, .map])
        let transforms = kind == .map
        let hasPredicate = !transforms || number(2) == 0
        return make(
            .loop(
                .init(
                    kind, over: tree(depth: depth), variable: pick(["x", "y"]),
                    predicate: hasPredicate ? tree(depth: depth) : nil,
                    transform: transforms ? tree(depth: depth) : nil)))
    }

    private mutating func leaf() -> Expression {
        switch number(10) {
        case 0: return make(.literal(.int(pick([0, 1, -1, 42, .min, .max]))))
        case 1: return make(.literal(.uint(pick([0, 7, .max]))))
        case 2: return make(.literal(.double(pick([0, -0.0, 1, -2.5, 1e300, .leastNonzeroMagnitude, 0.1]))))
        case 3: return make(.literal(.string(pick(["", "a", "\"\\\n\r\t\u{0}\u{7F}", "지인 'é' \u{1F600}", "e\u{301}"]))))
        case 4: return make(.literal(.bytes(pick([[], [0, 65, 255], [34, 92, 10]]))))
        case 5: return make(.literal(pick([.null, .bool(true), .bool(false)])))
        default: return make(.name(pick(["a", "b", "_c"]), isRooted: number(4) == 0))
        }
    }
}

/// The shape of a tree: everything but ids and places.
func shape(_ expression: Expression) -> String {
    var parts: [String] = []
    expression.forEachChild { parts.append(shape($0)) }
    let head: String =
        switch expression.kind {
        case .literal(.string(let text)): "string \(Array(text.utf8))"
        case .literal(.double(let number)): "double \(number.bitPattern)"
        case .literal(let value): "literal \(value)"
        case .name(let name, let isRooted): "name \(name) \(isRooted)"
        case .select(_, let field, let isOptional): "select \(field) \(isOptional)"
        case .has(_, let field): "has \(field)"
        case .call(let function, let receiver, _): "call \(function) \(receiver != nil)"
        case .list(let elements): "list \(elements.map(\.isOptional))"
        case .map(let entries): "map \(entries.map(\.isOptional))"
        case .message(let name, let isRooted, let fields):
            "message \(name) \(isRooted) \(fields.map { "\($0.field) \($0.isOptional)" })"
        case .and: "and"
        case .or: "or"
        case .conditional: "conditional"
        case .loop(let loop):
            "loop \(loop.kind) \(loop.variable) \(loop.secondVariable ?? "") \(loop.predicate != nil) \(loop.transform != nil)"
        case .bind(let name, _, _): "bind \(name)"
        case .block(let values, _): "block \(values.count)"
        }
    return "(" + ([head] + parts).joined(separator: " ") + ")"
}
