// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Resolves names, checks types and plans, in one walk over the tree.
///
/// A problem does not stop the walk: what has no type becomes `dyn`, so that one mistake gives one message and all
/// mistakes are reported at once. With checks off the same problems become errors of the evaluation.
struct Compiler {
    struct Typed {
        let plan: Plan
        let type: CELType
    }

    let source: SourceText
    let declarations: Declarations
    let options: Program.Options
    var problems: [CELProblem] = []
    var slots: [Slot] = []
    var slotByPath: [String: Int] = [:]
    /// Loop variables, innermost last.
    var locals: [(name: String, type: CELType)] = []

    init(source: SourceText, declarations: Declarations, options: Program.Options) {
        self.source = source
        self.declarations = declarations
        self.options = options
    }

    mutating func compile(_ expression: Expression) -> Typed {
        let range = expression.range
        switch expression.kind {
        case .literal(let value): return Typed(plan: Plan(.constant(value), range), type: Self.type(of: value))
        case .name, .select: return path(expression)
        case .has(let operand, let field, let fieldRange): return has(operand, field, fieldRange, range)
        case .call(let function, let nameRange, let receiver, let arguments):
            return call(function, nameRange, receiver, arguments, range)
        case .list(let elements): return list(elements, range)
        case .map(let entries): return map(entries, range)
        case .and(let operands): return Typed(plan: Plan(.and(operands.map { condition($0) }), range), type: .bool)
        case .or(let operands): return Typed(plan: Plan(.or(operands.map { condition($0) }), range), type: .bool)
        case .conditional(let test, let yes, let no): return conditional(test, yes, no, range)
        case .loop(let loop): return self.loop(loop, range)
        }
    }

    /// Compiles an expression that must be a bool.
    mutating func condition(_ expression: Expression) -> Plan {
        let typed = compile(expression)
        if typed.type != .bool, typed.type != .dyn {
            report(expression.range, "this is \(typed.type), not a condition", expected: "bool", hint: Self.hint(for: typed.type))
        }
        return typed.plan
    }

    private static func hint(for type: CELType) -> String? {
        switch type {
        case .int, .uint, .double: "compare it, for example '> 0'"
        case .string: "compare it, for example '!= \"\"'"
        case .list, .map: "ask for its size, for example 'size(x) > 0'"
        case .message(let fields): fields["matched"] == .bool ? "ask for its field '.matched'" : nil
        default: nil
        }
    }

    /// Notes a problem of types; with checks off evaluation will find it.
    mutating func report(_ range: Range<Int>, _ message: String, expected: String? = nil, hint: String? = nil) {
        guard options.checksTypes else { return }
        problems.append(source.problem(range, message, expected: expected, hint: hint))
    }

    /// Notes a problem and stands in for the expression that has it.
    mutating func fail(
        _ range: Range<Int>, _ code: EvaluationError.Code, _ message: String, expected: String? = nil, hint: String? = nil
    ) -> Typed {
        report(range, message, expected: expected, hint: hint)
        let error = EvaluationError(code, message, span: source.span(range))
        return Typed(plan: Plan(.constant(.error(error)), range), type: .dyn)
    }

    private static func type(of literal: Value) -> CELType {
        switch literal {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        default: .dyn
        }
    }

    private mutating func list(_ elements: [Expression], _ range: Range<Int>) -> Typed {
        let typed = elements.map { compile($0) }
        let element = Self.joined(typed.map(\.type))
        return Typed(plan: Plan(.list(typed.map(\.plan)), range), type: .list(element))
    }

    private mutating func map(_ entries: [(key: Expression, value: Expression)], _ range: Range<Int>) -> Typed {
        let typed = entries.map { (key: compile($0.key), value: compile($0.value)) }
        let type = CELType.map(Self.joined(typed.map(\.key.type)), Self.joined(typed.map(\.value.type)))
        return Typed(plan: Plan(.map(typed.map { ($0.key.plan, $0.value.plan) }), range), type: type)
    }

    /// The common type of elements; `dyn` when there is none, also for no elements.
    private static func joined(_ types: [CELType]) -> CELType {
        guard var joined = types.first else { return .dyn }
        for type in types.dropFirst() {
            guard let next = CELType.join(joined, type) else { return .dyn }
            joined = next
        }
        return joined
    }

    private mutating func conditional(
        _ test: Expression, _ yes: Expression, _ no: Expression, _ range: Range<Int>
    ) -> Typed {
        let test = condition(test)
        let (first, second) = (compile(yes), compile(no))
        let joined = CELType.join(first.type, second.type)
        if joined == nil {
            report(
                no.range, "the two results of '?:' differ: \(first.type) and \(second.type)", expected: "\(first.type)",
                hint: "convert one, or wrap it in dyn()")
        }
        return Typed(plan: Plan(.conditional(test, first.plan, second.plan), range), type: joined ?? .dyn)
    }

    private mutating func loop(_ loop: Expression.Loop, _ range: Range<Int>) -> Typed {
        let over = compile(loop.range)
        var element = CELType.dyn
        switch over.type {
        case .list(let type), .map(let type, _): element = type
        case .dyn: break
        default: report(loop.range.range, "'\(loop.kind.rawValue)' cannot go through \(over.type)", expected: "a list or a map")
        }
        locals.append((loop.variable, element))
        defer { locals.removeLast() }
        let predicate = loop.predicate.map { condition($0) }
        let transform = loop.transform.map { compile($0) }
        let result: CELType =
            switch loop.kind {
            case .all, .exists, .existsOne: .bool
            case .filter: .list(element)
            case .map: .list(transform?.type ?? .dyn)
            }
        let plan = Plan(
            .loop(loop.kind, over: over.plan, local: locals.count - 1, predicate: predicate, transform: transform?.plan), range)
        return Typed(plan: plan, type: result)
    }
}
