// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Parser {
    /// `has(a.b)`: whether the last step exists.
    func has(
        _ name: String, _ nameRange: Range<Int>, _ arguments: [Expression], _ range: Range<Int>
    ) throws(CELError) -> Expression? {
        guard expandsMacros, name == "has", arguments.count == 1 else { return nil }
        guard case .select(let operand, let field, let fieldRange) = arguments[0].kind else {
            throw problem(arguments[0].range, "'has' cannot be asked of this", expected: "a field: has(a.b)")
        }
        return try node(.has(operand, field: field, fieldRange: fieldRange), range)
    }

    /// `list.all(x, condition)` and its siblings.
    func loop(
        _ name: String, _ nameRange: Range<Int>, over operand: Expression, _ arguments: [Expression], _ range: Range<Int>
    ) throws(CELError) -> Expression? {
        let kinds: [String: Expression.Loop.Kind] = [
            "all": .all, "exists": .exists, "exists_one": .existsOne, "existsOne": .existsOne, "filter": .filter, "map": .map,
        ]
        guard expandsMacros, let kind = kinds[name] else { return nil }
        guard arguments.count == 2 || (kind == .map && arguments.count == 3) else { return nil }
        guard case .name(let variable, isRooted: false) = arguments[0].kind else {
            throw problem(arguments[0].range, "the first argument of '\(name)' names the element", expected: "a plain name")
        }
        let last = arguments[arguments.count - 1]
        let loop = Expression.Loop(
            kind: kind, range: operand, variable: variable,
            predicate: kind == .map ? (arguments.count == 3 ? arguments[1] : nil) : last,
            transform: kind == .map ? last : nil)
        return try node(.loop(loop), range)
    }
}
