// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One run of a program.
struct Evaluation<Inputs: Bindings> {
    let program: Program
    let bindings: Inputs
    var trace: Trace?
    var locals: [Value] = []
    var steps = 0

    init(program: Program, bindings: Inputs, trace: Trace?) {
        self.program = program
        self.bindings = bindings
        self.trace = trace
    }

    mutating func value(of plan: Plan) -> Value {
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
            let slot = program.slots[index]
            return bindings.value(of: slot) ?? .failure(.unbound, "'\(slot.path)' has no value")
        case .hasSlot(let index):
            guard let value = bindings.value(of: program.slots[index]) else { return .bool(false) }
            return value.isDefinite ? .bool(true) : value
        case .local(let index): return locals[index]
        case .select(let operand, let field): return Self.select(value(of: operand), field)
        case .has(let operand, let field): return Self.has(value(of: operand), field)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .and(let operands): return logic(operands, decisive: false)
        case .or(let operands): return logic(operands, decisive: true)
        case .conditional(let test, let yes, let no): return conditional(test, yes, no)
        case .unary(let function, let operand):
            let operand = value(of: operand)
            return operand.isDefinite ? charged(function(operand)) : operand
        case .binary(let function, let left, let right):
            let (left, right) = (value(of: left), value(of: right))
            if left.isDefinite, right.isDefinite { return charged(function(left, right)) }
            return Self.indefinite(left, right)
        case .loop(let kind, let over, let local, let predicate, let transform):
            return loop(kind, over, local, predicate, transform)
        }
    }

    /// What a strict operation gives when an operand has no value: all unknowns together, else the first error.
    private static func indefinite(_ values: Value...) -> Value {
        var outcome = Absorption()
        for value in values { outcome.add(value) }
        return outcome.result ?? .null
    }

    private static func select(_ operand: Value, _ field: String) -> Value {
        switch operand {
        case .map(let map): map[field] ?? .failure(.noSuchKey, "no such key: \(field)")
        case .error, .unknown: operand
        default: .failure(.noSuchField, "\(operand.typeName) has no field '\(field)'")
        }
    }

    private static func has(_ operand: Value, _ field: String) -> Value {
        switch operand {
        case .map(let map): .bool(map[field] != nil)
        case .error, .unknown: operand
        default: .failure(.noSuchField, "\(operand.typeName) has no fields")
        }
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

    private mutating func list(_ elements: [Plan]) -> Value {
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        var outcome = Absorption()
        for element in elements {
            let value = value(of: element)
            if value.isDefinite { values.append(value) } else { outcome.add(value) }
        }
        return outcome.result ?? .list(values)
    }

    private mutating func map(_ entries: [(key: Plan, value: Plan)]) -> Value {
        var map = MapValue()
        var outcome = Absorption()
        for entry in entries {
            let (key, value) = (value(of: entry.key), value(of: entry.value))
            guard key.isDefinite, value.isDefinite else {
                outcome.add(key)
                outcome.add(value)
                continue
            }
            guard let normal = MapKey(key) else {
                outcome.add(.failure(.badKey, "\(key.typeName) cannot be a key"))
                continue
            }
            if !map.insert(key, normal: normal, value) { outcome.add(.failure(.repeatedKey, "a key is repeated")) }
        }
        return outcome.result ?? .map(map)
    }

    /// Counts work that grows with data; beyond the limit the value is an error.
    private mutating func charged(_ value: Value) -> Value {
        switch value {
        case .list(let elements): spend(elements.count) ?? value
        case .string(let text): spend(text.utf8.count / 64) ?? value
        case .bytes(let bytes): spend(bytes.count / 64) ?? value
        default: value
        }
    }

    mutating func spend(_ count: Int) -> Value? {
        steps += count
        return steps > program.limits.steps ? .failure(.limitExceeded, "the evaluation takes too many steps") : nil
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
}
