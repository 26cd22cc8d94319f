// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Macro {
    /// The macros that the language itself has.
    static let standard: [Macro] =
        [has] + ["all", "exists", "exists_one", "existsOne", "filter", "map"].map { loop($0) } + [filteredMap]

    /// `has(a.b)`: whether the last step exists.
    private static let has = Macro("has", isReceiver: false, argumentCount: 1) {
        (context, _, arguments, range) throws(CELError) in
        guard case .select(let operand, let field, isOptional: false) = arguments[0].kind else {
            throw context.problem(arguments[0].range, "'has' cannot be asked of this", expected: "a field: has(a.b)")
        }
        return try context.make(.has(operand, field: field), range, mark: arguments[0].mark)
    }

    /// `list.all(x, condition)` and its siblings.
    private static func loop(_ name: String) -> Macro {
        let kind = name == "existsOne" ? .existsOne : Expression.Loop.Kind(rawValue: name) ?? .map
        return Macro(name, isReceiver: true, argumentCount: 2) { (context, receiver, arguments, range) throws(CELError) in
            guard let receiver else { return nil }
            let variable = try context.variable(arguments[0], of: name)
            let loop = Expression.Loop(
                kind, over: receiver, variable: variable, predicate: kind == .map ? nil : arguments[1],
                transform: kind == .map ? arguments[1] : nil)
            return try context.make(.loop(loop), range)
        }
    }

    /// `list.map(x, condition, value)`.
    private static let filteredMap = Macro("map", isReceiver: true, argumentCount: 3) {
        (context, receiver, arguments, range) throws(CELError) in
        guard let receiver else { return nil }
        let variable = try context.variable(arguments[0], of: "map")
        let loop = Expression.Loop(
            .map, over: receiver, variable: variable, predicate: arguments[1], transform: arguments[2])
        return try context.make(.loop(loop), range)
    }
}
