// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What an evaluation can cost, in the units of `Limits.cost`.
public struct CostEstimate: Sendable, Hashable {
    public var min: UInt64
    /// `UInt64.max` where nothing bounds it.
    public var max: UInt64
}

extension CheckedExpression {
    /// The least and the most that an evaluation without errors can cost.
    ///
    /// - Parameter sizes: How long the text, or how many the elements, of a slot may be, by its path. `path.@items` is for
    ///   the texts or lists inside a list or map. What is not named may have any size.
    public func estimatedCost(sizes: [String: ClosedRange<UInt64>] = [:]) -> CostEstimate {
        var estimator = CostEstimator(checked: self, sizes: sizes)
        return estimator.estimate(root).cost
    }
}

/// Walks a checked tree and adds up what each node can cost.
private struct CostEstimator {
    /// What a node costs and how large its value is.
    struct Node {
        var cost: CostEstimate
        var size: CostEstimate
        /// Where its value comes from, to find the sizes of its elements.
        var path: String?
    }

    let checked: CheckedExpression
    let sizes: [String: ClosedRange<UInt64>]
    /// Of loop variables and binds, by number.
    private var locals: [Int: Node] = [:]

    init(checked: CheckedExpression, sizes: [String: ClosedRange<UInt64>]) {
        self.checked = checked
        self.sizes = sizes
    }

    mutating func estimate(_ expression: Expression) -> Node {
        switch expression.kind {
        case .literal(let value): return Node(cost: .zero, size: CostEstimate(value.extent))
        case .name, .select, .has: return path(expression)
        case .call(_, let receiver, let arguments): return call(receiver, arguments, expression)
        case .list(let elements):
            let optional = UInt64(elements.count(where: \.isOptional))
            let count = UInt64(elements.count)
            let cost = aggregate(10, elements.map(\.value), isConstant: optional == 0)
            return Node(cost: cost, size: CostEstimate(min: count - optional, max: count))
        case .map(let entries):
            let optional = UInt64(entries.count(where: \.isOptional))
            let cost = aggregate(30, entries.flatMap { [$0.key, $0.value] }, isConstant: optional == 0)
            return Node(cost: cost, size: CostEstimate(min: UInt64(entries.count) - optional, max: UInt64(entries.count)))
        case .message(_, _, let fields): return Node(cost: aggregate(40, fields.map(\.value), isConstant: false), size: .one)
        case .and(let operands), .or(let operands): return Node(cost: chain(operands), size: .one)
        case .conditional(let test, let yes, let no):
            let (test, yes, no) = (estimate(test), estimate(yes), estimate(no))
            return Node(cost: test.cost + yes.cost.either(no.cost), size: yes.size.either(no.size))
        case .loop(let loop): return self.loop(loop, expression)
        case .bind(_, let value, let body): return scope([value], body, expression)
        case .block(let values, let body): return scope(values, body, expression)
        }
    }

    private mutating func path(_ expression: Expression) -> Node {
        switch checked.reference(of: expression) {
        case .slot(let index):
            let slot = checked.slots[index]
            return Node(cost: .one, size: size(of: checked.type(of: expression), slot.path), path: slot.path)
        case .local(let index):
            let known = locals[index]
            return Node(cost: .one, size: known?.size ?? size(of: checked.type(of: expression), nil), path: known?.path)
        case .hasSlot: return Node(cost: .one, size: .one)
        case .constant(let value): return Node(cost: .zero, size: CostEstimate(value.extent))
        default:
            guard case .select(let operand, let field, _) = expression.kind else {
                var cost = CostEstimate.one
                expression.forEachChild { cost = cost + estimate($0).cost }
                return Node(cost: cost, size: .one)
            }
            let inner = estimate(operand)
            let path = inner.path.map { $0 + "." + field }
            return Node(cost: inner.cost + .one, size: size(of: checked.type(of: expression), path), path: path)
        }
    }

    private func size(of type: CELType, _ path: String?) -> CostEstimate {
        switch type {
        case .string, .bytes, .list, .map, .dyn, .any, .optional, .wrapper(.string), .wrapper(.bytes):
            guard let path, let known = sizes[path] else { return CostEstimate(min: 0, max: .max) }
            return CostEstimate(min: known.lowerBound, max: known.upperBound)
        default: return .one
        }
    }

    /// An aggregate of literals alone is made before evaluation and then costs nothing.
    private mutating func aggregate(_ base: UInt64, _ parts: [Expression], isConstant: Bool) -> CostEstimate {
        var cost = CostEstimate(base)
        for part in parts { cost = cost + estimate(part).cost }
        if isConstant, parts.allSatisfy({ isKnown($0) }) { cost.min = 0 }
        return cost
    }

    private func isKnown(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .literal: true
        case .list(let elements): elements.allSatisfy { !$0.isOptional && isKnown($0.value) }
        case .map(let entries): entries.allSatisfy { !$0.isOptional && isKnown($0.key) && isKnown($0.value) }
        case .call(_, let receiver, let arguments): (receiver.map { isKnown($0) } ?? true) && arguments.allSatisfy { isKnown($0) }
        case .name, .select: if case .constant? = checked.reference(of: expression) { true } else { false }
        default: false
        }
    }

    /// The first operand is always looked at, the others perhaps.
    private mutating func chain(_ operands: [Expression]) -> CostEstimate {
        var cost = CostEstimate.zero
        for (index, operand) in operands.enumerated() {
            var part = estimate(operand).cost
            if index > 0 { part.min = 0 }
            cost = cost + part
        }
        return cost
    }

    private mutating func call(_ receiver: Expression?, _ arguments: [Expression], _ expression: Expression) -> Node {
        var operands = arguments
        guard case .function(let function, let overloads)? = checked.reference(of: expression) else {
            return Node(cost: .one, size: .one)
        }
        if let receiver, overloads.first?.isReceiver ?? true { operands.insert(receiver, at: 0) }
        let parts = operands.map { estimate($0) }
        let size = resultSize(function.name, parts, checked.type(of: expression))
        func units(_ pick: (CostEstimate) -> UInt64) -> UInt64 {
            function.cost.units {
                $0 < parts.count ? pick(parts[$0].size) : 0
            } result: {
                pick(size)
            }
        }
        var cost = CostEstimate(min: units(\.min), max: units(\.max))
        for part in parts { cost = cost + part.cost }
        if isKnown(expression) { cost.min = 0 }
        // An operand that fails keeps the function from being called.
        cost.min = Swift.min(cost.min, parts.map(\.cost.min).reduce(0, UInt64.adding))
        return Node(cost: cost, size: size)
    }

    private func resultSize(_ name: String, _ parts: [Node], _ type: CELType) -> CostEstimate {
        if name == "_+_", parts.count == 2 {
            switch type {
            case .string, .bytes, .list: return parts[0].size + parts[1].size
            default: return size(of: type, nil)
            }
        }
        return size(of: type, nil)
    }

    private mutating func loop(_ loop: Expression.Loop, _ expression: Expression) -> Node {
        let range = estimate(loop.range)
        if case .local(let first)? = checked.reference(of: expression) {
            let items = range.path.map { $0 + ".@items" }
            let element = elementType(checked.type(of: loop.range))
            locals[first] = Node(cost: .zero, size: loop.secondVariable == nil ? size(of: element, items) : .one, path: items)
            if loop.secondVariable != nil { locals[first + 1] = Node(cost: .zero, size: size(of: element, items), path: items) }
        }
        var turn = CostEstimate.one
        for part in [loop.predicate, loop.transform].compactMap({ $0 }) { turn = turn + estimate(part).cost }
        let stopsEarly = loop.kind == .all || loop.kind == .exists
        let turns = CostEstimate(min: stopsEarly ? Swift.min(range.size.min, 1) : range.size.min, max: range.size.max)
        var cost = range.cost + turns.times(turn)
        if loop.transform != nil, loop.predicate != nil { cost.min = range.cost.min }
        let base: UInt64
        switch loop.kind {
        case .all, .exists, .existsOne: base = 0
        case .filter, .map, .transformList: base = 10
        case .transformMap, .transformMapEntry: base = 30
        }
        let keepsAll = loop.predicate == nil && loop.transform != nil
        let size = base == 0 ? CostEstimate.one : CostEstimate(min: keepsAll ? range.size.min : 0, max: range.size.max)
        return Node(cost: cost + CostEstimate(min: 0, max: base), size: size)
    }

    private func elementType(_ type: CELType) -> CELType {
        switch type {
        case .list(let element): element
        case .map(_, let value): value
        default: .dyn
        }
    }

    private mutating func scope(_ values: [Expression], _ body: Expression, _ expression: Expression) -> Node {
        var cost = CostEstimate.zero
        for (offset, value) in values.enumerated() {
            let node = estimate(value)
            // Computed once at most.
            cost = cost + CostEstimate(min: 0, max: node.cost.max)
            if case .local(let first)? = checked.reference(of: expression) { locals[first + offset] = node }
        }
        let inner = estimate(body)
        return Node(cost: cost + inner.cost, size: inner.size, path: inner.path)
    }
}

extension CostEstimate {
    fileprivate static let zero = CostEstimate(0)
    fileprivate static let one = CostEstimate(1)

    fileprivate init(_ exact: UInt64) {
        min = exact
        max = exact
    }

    fileprivate static func + (a: CostEstimate, b: CostEstimate) -> CostEstimate {
        CostEstimate(min: .adding(a.min, b.min), max: .adding(a.max, b.max))
    }

    fileprivate func times(_ other: CostEstimate) -> CostEstimate {
        CostEstimate(min: .multiplying(min, other.min), max: .multiplying(max, other.max))
    }

    fileprivate func either(_ other: CostEstimate) -> CostEstimate {
        CostEstimate(min: Swift.min(min, other.min), max: Swift.max(max, other.max))
    }
}

extension UInt64 {
    fileprivate static func adding(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    fileprivate static func multiplying(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? .max : product
    }
}
