// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One run of a program.
struct Evaluation<Inputs: Bindings> {
    let program: Program
    let bindings: Inputs
    var trace: Trace?
    /// By number; nil while a lazy one is not yet computed.
    var locals: [Value?]
    private var steps = 0
    private let costLimit: UInt64?
    private(set) var cost: UInt64 = 0
    private let countsCost: Bool
    /// Set when a limit is reached: from then on nothing is computed any more, and nothing absorbs it.
    private(set) var exhausted: EvaluationError?

    init(program: Program, bindings: Inputs, trace: Trace? = nil, countsCost: Bool = false) {
        self.program = program
        self.bindings = bindings
        self.trace = trace
        costLimit = program.limits.cost
        self.countsCost = countsCost || program.limits.cost != nil
        locals = Array(repeating: nil, count: program.checked.localCount)
    }

    /// The value of the whole program.
    mutating func run() -> Value {
        let value = value(of: program.root)
        return exhausted.map { .error($0) } ?? value
    }

    mutating func value(of plan: Plan) -> Value {
        if let exhausted { return .error(exhausted) }
        var value = compute(plan)
        if case .error(var error) = value, error.span == nil {
            error.span = program.source.span(plan.range)
            value = .error(error)
        }
        if trace != nil { record(plan, value) }
        return value
    }

    private mutating func record(_ plan: Plan, _ value: Value) {
        let program = program
        trace?.record(plan, value, in: program)
    }

    private mutating func compute(_ plan: Plan) -> Value {
        switch plan.operation {
        case .constant(let value): return value
        case .slot(let index):
            charge(1)
            let slot = program.slots[index]
            return bindings.value(of: slot) ?? .failure(.unbound, "'\(slot.path)' has no value")
        case .hasSlot(let index):
            charge(1)
            return bindings.isSet(program.slots[index])
        case .local(let index):
            charge(1)
            return locals[index] ?? .failure(.unbound, "a loop variable has no value")
        case .lazy(let index, let plan):
            charge(1)
            if let known = locals[index] { return known }
            let value = value(of: plan)
            locals[index] = value
            return value
        case .select(let operand, let field, let isOptional):
            charge(1)
            return select(value(of: operand), field, isOptional)
        case .has(let operand, let field):
            charge(1)
            return has(value(of: operand), field)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .message(let type, let fields): return message(type, fields)
        case .and(let operands): return logic(operands, decisive: false)
        case .or(let operands): return logic(operands, decisive: true)
        case .conditional(let test, let yes, let no): return conditional(test, yes, no)
        case .unary(let function, let operand):
            let operand = value(of: operand)
            return operand.isDefinite ? charged(plan, function(operand), operand) : operand
        case .binary(let function, let left, let right):
            let (left, right) = (value(of: left), value(of: right))
            if left.isDefinite, right.isDefinite { return charged(plan, function(left, right), left, right) }
            return Absorption.of(left, right)
        case .ternary(let function, let first, let second, let third):
            let (first, second, third) = (value(of: first), value(of: second), value(of: third))
            if first.isDefinite, second.isDefinite, third.isDefinite {
                return charged(plan, function(first, second, third), first, second, third)
            }
            return Absorption.of(first, second, third)
        case .many(let function, let operands): return many(plan, function, operands)
        case .fallback(let function, let first, let second, let unwraps):
            let first = value(of: first)
            if case .optional(let value?) = first { return unwraps ? value : first }
            let second = value(of: second)
            if first.isDefinite, second.isDefinite { return charged(plan, function(first, second), first, second) }
            return Absorption.of(first, second)
        case .loop(let loop): return self.loop(loop)
        case .scope(let variables, let body):
            for variable in variables { locals[variable] = nil }
            return value(of: body)
        }
    }

    private mutating func many(
        _ plan: Plan, _ function: @Sendable ([Value]) -> Value, _ operands: [Plan]
    ) -> Value {
        var outcome = Absorption()
        var values: [Value] = []
        values.reserveCapacity(operands.count)
        for operand in operands {
            let value = value(of: operand)
            outcome.add(value)
            values.append(value)
        }
        if let indefinite = outcome.result { return indefinite }
        return charged(plan, function(values), values)
    }

    /// `&&` (decided by false) and `||` (decided by true): a deciding operand absorbs errors and unknowns.
    private mutating func logic(_ operands: [Plan], decisive: Bool) -> Value {
        var outcome = Absorption()
        for operand in operands {
            let value = value(of: operand)
            if case .bool(let bool) = value {
                if bool == decisive { return value }
            } else {
                outcome.add(value.isDefinite ? .noOverload(decisive ? "_||_" : "_&&_", value) : value)
            }
        }
        return outcome.result ?? .bool(!decisive)
    }

    private mutating func conditional(_ test: Plan, _ yes: Plan, _ no: Plan) -> Value {
        let test = value(of: test)
        switch test {
        case .bool(let bool): return value(of: bool ? yes : no)
        case .error, .unknown: return test
        default: return .noOverload("_?_:_", test)
        }
    }

    // MARK: - Limits

    /// Counts work in the units of the cost limit.
    mutating func charge(_ units: UInt64) {
        guard countsCost else { return }
        cost = cost.addingReportingOverflow(units).overflow ? .max : cost + units
        if let costLimit, cost > costLimit, exhausted == nil {
            exhausted = EvaluationError(.limitExceeded, "the evaluation costs more than \(costLimit)")
        }
    }

    /// Counts the work of a call; beyond a limit the value is an error.
    private mutating func charged(_ plan: Plan, _ value: Value, _ operands: Value...) -> Value {
        charged(plan, value, operands)
    }

    private mutating func charged(_ plan: Plan, _ value: Value, _ operands: [Value]) -> Value {
        if countsCost, let cost = plan.cost { charge(cost.units(operands, value)) }
        return switch value {
        case .list(let elements): spend(elements.count) ?? value
        case .string(let text): spend(text.utf8.count / 64) ?? value
        case .bytes(let bytes): spend(bytes.count / 64) ?? value
        case .map(let map): spend(map.count) ?? value
        default: value
        }
    }

    /// Counts loop turns and copied elements.
    mutating func spend(_ count: Int) -> Value? {
        steps += count
        if steps > program.limits.steps, exhausted == nil {
            exhausted = EvaluationError(.limitExceeded, "the evaluation takes too many steps")
        }
        return exhausted.map { .error($0) }
    }
}

/// Collects operands without a value: unknowns are merged and weigh more than errors, of errors the first counts.
struct Absorption {
    private var reasons: [String] = []
    private var hasUnknown = false
    private var error: Value?

    mutating func add(_ value: Value) {
        switch value {
        case .unknown(let more):
            hasUnknown = true
            for reason in more where !reasons.contains(reason) { reasons.append(reason) }
        case .error: if error == nil { error = value }
        default: break
        }
    }

    /// Nil if every operand had a value.
    var result: Value? { hasUnknown ? .unknown(reasons) : error }

    /// What a strict operation gives when an operand has no value.
    static func of(_ values: Value...) -> Value {
        var outcome = Absorption()
        for value in values { outcome.add(value) }
        return outcome.result ?? .null
    }
}
