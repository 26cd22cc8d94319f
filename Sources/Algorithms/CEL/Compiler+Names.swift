// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Compiler {
    private struct Step {
        let name: String
        let range: Range<Int>
    }

    /// A name, or a name with field selections: `actor.age`, where the longest declared prefix is the variable.
    mutating func path(_ expression: Expression) -> Typed {
        guard let (steps, isRooted) = steps(of: expression) else {
            guard case .select(let operand, let field, let fieldRange) = expression.kind else {
                return fail(expression.range, .unbound, "this is no name")
            }
            return select(compile(operand), field, fieldRange, expression.range)
        }
        guard let (typed, used) = resolve(steps, isRooted: isRooted) else { return undeclared(steps, expression.range) }
        return steps[used...].reduce(typed) { operand, step in
            select(operand, step.name, step.range, operand.plan.range.lowerBound..<step.range.upperBound)
        }
    }

    mutating func has(_ operand: Expression, _ field: String, _ fieldRange: Range<Int>, _ range: Range<Int>) -> Typed {
        if let (steps, isRooted) = steps(of: operand), let found = variable(steps, isRooted: isRooted), found.used == steps.count,
            case .message(let fields) = found.type
        {
            guard let type = fields[field] else { return noField(field, fieldRange, fields) }
            return Typed(plan: Plan(.hasSlot(slot(found.path + "." + field, type)), range), type: .bool)
        }
        let operand = compile(operand)
        switch operand.type {
        case .map, .dyn: break
        case .message(let fields): if fields[field] == nil { return noField(field, fieldRange, fields) }
        default: return fail(fieldRange, .noSuchOverload, "\(operand.type) has no fields")
        }
        return Typed(plan: Plan(.has(operand.plan, field), range), type: .bool)
    }

    private func steps(of expression: Expression) -> ([Step], isRooted: Bool)? {
        switch expression.kind {
        case .name(let name, let isRooted): ([Step(name: name, range: expression.range)], isRooted)
        case .select(let operand, let field, let fieldRange):
            steps(of: operand).map { ($0 + [Step(name: field, range: fieldRange)], $1) }
        default: nil
        }
    }

    /// The variable, loop variable or type that the path starts with, and how many names of the path it takes.
    private mutating func resolve(_ steps: [Step], isRooted: Bool) -> (Typed, used: Int)? {
        if let found = variable(steps, isRooted: isRooted) {
            let range = steps[0].range.lowerBound..<steps[found.used - 1].range.upperBound
            return (Typed(plan: Plan(.slot(slot(found.path, found.type)), range), type: found.type), found.used)
        }
        if let index = local(steps, isRooted: isRooted) {
            return (Typed(plan: Plan(.local(index), steps[0].range), type: locals[index].type), 1)
        }
        for length in (1...steps.count).reversed() where Self.typeNames.contains(Self.joined(steps[..<length])) {
            let range = steps[0].range.lowerBound..<steps[length - 1].range.upperBound
            return (Typed(plan: Plan(.constant(.type(Self.joined(steps[..<length]))), range), type: .type), length)
        }
        return nil
    }

    private func local(_ steps: [Step], isRooted: Bool) -> Int? {
        isRooted ? nil : locals.lastIndex { $0.name == steps[0].name }
    }

    /// The declared variable that is the longest prefix of the path, with the fields of messages that follow it.
    private func variable(_ steps: [Step], isRooted: Bool) -> (path: String, type: CELType, used: Int)? {
        if local(steps, isRooted: isRooted) != nil { return nil }
        for length in (1...steps.count).reversed() {
            let name = Self.joined(steps[..<length])
            for candidate in isRooted ? [name] : candidates(for: name) {
                guard var type = declarations.variables[candidate] else { continue }
                var (path, used) = (candidate, length)
                while used < steps.count, case .message(let fields) = type, let next = fields[steps[used].name] {
                    path += "." + steps[used].name
                    type = next
                    used += 1
                }
                return (path, type, used)
            }
        }
        return nil
    }

    private static func joined(_ steps: ArraySlice<Step>) -> String { steps.map(\.name).joined(separator: ".") }

    private static let typeNames: Set<String> = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        "google.protobuf.Timestamp", "google.protobuf.Duration",
    ]

    /// The name inside each enclosing container, innermost first.
    private func candidates(for name: String) -> [String] {
        var parts = options.container.split(separator: ".").map(String.init)
        var result: [String] = []
        while !parts.isEmpty {
            result.append((parts + [name]).joined(separator: "."))
            parts.removeLast()
        }
        return result + [name]
    }

    private mutating func slot(_ path: String, _ type: CELType) -> Int {
        if let known = slotByPath[path] { return known }
        slots.append(Slot(index: slots.count, path: path, type: type))
        slotByPath[path] = slots.count - 1
        return slots.count - 1
    }

    private mutating func select(_ operand: Typed, _ field: String, _ fieldRange: Range<Int>, _ range: Range<Int>) -> Typed {
        switch operand.type {
        case .message(let fields):
            guard let type = fields[field] else { return noField(field, fieldRange, fields) }
            return Typed(plan: Plan(.select(operand.plan, field), range), type: type)
        case .map(_, let value): return Typed(plan: Plan(.select(operand.plan, field), range), type: value)
        case .dyn: return Typed(plan: Plan(.select(operand.plan, field), range), type: .dyn)
        default:
            guard options.checksTypes else { return Typed(plan: Plan(.select(operand.plan, field), range), type: .dyn) }
            return fail(fieldRange, .noSuchField, "\(operand.type) has no fields")
        }
    }

    private mutating func noField(_ field: String, _ range: Range<Int>, _ fields: [String: CELType]) -> Typed {
        let nearest = Spelling.nearest(to: field, in: fields.keys)
        return fail(
            range, .noSuchField, "there is no field '\(field)'",
            expected: "one of \(fields.keys.sorted().joined(separator: ", "))",
            hint: nearest.map { "did you mean '\($0)'?" })
    }

    private mutating func undeclared(_ steps: [Step], _ range: Range<Int>) -> Typed {
        let name = steps[0].name
        let names = Array(declarations.variables.keys) + locals.map(\.name)
        let hint = Spelling.nearest(to: name, in: names).map { "did you mean '\($0)'?" }
        let known = Set(names).sorted().joined(separator: ", ")
        return fail(
            steps[0].range, .unbound, "'\(name)' is not declared", expected: known.isEmpty ? nil : "one of \(known)", hint: hint)
    }
}
