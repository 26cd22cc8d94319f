// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A compiled expression: immutable, to be evaluated as often as wanted, from any task.
public struct Program: Sendable {
    /// How to compile.
    public struct Options: Sendable {
        /// Off: wrong types and names are errors of the evaluation, as dynamic CEL wants.
        public var checksTypes = true
        public var expandsMacros = true
        /// The namespace in which names are looked up first.
        public var container = ""
        public var limits = Limits()

        public init() {}
    }

    /// The inputs that the expression uses, each once.
    public let slots: [Slot]
    public let resultType: CELType
    let source: SourceText
    let root: Plan
    let limits: Limits

    /// Compiles an expression against declared variables.
    ///
    /// - Throws: all problems of the expression, each with its place, what was expected and a hint.
    public static func compile(
        _ source: String, declarations: Declarations, options: Options = Options()
    ) throws(CELError) -> Program {
        let text = SourceText(source)
        let tree = try Parser.parse(text, limits: options.limits, expandsMacros: options.expandsMacros)
        var compiler = Compiler(source: text, declarations: declarations, options: options)
        let typed = compiler.compile(tree)
        guard compiler.problems.isEmpty else {
            throw CELError(compiler.problems.sorted { $0.span.offset < $1.span.offset })
        }
        return Program(
            slots: compiler.slots, resultType: typed.type, source: text, root: typed.plan, limits: options.limits)
    }

    /// The value of the expression; failures are values too.
    public func evaluate(_ bindings: some Bindings) -> Value {
        var evaluation = Evaluation(program: self, bindings: bindings, trace: nil)
        return evaluation.value(of: root)
    }

    /// The value, with the values of the sub-expressions that led to it added to `trace`.
    public func evaluate(_ bindings: some Bindings, recording trace: inout Trace) -> Value {
        var evaluation = Evaluation(program: self, bindings: bindings, trace: trace)
        let value = evaluation.value(of: root)
        if let recorded = evaluation.trace { trace = recorded }
        return value
    }
}

/// What the sub-expressions of one evaluation came to, in the order in which they were finished.
///
/// Literals are left out, and what was not evaluated (the right of `false && x`) is not there. A sub-expression inside a
/// loop appears once, with the value that it had last: for `exists` that is the element that decided.
public struct Trace: Sendable {
    public struct Step: Sendable {
        public let span: SourceSpan
        /// The sub-expression as written.
        public let text: String
        public let value: Value
        /// The slots that this step alone reads: one when it is a plain variable or field path.
        public let slot: Slot?
    }

    public private(set) var steps: [Step] = []
    private var position: [Range<Int>: Int] = [:]
    /// More steps are not kept.
    public static let capacity = 256

    public init() {}

    mutating func record(_ plan: Plan, _ value: Value, in program: Program) {
        if case .constant = plan.operation { return }
        var slot: Slot?
        if case .slot(let index) = plan.operation { slot = program.slots[index] }
        let step = Step(
            span: program.source.span(plan.range), text: program.source.excerpt(plan.range), value: value, slot: slot)
        if let known = position[plan.range] {
            steps[known] = step
        } else if steps.count < Self.capacity {
            position[plan.range] = steps.count
            steps.append(step)
        }
    }
}
