// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What an expression comes to while some of its inputs are unknown.
public struct PartialResult: Sendable {
    /// A value, an error, or unknown with the reasons that the bindings gave.
    public let value: Value
    /// The slots whose being unknown keeps the value from being known; none when it is.
    public let unknownSlots: [Slot]
    /// What is left to be computed once they are known, as source text; nil when nothing is.
    public let residual: String?
}

extension Program {
    /// Evaluates as far as it goes with the bindings at hand.
    public func evaluatePartially(_ bindings: some Bindings) -> PartialResult {
        let marked = MarkedBindings(bindings: bindings)
        var evaluation = Evaluation(program: self, bindings: marked)
        let value = evaluation.run()
        guard case .unknown(let marks) = value else { return PartialResult(value: value, unknownSlots: [], residual: nil) }
        let unknown = marks.compactMap { MarkedBindings<NamedBindings>.slot(of: $0) }.sorted().map { slots[$0] }
        var reasons: [String] = []
        for slot in unknown {
            guard case .unknown(let more)? = bindings.value(of: slot) else { continue }
            for reason in more where !reasons.contains(reason) { reasons.append(reason) }
        }
        var residual = Residual(program: self, bindings: marked)
        return PartialResult(
            value: .unknown(reasons), unknownSlots: unknown, residual: Printer.text(residual.reduce(checked.root)))
    }
}

/// Bindings whose unknown values name their slot in place of the reasons.
private struct MarkedBindings<Inner: Bindings>: Bindings {
    let bindings: Inner

    func value(of slot: Slot) -> Value? { bindings.value(of: slot).map { marked($0, slot) } }

    func isSet(_ slot: Slot) -> Value { marked(bindings.isSet(slot), slot) }

    private func marked(_ value: Value, _ slot: Slot) -> Value {
        if case .unknown = value { .unknown(["\u{1}\(slot.index)"]) } else { value }
    }

    static func slot(of mark: String) -> Int? { mark.hasPrefix("\u{1}") ? Int(mark.dropFirst()) : nil }
}

/// Replaces what is known by its value and leaves out what no longer decides anything.
private struct Residual<Inputs: Bindings> {
    let program: Program
    let bindings: Inputs
    private var nextID = 0

    init(program: Program, bindings: Inputs) {
        self.program = program
        self.bindings = bindings
    }

    mutating func reduce(_ expression: Expression) -> Expression {
        if case .literal = expression.kind { return expression }
        var freeLocals: Set<Int> = []
        collectLocals(expression, &freeLocals)
        if freeLocals.isEmpty {
            var evaluation = Evaluation(program: program, bindings: bindings)
            let value = evaluation.value(of: Planner.plan(program.checked, part: expression))
            if value.isDefinite { return make(.literal(value), expression) }
            if case .error = value { return expression }
        }
        if expression.macro != nil { return expression }
        return reduceParts(of: expression)
    }

    private mutating func reduceParts(of expression: Expression) -> Expression {
        switch expression.kind {
        case .and(let operands): return chain(operands, neutral: true, expression)
        case .or(let operands): return chain(operands, neutral: false, expression)
        case .conditional(let test, let yes, let no):
            let test = reduce(test)
            if case .literal(.bool(let bool)) = test.kind { return reduce(bool ? yes : no) }
            return make(.conditional(test, reduce(yes), reduce(no)), expression)
        case .call(let function, let receiver, let arguments):
            // A receiver that is no operand is part of the function's name.
            var isOperand = true
            if case .function(_, let overloads)? = program.checked.reference(of: expression) {
                isOperand = overloads.first?.isReceiver ?? true
            }
            let reduced = isOperand ? receiver.map { reduce($0) } : receiver
            return make(.call(function: function, receiver: reduced, arguments: arguments.map { reduce($0) }), expression)
        case .select(let operand, let field, let isOptional):
            guard program.checked.reference(of: expression) == nil else { return expression }
            return make(.select(reduce(operand), field: field, isOptional: isOptional), expression)
        case .list(let elements):
            let reduced = elements.map { Expression.ListElement(reduce($0.value), isOptional: $0.isOptional) }
            return make(.list(reduced), expression)
        case .map(let entries):
            let reduced = entries.map { Expression.MapEntry(reduce($0.key), reduce($0.value), isOptional: $0.isOptional) }
            return make(.map(reduced), expression)
        case .message(let name, let isRooted, let fields):
            let reduced = fields.map { Expression.FieldEntry($0.field, reduce($0.value), isOptional: $0.isOptional) }
            return make(.message(typeName: name, isRooted: isRooted, reduced), expression)
        case .loop(let loop):
            let reduced = Expression.Loop(
                loop.kind, over: reduce(loop.range), variable: loop.variable, secondVariable: loop.secondVariable,
                predicate: loop.predicate.map { reduce($0) }, transform: loop.transform.map { reduce($0) })
            return make(.loop(reduced), expression)
        case .bind(let name, let value, let body):
            return make(.bind(name: name, value: reduce(value), body: reduce(body)), expression)
        case .literal, .name, .has, .block: return expression
        }
    }

    private mutating func chain(_ operands: [Expression], neutral: Bool, _ expression: Expression) -> Expression {
        var left: [Expression] = []
        for operand in operands {
            let reduced = reduce(operand)
            if case .literal(.bool(neutral)) = reduced.kind { continue }
            left.append(reduced)
        }
        if left.count == 1 { return left[0] }
        return make(neutral ? .and(left) : .or(left), expression)
    }

    private mutating func make(_ kind: Expression.Kind, _ original: Expression) -> Expression {
        nextID += 1
        return Expression(id: nextID, kind, range: original.range, mark: original.mark)
    }

    /// The variables of loops, binds and blocks around an expression that it reads.
    private func collectLocals(_ expression: Expression, _ locals: inout Set<Int>) {
        var inner: Set<Int> = []
        expression.forEachChild { collectLocals($0, &inner) }
        if case .local(let first)? = program.checked.reference(of: expression) {
            switch expression.kind {
            case .loop(let loop): inner.subtract(loop.secondVariable == nil ? [first] : [first, first + 1])
            case .bind: inner.remove(first)
            case .block(let values, _): inner.subtract(first..<first + values.count)
            default: inner.insert(first)
            }
        }
        locals.formUnion(inner)
    }
}
