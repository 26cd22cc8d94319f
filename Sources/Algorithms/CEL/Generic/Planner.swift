// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns a checked expression into a plan; what can be computed now is.
struct Planner {
    private let checked: CheckedExpression
    /// How the variables of binds and blocks are computed, by number.
    private var lazy: [Int: Plan] = [:]
    private var warnings: [CELProblem] = []

    /// The plan of the whole expression, or of a part of it that reads no variable from around it.
    static func plan(_ checked: CheckedExpression, part: Expression? = nil) -> Plan {
        var planner = Planner(checked: checked)
        return planner.plan(part ?? checked.root)
    }

    /// The plan of the whole expression, and what in it can only fail.
    static func planWithWarnings(_ checked: CheckedExpression) -> (Plan, warnings: [CELProblem]) {
        var planner = Planner(checked: checked)
        return (planner.plan(checked.root), planner.warnings)
    }

    private init(checked: CheckedExpression) { self.checked = checked }

    private mutating func plan(_ expression: Expression) -> Plan {
        if case .failure(let error)? = checked.references[expression.id] {
            return Plan(.constant(.error(error)), expression.range)
        }
        let range = expression.range
        switch expression.kind {
        case .literal(let value): return Plan(.constant(value), range)
        case .name: return named(expression) ?? failure(.unbound, "this is no name", range)
        case .select(let operand, let field, let isOptional):
            return named(expression) ?? Plan(.select(plan(operand), field, isOptional: isOptional), range)
        case .has(let operand, let field):
            if case .hasSlot(let slot)? = checked.references[expression.id] { return Plan(.hasSlot(slot), range) }
            return Plan(.has(plan(operand), field), range)
        case .call(let name, let receiver, let arguments): return call(name, receiver, arguments, expression)
        case .list(let elements): return list(elements, range)
        case .map(let entries): return map(entries, range)
        case .message(_, _, let fields):
            guard case .messageType(let type)? = checked.references[expression.id] else {
                return failure(.unbound, "there is no such message type", range)
            }
            let entries = fields.map { Plan.Field(name: $0.field, value: plan($0.value), isOptional: $0.isOptional) }
            return Plan(.message(type, entries), range)
        case .and(let operands): return Plan(.and(operands.map { plan($0) }), range)
        case .or(let operands): return Plan(.or(operands.map { plan($0) }), range)
        case .conditional(let test, let yes, let no): return Plan(.conditional(plan(test), plan(yes), plan(no)), range)
        case .loop(let loop): return self.loop(loop, expression)
        case .bind(_, let value, let body): return scope([value], body, expression)
        case .block(let values, let body): return scope(values, body, expression)
        }
    }

    private func failure(_ code: EvaluationError.Code, _ message: String, _ range: Range<Int>) -> Plan {
        Plan(.constant(.error(EvaluationError(code, message, span: checked.source.span(range)))), range)
    }

    private func named(_ expression: Expression) -> Plan? {
        switch checked.references[expression.id] {
        case .slot(let index): Plan(.slot(index), expression.range)
        case .local(let index):
            lazy[index].map { Plan(.lazy(index, $0), expression.range) } ?? Plan(.local(index), expression.range)
        case .constant(let value): Plan(.constant(value), expression.range)
        default: nil
        }
    }

    private mutating func list(_ elements: [Expression.ListElement], _ range: Range<Int>) -> Plan {
        let planned = elements.map { Plan.Element(value: plan($0.value), isOptional: $0.isOptional) }
        let constants = planned.compactMap { $0.isOptional ? nil : $0.value.constant }
        return Plan(constants.count == planned.count ? .constant(.list(constants)) : .list(planned), range)
    }

    private mutating func map(_ entries: [Expression.MapEntry], _ range: Range<Int>) -> Plan {
        let planned = entries.map { Plan.Entry(key: plan($0.key), value: plan($0.value), isOptional: $0.isOptional) }
        var map = MapValue()
        for entry in planned {
            guard !entry.isOptional, let key = entry.key.constant, let value = entry.value.constant, map.insert(key, value) == nil
            else { return Plan(.map(planned), range) }
        }
        return Plan(.constant(.map(map)), range)
    }

    private mutating func loop(_ loop: Expression.Loop, _ expression: Expression) -> Plan {
        guard case .local(let first)? = checked.references[expression.id] else {
            return failure(.unbound, "this loop has no variable", expression.range)
        }
        let planned = Plan.Loop(
            kind: loop.kind, range: plan(loop.range), variable: first, hasSecond: loop.secondVariable != nil,
            predicate: loop.predicate.map { plan($0) }, transform: loop.transform.map { plan($0) })
        return Plan(.loop(planned), expression.range)
    }

    private mutating func scope(_ values: [Expression], _ body: Expression, _ expression: Expression) -> Plan {
        guard case .local(let first)? = checked.references[expression.id] else {
            return failure(.unbound, "this has no variable", expression.range)
        }
        for (offset, value) in values.enumerated() { lazy[first + offset] = plan(value) }
        return Plan(.scope(first..<first + values.count, plan(body)), expression.range)
    }

    private mutating func call(
        _ name: String, _ receiver: Expression?, _ arguments: [Expression], _ expression: Expression
    ) -> Plan {
        let range = expression.range
        guard case .function(let function, let overloads)? = checked.references[expression.id] else {
            return failure(.noSuchOverload, "there is no function '\(name)'", range)
        }
        var operands: [Plan] = []
        // A receiver before a function that takes none is the first part of its dotted name.
        if let receiver, overloads.first?.isReceiver ?? true { operands.append(plan(receiver)) }
        for argument in arguments { operands.append(plan(argument)) }
        guard let body = function.body(for: operands.count) else {
            return function.bodies.isEmpty
                ? failure(.noSuchOverload, "'\(name)' is declared without an implementation: give its Function a body", range)
                : failure(.noSuchOverload, "no such overload: \(name) with \(operands.count) operands", range)
        }
        let constants = operands.compactMap(\.constant)
        if constants.count == operands.count, let value = body.apply(constants) {
            if value.isDefinite { return Plan(.constant(value), range) }
            // Left to evaluation: perhaps it is never reached, or absorbed.
            if case .error(let error) = value {
                warnings.append(checked.source.problem(range, "this always fails: \(error.message)"))
            }
        }
        let operation = Self.operation(function, body, operands)
        return Plan(operation, range, cost: function.cost)
    }

    private static func operation(_ function: Function, _ body: Function.Body, _ operands: [Plan]) -> Plan.Operation {
        switch body {
        case .none0(let implementation): return .many({ _ in implementation() }, operands)
        case .unary(let implementation): return .unary(implementation, operands[0])
        case .binary(let implementation):
            if function.name == "or" || function.name == "orValue" {
                return .fallback(implementation, operands[0], operands[1], unwraps: function.name == "orValue")
            }
            if function.name == "matches", case .string(let pattern)? = operands[1].constant,
                let compiled = PatternCache.compile(pattern)
            {
                return .binary(
                    { text, pattern in
                        guard case .string(let text) = text else { return .noOverload("matches", text, pattern) }
                        return .bool(compiled.matches(text))
                    }, operands[0], operands[1])
            }
            if function.name == "@in", case .list(let elements)? = operands[1].constant, let set = ConstantSet(elements) {
                return .binary({ element, _ in .bool(set.contains(element)) }, operands[0], operands[1])
            }
            return .binary(implementation, operands[0], operands[1])
        case .ternary(let implementation): return .ternary(implementation, operands[0], operands[1], operands[2])
        case .many(_, let implementation): return .many(implementation, operands)
        }
    }
}

extension Function.Body {
    /// The result for operands that are known; nil if their number is wrong.
    func apply(_ operands: [Value]) -> Value? {
        switch (self, operands.count) {
        case (.none0(let body), 0): body()
        case (.unary(let body), 1): body(operands[0])
        case (.binary(let body), 2): body(operands[0], operands[1])
        case (.ternary(let body), 3): body(operands[0], operands[1], operands[2])
        case (.many(_, let body), _): body(operands)
        default: nil
        }
    }
}
