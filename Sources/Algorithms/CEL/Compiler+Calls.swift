// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Compiler {
    mutating func call(
        _ function: String, _ nameRange: Range<Int>, _ receiver: Expression?, _ arguments: [Expression], _ range: Range<Int>
    ) -> Typed {
        guard let known = Function.standard[function]?.filter({ receiver == nil ? $0.isGlobal : $0.isMember }), !known.isEmpty
        else { return unknownFunction(function, nameRange, isMember: receiver != nil) }
        let operands = (receiver.map { [$0] } ?? []) + arguments
        let typed = operands.map { compile($0) }
        guard let candidate = known.first(where: { $0.arity == operands.count }) else {
            let counts = known.map { String($0.arity - (receiver == nil ? 0 : 1)) }.joined(separator: " or ")
            return fail(
                range, .noSuchOverload, "'\(function)' cannot take \(arguments.count) argument\(arguments.count == 1 ? "" : "s")",
                expected: counts)
        }
        let result = resultType(of: candidate, typed.map(\.type))
        if result == nil { mismatch(candidate, nameRange, operands, typed.map(\.type)) }
        let operation: Plan.Operation =
            switch candidate.implementation {
            case .unary(let implementation): .unary(implementation, typed[0].plan)
            case .binary(let implementation): .binary(implementation, typed[0].plan, typed[1].plan)
            }
        return Typed(plan: Plan(operation, range), type: result ?? .dyn)
    }

    /// The type of the call; `dyn` if several overloads fit and disagree, nil if none fits.
    private func resultType(of function: Function, _ types: [CELType]) -> CELType? {
        var results: Set<CELType> = []
        for signature in function.signatures {
            var bound: [String: CELType] = [:]
            let fits = zip(signature.parameters, types).allSatisfy { $0.accepts($1, &bound) }
            if fits { results.insert(signature.result.substituting(bound)) }
        }
        if results.count > 1 { return .dyn }
        return results.first
    }

    private mutating func mismatch(
        _ function: Function, _ nameRange: Range<Int>, _ operands: [Expression], _ types: [CELType]
    ) {
        let given = types.map(\.description)
        if let symbol = function.symbol {
            let alike = function.signatures.filter { $0.parameters.first == types.first }
            let expected = (alike.isEmpty ? function.signatures : alike).map { $0.operatorText(symbol) }
            report(
                nameRange, "'\(symbol)' cannot take \(given.joined(separator: " and "))",
                expected: Array(Set(expected)).sorted().joined(separator: " or "), hint: conversionHint(operands, types))
        } else {
            let expected = function.signatures.map { "(" + $0.parameters.map(\.description).joined(separator: ", ") + ")" }
            report(
                nameRange, "'\(function.name)' cannot take (\(given.joined(separator: ", ")))",
                expected: expected.joined(separator: " or "))
        }
    }

    /// For the mistakes people make: `actor.age < "24h"`, `1.5 > count`.
    private func conversionHint(_ operands: [Expression], _ types: [CELType]) -> String? {
        guard types.count == 2,
            let text = operands.indices.first(where: { types[$0] != types[1 - $0] && Self.isLiteral(operands[$0]) })
        else { return types.contains(.int) && types.contains(.double) ? "convert the int with double(...)" : nil }
        let written = source.excerpt(operands[text].range)
        switch (types[1 - text], types[text]) {
        case (.duration, .string): return "write duration(\(written))"
        case (.duration, .int): return "write a duration, for example duration(\"\(written)s\")"
        case (.timestamp, .string): return "write timestamp(\(written))"
        case (.double, .int): return "write \(written).0"
        case (.uint, .int): return "write \(written)u"
        case (.int, .double): return "convert the int with double(...)"
        default: return nil
        }
    }

    private static func isLiteral(_ expression: Expression) -> Bool {
        if case .literal = expression.kind { true } else { false }
    }

    private mutating func unknownFunction(_ name: String, _ range: Range<Int>, isMember: Bool) -> Typed {
        if name == "matches" {
            return fail(
                range, .noSuchOverload, "'matches' is not yet available",
                hint: "use contains, startsWith or endsWith, or a list of patterns")
        }
        let names = Function.standard.values.joined().filter { isMember ? $0.isMember : $0.isGlobal && $0.symbol == nil }.map(
            \.name)
        let nearest = Spelling.nearest(to: name, in: names + ["all", "exists", "exists_one", "filter", "map", "has"])
        let elsewhere = Function.standard[name] != nil
        return fail(
            range, .noSuchOverload, "there is no function '\(name)'\(elsewhere ? " of this form" : "")",
            hint: elsewhere ? (isMember ? "write \(name)(x)" : "write x.\(name)(...)") : nearest.map { "did you mean '\($0)'?" })
    }
}
