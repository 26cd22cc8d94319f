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

    /// The expression with its types and what its names mean.
    public let checked: CheckedExpression
    let root: Plan
    let limits: Limits
    var source: SourceText { checked.source }

    /// The inputs that the expression uses, each once.
    public var slots: [Slot] { checked.slots }
    public var resultType: CELType { checked.resultType }
    /// What is allowed but hardly meant, with places and hints like problems.
    public let warnings: [CELProblem]

    /// Compiles an expression against declared variables.
    ///
    /// - Throws: all problems of the expression, each with its place, what was expected and a hint.
    public static func compile(
        _ source: String, declarations: Declarations, options: Options = Options()
    ) throws(CELError) -> Program {
        Program(try check(source, declarations: declarations, options: options), limits: options.limits)
    }

    /// Parses and checks an expression without making it ready to run.
    public static func check(
        _ source: String, declarations: Declarations, options: Options = Options()
    ) throws(CELError) -> CheckedExpression {
        let text = SourceText(source)
        let tree = try Parser.parse(text, limits: options.limits, macros: options.expandsMacros ? declarations.names : nil)
        return try Checker.check(tree, text, declarations, options)
    }

    /// A checked expression, ready to run.
    public init(_ checked: CheckedExpression, limits: Limits = Limits()) {
        self.checked = checked
        self.limits = limits
        let (plan, warnings) = Planner.planWithWarnings(checked)
        root = plan
        self.warnings = (checked.warnings + warnings).sorted { $0.span.offset < $1.span.offset }
    }

    /// The value of the expression; failures are values too.
    public func evaluate(_ bindings: some Bindings) -> Value {
        var evaluation = Evaluation(program: self, bindings: bindings)
        return evaluation.run()
    }

    /// The value, with the values of the sub-expressions that led to it added to `trace`.
    public func evaluate(_ bindings: some Bindings, recording trace: inout Trace) -> Value {
        var evaluation = Evaluation(program: self, bindings: bindings, trace: trace)
        let value = evaluation.run()
        if let recorded = evaluation.trace { trace = recorded }
        return value
    }

    /// The value and what it cost in the units of `Limits.cost`.
    public func evaluateCountingCost(_ bindings: some Bindings) -> (value: Value, cost: UInt64) {
        var evaluation = Evaluation(program: self, bindings: bindings, countsCost: true)
        let value = evaluation.run()
        return (value, evaluation.cost)
    }
}

extension Expression {
    /// The tree of an expression, without looking at what its names mean.
    public static func parse(
        _ source: String, declarations: Declarations = [:], limits: Limits = Limits(), expandsMacros: Bool = true
    ) throws(CELError) -> Expression {
        try Parser.parse(SourceText(source), limits: limits, macros: expandsMacros ? declarations.names : nil)
    }
}
