// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `twoVariable`: loops that see the index and the element of a list, or the key and the value of a map.
    public static let twoVariable = Library(
        "twoVariable",
        macros: [
            test("all", .all), test("exists", .exists), test("existsOne", .existsOne), test("exists_one", .existsOne),
            transform("transformList", .transformList, filtered: false),
            transform("transformList", .transformList, filtered: true),
            transform("transformMap", .transformMap, filtered: false),
            transform("transformMap", .transformMap, filtered: true),
            transform("transformMapEntry", .transformMapEntry, filtered: false),
            transform("transformMapEntry", .transformMapEntry, filtered: true),
        ])

    /// `{'a': 1}.all(key, value, value > 0)`.
    private static func test(_ name: String, _ kind: Expression.Loop.Kind) -> Macro {
        Macro(name, isReceiver: true, argumentCount: 3) { context, receiver, arguments, range throws(CELError) in
            guard let receiver else { return nil }
            let (first, second) = try variables(arguments, of: name, context)
            return try context.make(
                .loop(Expression.Loop(kind, over: receiver, variable: first, secondVariable: second, predicate: arguments[2])),
                range)
        }
    }

    /// `[1, 2].transformList(index, element, element > 1, element * 2)`, the condition perhaps left out.
    private static func transform(_ name: String, _ kind: Expression.Loop.Kind, filtered: Bool) -> Macro {
        Macro(name, isReceiver: true, argumentCount: filtered ? 4 : 3) {
            context, receiver, arguments, range throws(CELError) in
            guard let receiver else { return nil }
            let (first, second) = try variables(arguments, of: name, context)
            return try context.make(
                .loop(
                    Expression.Loop(
                        kind, over: receiver, variable: first, secondVariable: second,
                        predicate: filtered ? arguments[2] : nil, transform: arguments[filtered ? 3 : 2])),
                range)
        }
    }

    private static func variables(
        _ arguments: [Expression], of name: String, _ context: MacroContext
    ) throws(CELError) -> (String, String) {
        let first = try context.variable(arguments[0], of: name)
        let second = try context.variable(arguments[1], of: name)
        guard first != second else {
            throw context.problem(arguments[1].range, "both variables of '\(name)' have the same name")
        }
        return (first, second)
    }
}
