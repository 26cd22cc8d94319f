// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Checker {
    mutating func call(
        _ name: String, _ receiver: Expression?, _ arguments: [Expression], _ expression: Expression
    ) -> CELType {
        if let receiver, let function = namespaced(name, receiver) {
            return apply(function, isReceiver: false, arguments, expression)
        }
        guard let function = function(named: name), function.overloads.contains(where: { $0.isReceiver == (receiver != nil) })
        else {
            if let receiver { _ = check(receiver) }
            // The variables of a macro that was not expanded mean nothing here.
            let isMacro = options.expandsMacros && !names.macroCounts(name, isReceiver: receiver != nil).isEmpty
            if !isMacro { for argument in arguments { _ = check(argument) } }
            return unknownFunction(name, expression, isReceiver: receiver != nil, count: arguments.count)
        }
        if let receiver { return apply(function, isReceiver: true, [receiver] + arguments, expression) }
        return apply(function, isReceiver: false, arguments, expression)
    }

    private func function(named name: String) -> Function? {
        if options.container.isEmpty { return names.functions[name] }
        for candidate in candidates(for: name) {
            if let function = names.functions[candidate] { return function }
        }
        return nil
    }

    /// `math.abs(x)`: a function whose own name is dotted, not a call of something called `math`.
    private func namespaced(_ name: String, _ receiver: Expression) -> Function? {
        guard names.dottedEndings.contains(name), let prefix = Self.dottedName(receiver) else { return nil }
        return function(named: prefix + "." + name)
    }

    private static func dottedName(_ expression: Expression) -> String? {
        switch expression.kind {
        case .name(let name, _): name
        case .select(let operand, let field, isOptional: false): dottedName(operand).map { $0 + "." + field }
        default: nil
        }
    }

    private mutating func apply(
        _ function: Function, isReceiver: Bool, _ operands: [Expression], _ expression: Expression
    ) -> CELType {
        var types: [CELType] = []
        types.reserveCapacity(operands.count)
        for operand in operands { types.append(check(operand)) }
        let (fitting, result) = resolve(function, isReceiver, types)
        if fitting.isEmpty {
            guard options.checksTypes else {
                let overloads = function.overloads.filter { $0.isReceiver == isReceiver }
                refer(expression, to: .function(function, overloads: overloads))
                return .dyn
            }
            mismatch(function, isReceiver, operands, types.map { unification.final($0) }, expression)
            return .error
        }
        refer(expression, to: .function(function, overloads: fitting))
        checkPattern(function, operands)
        return result ?? .dyn
    }

    /// The overloads that fit, and the type of the call: `dyn` if they disagree.
    private mutating func resolve(
        _ function: Function, _ isReceiver: Bool, _ types: [CELType]
    ) -> (fitting: [Overload], result: CELType?) {
        // The usual comparison, without type variables.
        if types.count == 2, types[0] == types[1], !types[0].mayBeOther, function.name == "_==_" || function.name == "_!=_" {
            return (function.overloads, .bool)
        }
        var fitting: [Overload] = []
        var result: CELType?
        let overloads = function.overloads
        for index in overloads.indices {
            guard overloads[index].isReceiver == isReceiver, overloads[index].parameters.count == types.count else { continue }
            let isGeneric = overloads[index].isGeneric
            var (parameters, type) = (overloads[index].parameters, overloads[index].result)
            if isGeneric { (parameters, type) = instantiate(parameters, type) }
            let fits = unification.attempt { unification in
                for position in types.indices where !unification.unify(types[position], parameters[position]) { return false }
                return true
            }
            guard fits else { continue }
            if fitting.isEmpty { fitting = function.single(index) } else { fitting.append(overloads[index]) }
            if isGeneric { type = unification.resolved(type) }
            if let earlier = result { if earlier != type { result = .dyn } } else { result = type }
            // Operands whose types are known leave no room for a second overload.
            if !isGeneric, !types.contains(where: { $0.mayBeOther }) { break }
        }
        return (fitting, result)
    }

    private mutating func instantiate(_ parameters: [CELType], _ result: CELType) -> ([CELType], CELType) {
        var names: [(name: String, type: CELType)] = []
        for parameter in parameters {
            parameter.forEachParameter { name in
                if !names.contains(where: { $0.name == name }) { names.append((name, .dyn)) }
            }
        }
        result.forEachParameter { name in
            if !names.contains(where: { $0.name == name }) { names.append((name, .dyn)) }
        }
        for index in names.indices { names[index].type = unification.fresh() }
        return (parameters.map { $0.replacing(names) }, result.replacing(names))
    }

    /// A pattern that is written down is checked when it is loaded.
    private mutating func checkPattern(_ function: Function, _ operands: [Expression]) {
        guard function.name == "matches", operands.count == 2, case .literal(.string(let pattern)) = operands[1].kind else {
            return
        }
        do throws(TextPattern.Problem) {
            _ = try PatternCache.pattern(pattern)
        } catch {
            var range = operands[1].range
            let written = source.bytes[range]
            // Without escapes the place in the pattern is the place in the source.
            if let start = written.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }).map({ $0 + 1 }),
                written[start...].starts(with: pattern.utf8), error.range.upperBound <= pattern.utf8.count
            {
                range = start + error.range.lowerBound..<start + error.range.upperBound
            }
            report(range, "this is no regular expression: \(error.text)", hint: error.hint)
        }
    }

    // MARK: - Problems

    private mutating func mismatch(
        _ function: Function, _ isReceiver: Bool, _ operands: [Expression], _ types: [CELType], _ expression: Expression
    ) {
        if types.contains(.error) { return }
        let overloads = function.overloads.filter { $0.isReceiver == isReceiver }
        let sameCount = overloads.filter { $0.parameters.count == types.count }
        if let symbol = function.symbol {
            let alike = sameCount.filter { $0.parameters.first == types.first }
            let expected = (alike.isEmpty ? sameCount : alike).map { $0.operatorText(symbol) }
            report(
                expression.mark, "'\(symbol)' cannot take \(types.map(\.description).joined(separator: " and "))",
                expected: Array(Set(expected)).sorted().joined(separator: " or "), hint: conversionHint(operands, types))
        } else if sameCount.isEmpty {
            let given = types.count - (isReceiver ? 1 : 0)
            let counts = Set(overloads.map { $0.parameters.count - (isReceiver ? 1 : 0) }).sorted()
            report(
                expression.range, "'\(function.name)' cannot take \(given) argument\(given == 1 ? "" : "s")",
                expected: counts.map(String.init).joined(separator: " or "))
        } else {
            let expected = sameCount.prefix(8).map { "(" + $0.parameters.map(\.description).joined(separator: ", ") + ")" }
            report(
                expression.mark, "'\(function.name)' cannot take (\(types.map(\.description).joined(separator: ", ")))",
                expected: expected.joined(separator: " or "), hint: conversionHint(operands, types))
        }
    }

    /// For the mistakes people make: `actor.age < "24h"`, `1.5 > count`.
    private func conversionHint(_ operands: [Expression], _ types: [CELType]) -> String? {
        guard types.count == 2 else { return nil }
        if let literal = operands.indices.first(where: { types[$0] != types[1 - $0] && Self.isLiteral(operands[$0]) }) {
            let written = source.excerpt(operands[literal].range)
            switch (types[1 - literal], types[literal]) {
            case (.duration, .string): return "write duration(\(written))"
            case (.duration, .int): return "write a duration, for example duration(\"\(written)s\")"
            case (.timestamp, .string): return "write timestamp(\(written))"
            case (.double, .int): return "write \(written).0"
            case (.uint, .int): return "write \(written)u"
            case (.int, .string), (.uint, .string), (.double, .string): return "write the number without quotes"
            case (.string, .int), (.string, .double): return "write \"\(written)\", or convert the text with int(…) or double(…)"
            case (.bool, .string): return "write true or false without quotes"
            default: break
            }
        }
        if types.contains(.int), types.contains(.double) { return "convert the int with double(...)" }
        if let optional = types.first(where: { if case .optional = $0 { true } else { false } }) {
            return "\(optional) may be empty: add '.orValue(…)'"
        }
        return nil
    }

    private static func isLiteral(_ expression: Expression) -> Bool {
        if case .literal = expression.kind { true } else { false }
    }

    private mutating func unknownFunction(
        _ name: String, _ expression: Expression, isReceiver: Bool, count: Int
    ) -> CELType {
        let range = expression.mark
        let counts = names.macroCounts(name, isReceiver: isReceiver)
        if options.expandsMacros, !counts.isEmpty {
            return fail(
                expression, range, .noSuchOverload, "'\(name)' cannot take \(count) argument\(count == 1 ? "" : "s")",
                expected: counts.map(String.init).joined(separator: " or "))
        }
        let elsewhere = names.functions[name] != nil
        let known = names.functions.values.filter { function in
            function.symbol == nil && function.overloads.contains { $0.isReceiver == isReceiver }
        }
        let nearest = Spelling.nearest(to: name, in: known.map(\.name) + names.macros.keys.map(\.name))
        return fail(
            expression, range, .noSuchOverload, "there is no function '\(name)'\(elsewhere ? " of this form" : "")",
            hint: elsewhere ? (isReceiver ? "write \(name)(x)" : "write x.\(name)(...)") : nearest.map { "did you mean '\($0)'?" }
        )
    }
}

extension Overload {
    fileprivate func operatorText(_ symbol: String) -> String {
        parameters.count == 1 ? "\(symbol)\(parameters[0])" : "\(parameters[0]) \(symbol) \(parameters[1])"
    }
}

extension Function {
    /// How an operator is written; nil for functions with a name.
    var symbol: String? {
        switch name {
        case "@in": "in"
        case "_[_]": "[]"
        case "_[?_]": "[?]"
        default: name.hasPrefix("_") || name.hasSuffix("_") ? name.filter { $0 != "_" } : nil
        }
    }
}

extension CELType {
    /// Whether a value of this type may turn out to be of another.
    fileprivate var mayBeOther: Bool {
        switch self {
        case .bool, .int, .uint, .double, .string, .bytes, .duration, .timestamp: false
        default: true
        }
    }
}
