// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `block`: `cel.block([values], expression)` as optimizers write it, with `cel.index(n)` for its values and
    /// `cel.iterVar(depth, n)`, `cel.accuVar(depth, n)` for the variables of loops.
    public static let block = Library(
        "block", macros: [wholeBlock, index, variable("iterVar", "@it"), variable("accuVar", "@ac")])

    private static let wholeBlock = Macro("block", isReceiver: true, argumentCount: 2, namespace: "cel") {
        context, _, arguments, range throws(CELError) in
        guard case .list(let elements) = arguments[0].kind, !elements.contains(where: \.isOptional) else {
            throw context.problem(arguments[0].range, "the values of 'cel.block' are not written out", expected: "a list literal")
        }
        return try context.make(.block(elements.map(\.value), arguments[1]), range)
    }

    private static let index = Macro("index", isReceiver: true, argumentCount: 1, namespace: "cel") {
        context, _, arguments, range throws(CELError) in
        let number = try number(arguments[0], of: "cel.index", context)
        return try context.make(.name("@index\(number)", isRooted: false), range)
    }

    private static func variable(_ name: String, _ prefix: String) -> Macro {
        Macro(name, isReceiver: true, argumentCount: 2, namespace: "cel") { context, _, arguments, range throws(CELError) in
            let depth = try number(arguments[0], of: "cel.\(name)", context)
            let unique = try number(arguments[1], of: "cel.\(name)", context)
            return try context.make(.name("\(prefix):\(depth):\(unique)", isRooted: false), range)
        }
    }

    private static func number(
        _ argument: Expression, of macro: String, _ context: MacroContext
    ) throws(CELError) -> Int64 {
        guard case .literal(.int(let number)) = argument.kind, number >= 0 else {
            throw context.problem(argument.range, "'\(macro)' takes numbers that are written out", expected: "0 or more")
        }
        return number
    }
}
