// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Checker {
    /// One name of a dotted path, and the node that ends with it.
    struct Step {
        let name: String
        let node: Expression
    }

    /// What the front of a path stands for, and how many names of the path it takes.
    private struct Found {
        var reference: CheckedExpression.Reference
        var type: CELType
        var used: Int
        /// Of a variable its slot's path so far.
        var path: String?
    }

    /// A name, or a name with field selections: `actor.age`, where the longest declared prefix is the variable.
    mutating func path(_ expression: Expression) -> CELType {
        var steps: [Step] = []
        steps.reserveCapacity(4)
        guard let isRooted = collect(&steps, expression) else {
            guard case .select(let operand, let field, let isOptional) = expression.kind else { return .error }
            return select(check(operand), field, isOptional, expression)
        }
        guard let found = find(steps, isRooted: isRooted) else { return undeclared(steps, expression) }
        var type = found.type
        let node = steps[found.used - 1].node
        refer(node, to: settled(found))
        if found.used < steps.count {
            note(node, type)
            for step in steps[found.used...] {
                type = select(type, step.name, false, step.node)
                note(step.node, type)
            }
        }
        return type
    }

    /// A found variable becomes a slot only here, so that paths that are looked at in vain leave none.
    private mutating func settled(_ found: Found) -> CheckedExpression.Reference {
        found.path.map { .slot(slot($0, found.type)) } ?? found.reference
    }

    /// The names of a dotted path; nil if the expression is none, else whether a dot stands before it.
    private func collect(_ steps: inout [Step], _ expression: Expression) -> Bool? {
        switch expression.kind {
        case .name(let name, let isRooted):
            steps.append(Step(name: name, node: expression))
            return isRooted
        case .select(let operand, let field, isOptional: false):
            guard let isRooted = collect(&steps, operand) else { return nil }
            steps.append(Step(name: field, node: expression))
            return isRooted
        default: return nil
        }
    }

    private func find(_ steps: [Step], isRooted: Bool) -> Found? {
        if !isRooted, let local = locals.last(where: { $0.name == steps[0].name }) {
            return Found(reference: .local(local.index), type: local.type, used: 1)
        }
        // Most paths begin with a variable whose name has no dot.
        guard steps.count > 1, mayBeDotted(steps[0].name) else {
            return find(steps[0].name, isRooted, 1).map { extended($0, steps) }
        }
        var name = steps.map(\.name).joined(separator: ".")
        for length in (1...steps.count).reversed() {
            if length < steps.count { name.removeLast(steps[length].name.count + 1) }
            if let found = find(name, isRooted, length) { return extended(found, steps) }
        }
        return nil
    }

    private func mayBeDotted(_ first: String) -> Bool {
        !options.container.isEmpty || names.dottedRoots.contains(first) || declarations.dottedRoots.contains(first)
    }

    private func find(_ name: String, _ isRooted: Bool, _ length: Int) -> Found? {
        if isRooted || options.container.isEmpty { return declared(name, length) }
        for candidate in candidates(for: name) {
            if let found = declared(candidate, length) { return found }
        }
        return nil
    }

    /// A declared variable, constant, message type or enum constant of exactly that name.
    private func declared(_ name: String, _ length: Int) -> Found? {
        if let type = declarations.variables[name] {
            return Found(reference: .slot(0), type: type, used: length, path: name)
        }
        if let constant = names.constants[name] {
            return Found(reference: .constant(constant), type: Self.type(of: constant), used: length)
        }
        if !declarations.messages.isEmpty || name.utf8.starts(with: "google.".utf8), messages[name] != nil {
            return Found(reference: .constant(.type(name)), type: .type(.ofMessage(name)), used: length)
        }
        guard length > 1 || !options.container.isEmpty, let dot = name.lastIndex(of: ".") else { return nil }
        let (enumeration, constant) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
        guard let number = (declarations.enums[enumeration] ?? MessageTypes.wellKnownEnums[enumeration])?[constant] else {
            return nil
        }
        return Found(reference: .constant(.int(number)), type: .int, used: length)
    }

    /// Follows the fields of a record: each path is a slot of its own. Messages of protobuf stay whole.
    private func extended(_ found: Found, _ steps: [Step]) -> Found {
        guard var path = found.path else { return found }
        var found = found
        let first = found.used
        while found.used < steps.count, case .message(let name) = found.type, let field = messages[name]?[steps[found.used].name],
            field.number == 0
        {
            found.type = field.type
            found.used += 1
        }
        if found.used > first {
            path.reserveCapacity(64)
            for step in steps[first..<found.used] {
                path += "."
                path += step.name
            }
            found.path = path
        }
        return found
    }

    /// The name inside each enclosing container, innermost first.
    func candidates(for name: String) -> [String] {
        if options.container.isEmpty { return [name] }
        var parts = options.container.split(separator: ".").map(String.init)
        var result: [String] = []
        while !parts.isEmpty {
            result.append((parts + [name]).joined(separator: "."))
            parts.removeLast()
        }
        return result + [name]
    }

    private mutating func slot(_ path: String, _ type: CELType) -> Int {
        // Few slots are found faster by looking than by hashing.
        if slots.count <= 16 {
            if let known = slots.firstIndex(where: { sameBytes($0.path, path) }) { return known }
        } else {
            if slotByPath.isEmpty { for slot in slots { slotByPath[slot.path] = slot.index } }
            if let known = slotByPath[path] { return known }
            slotByPath[path] = slots.count
        }
        slots.append(Slot(index: slots.count, path: path, type: type))
        return slots.count - 1
    }

    // MARK: - Fields

    /// The type of a field of something; of an optional, or asked for with `?`, an optional of it.
    private mutating func select(_ operand: CELType, _ field: String, _ isOptional: Bool, _ expression: Expression) -> CELType {
        let known = unification.resolved(operand)
        if case .optional(let inner) = known {
            return .optional(self.field(field, of: inner, expression) ?? .error)
        }
        let type = self.field(field, of: known, expression) ?? .error
        return isOptional ? .optional(type) : type
    }

    /// Nil when there is no such field, which is then reported.
    private mutating func field(_ field: String, of type: CELType, _ expression: Expression) -> CELType? {
        switch type {
        case .message(let name):
            guard let message = messages[name] else { return .dyn }
            guard let found = message[field] else {
                noField(field, expression.mark, of: message)
                return nil
            }
            return found.type
        case .map(_, let value): return value
        case .dyn, .error, .any: return .dyn
        case .parameter:
            _ = unification.attempt { $0.unify(type, .dyn) }
            return .dyn
        default:
            report(expression.mark, "\(type) has no fields", hint: fieldHint(field, type))
            return nil
        }
    }

    private func fieldHint(_ field: String, _ type: CELType) -> String? {
        if field == "size" || field == "length", [.string, .bytes].contains(type) { return "write size(x)" }
        if case .list = type, field == "size" || field == "length" || field == "count" { return "write size(x)" }
        if case .list = type { return "ask of each element: x.exists(e, e.\(field) …)" }
        return names.functions[field]?.overloads.contains { $0.isReceiver } == true ? "write '.\(field)(…)'" : nil
    }

    mutating func noField(_ field: String, _ range: Range<Int>, of type: MessageType) {
        let fields = type.fields.map(\.name).sorted()
        let nearest = Spelling.nearest(to: field, in: fields)
        report(
            range, "there is no field '\(field)'", expected: fields.count > 16 ? nil : "one of \(fields.joined(separator: ", "))",
            hint: nearest.map { "did you mean '\($0)'?" })
    }

    mutating func has(_ operand: Expression, _ field: String, _ expression: Expression) -> CELType {
        if let slot = recordField(operand, field, expression) {
            refer(expression, to: slot)
            return .bool
        }
        let type = unification.resolved(check(operand))
        warnIfMissing(operand, field)
        if case .optional(let inner) = type {
            _ = self.field(field, of: inner, expression)
        } else {
            _ = self.field(field, of: type, expression)
        }
        return .bool
    }

    /// The slot that `has` asks for, if the operand is a record variable or a record in it.
    private mutating func recordField(
        _ operand: Expression, _ field: String, _ expression: Expression
    ) -> CheckedExpression.Reference? {
        var steps: [Step] = []
        guard let isRooted = collect(&steps, operand), let found = find(steps, isRooted: isRooted), found.used == steps.count,
            let path = found.path, case .message(let name) = found.type, let type = messages[name], let declared = type[field],
            declared.number == 0
        else { return nil }
        note(operand, found.type)
        return .hasSlot(slot(path + "." + field, declared.type))
    }

    /// `has(a.b.c)` is an error when `a.b` is missing: people expect false.
    private mutating func warnIfMissing(_ operand: Expression, _ field: String) {
        guard case .select(let outer, let step, isOptional: false) = operand.kind else { return }
        switch unification.resolved(type(of: outer)) {
        case .map, .dyn:
            warn(
                operand.range, "has() is an error, not false, where '\(step)' itself is missing",
                hint: "write 'has(….\(step)) && has(….\(step).\(field))', or ask with '.?'")
        default: break
        }
    }

    private mutating func undeclared(_ steps: [Step], _ expression: Expression) -> CELType {
        let name = steps[0].name
        let known = Array(declarations.variables.keys) + locals.map(\.name).filter { !$0.hasPrefix("@") }
        let hint = Spelling.nearest(to: name, in: known).map { "did you mean '\($0)'?" }
        let sorted = Set(known).sorted()
        let failure = fail(
            steps[0].node, steps[0].node.range, .unbound, "'\(name)' is not declared",
            expected: sorted.isEmpty || sorted.count > 16 ? nil : "one of \(sorted.joined(separator: ", "))", hint: hint)
        for step in steps { note(step.node, .error) }
        return failure
    }
}
