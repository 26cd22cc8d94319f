// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Resolves names and infers types in one walk over the tree.
///
/// A problem does not stop the walk: what has a problem has the type `error`, which fits everything, so that one mistake
/// gives one message and all mistakes are reported at once. With checks off the same problems become errors of the
/// evaluation.
struct Checker {
    struct Local {
        let name: String
        let type: CELType
        let index: Int
    }

    let source: SourceText
    let declarations: Declarations
    let names: NameTable
    let messages: MessageTypes
    let options: Program.Options
    var problems: [CELProblem] = []
    var warnings: [CELProblem] = []
    var slots: [Slot] = []
    var slotByPath: [String: Int] = [:]
    /// Variables of loops, binds and blocks that are in scope, innermost last.
    var locals: [Local] = []
    var localCount = 0
    var unification = Unification()
    private var types: [CELType]
    private var references: [CheckedExpression.Reference?]

    static func check(
        _ root: Expression, _ source: SourceText, _ declarations: Declarations, _ options: Program.Options
    ) throws(CELError) -> CheckedExpression {
        var checker = Checker(root, source, declarations, options)
        _ = checker.check(root)
        guard checker.problems.isEmpty else { throw CELError(checker.problems.sorted { $0.span.offset < $1.span.offset }) }
        return CheckedExpression(
            source: source, root: root, slots: checker.slots, types: checker.finalTypes, references: checker.references,
            localCount: checker.localCount, messages: checker.messages, warnings: checker.warnings)
    }

    private init(_ root: Expression, _ source: SourceText, _ declarations: Declarations, _ options: Program.Options) {
        self.source = source
        self.declarations = declarations
        self.options = options
        names = declarations.names
        messages = declarations.messages.isEmpty ? .wellKnown : MessageTypes(declarations.messages)
        types = Array(repeating: .dyn, count: root.id + 1)
        references = Array(repeating: nil, count: root.id + 1)
    }

    /// Without checks nothing is promised about types.
    private var finalTypes: [CELType] {
        if !options.checksTypes { return Array(repeating: .dyn, count: types.count) }
        return unification.isEmpty ? types : types.map { unification.final($0) }
    }

    /// The type of an expression; noted for it, as is what it refers to.
    mutating func check(_ expression: Expression) -> CELType {
        let type = infer(expression)
        types[expression.id] = type
        return type
    }

    /// The type found so far of an expression that was checked.
    func type(of expression: Expression) -> CELType { types[expression.id] }

    mutating func note(_ expression: Expression, _ type: CELType) { types[expression.id] = type }

    mutating func refer(_ expression: Expression, to reference: CheckedExpression.Reference) {
        references[expression.id] = reference
    }

    private mutating func infer(_ expression: Expression) -> CELType {
        switch expression.kind {
        case .literal(let value): return Self.type(of: value)
        case .name, .select: return path(expression)
        case .has(let operand, let field): return has(operand, field, expression)
        case .call(let function, let receiver, let arguments): return call(function, receiver, arguments, expression)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .message(let name, let isRooted, let fields): return message(name, isRooted, fields, expression)
        case .and(let operands), .or(let operands):
            for operand in operands { condition(operand) }
            return .bool
        case .conditional(let test, let yes, let no): return conditional(test, yes, no)
        case .loop(let loop): return self.loop(loop, expression)
        case .bind(let name, let value, let body):
            let type = check(value)
            refer(expression, to: .local(declare(name, type)))
            defer { locals.removeLast() }
            return check(body)
        case .block(let values, let body):
            // The values' numbers follow one another, before those of the loops inside them.
            let first = localCount
            localCount += values.count
            refer(expression, to: .local(first))
            for (index, value) in values.enumerated() {
                let type = check(value)
                locals.append(Local(name: "@index\(index)", type: type, index: first + index))
            }
            defer { locals.removeLast(values.count) }
            return check(body)
        }
    }

    /// Brings a local variable into scope; its index is its own within the expression.
    mutating func declare(_ name: String, _ type: CELType) -> Int {
        locals.append(Local(name: name, type: type, index: localCount))
        localCount += 1
        return localCount - 1
    }

    /// Checks an expression that must be a bool.
    mutating func condition(_ expression: Expression) {
        let type = check(expression)
        if unification.attempt({ $0.unify(type, .bool) }) { return }
        let known = unification.final(type)
        report(
            expression.range, "this is \(known), not a condition", expected: "bool", hint: hint(forCondition: known))
    }

    private func hint(forCondition type: CELType) -> String? {
        switch type {
        case .int, .uint, .double: "compare it, for example '> 0'"
        case .string: "compare it, for example '!= \"\"'"
        case .list, .map: "ask for its size, for example 'size(x) > 0'"
        case .optional: "write '.orValue(false)' for what holds when it is missing"
        case .message(let name): messages[name]?["matched"]?.type == .bool ? "ask for its field '.matched'" : nil
        default: nil
        }
    }

    /// Notes a problem; with checks off evaluation will find it.
    mutating func report(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) {
        guard options.checksTypes else { return }
        problems.append(source.problem(range, message, expected: expected, hint: hint))
    }

    mutating func warn(_ range: Range<Int>, _ message: String, hint: String? = nil) {
        warnings.append(source.problem(range, message, hint: hint))
    }

    /// Notes a problem and has the expression fail when it is evaluated.
    mutating func fail(
        _ expression: Expression, _ range: Range<Int>, _ code: EvaluationError.Code, _ message: String, expected: String? = nil,
        hint: String? = nil
    ) -> CELType {
        report(range, message, expected: expected, hint: hint)
        refer(expression, to: .failure(EvaluationError(code, message, span: source.span(range))))
        return .error
    }

    static func type(of value: Value) -> CELType {
        switch value {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .duration: .duration
        case .timestamp: .timestamp
        case .type(let name): .type(CELType(named: name))
        default: .dyn
        }
    }
}

extension CELType {
    /// The type that a type value names.
    init(named name: String) {
        switch name {
        case "bool": self = .bool
        case "int": self = .int
        case "uint": self = .uint
        case "double": self = .double
        case "string": self = .string
        case "bytes": self = .bytes
        case "null_type": self = .null
        case "list": self = .list(.dyn)
        case "map": self = .map(.dyn, .dyn)
        case "type": self = .type(nil)
        case "optional_type": self = .optional(.dyn)
        case "google.protobuf.Timestamp": self = .timestamp
        case "google.protobuf.Duration": self = .duration
        case "dyn": self = .dyn
        default: self = .opaque(name, [])
        }
    }
}
