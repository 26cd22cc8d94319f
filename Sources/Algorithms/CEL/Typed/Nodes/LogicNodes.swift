// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConstantNode: BoolNode, @unchecked Sendable {
    private let value: Outcome

    init(_ value: Bool) { self.value = Outcome(value) }

    override func outcome(_ run: Run) -> Outcome { value }
}

/// A bool in a cell.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class PlaceNode: BoolNode, @unchecked Sendable {
    private let place: Place
    private let id: Int32

    init(_ place: Place, id: Int32) {
        self.place = place
        self.id = id
    }

    override func outcome(_ run: Run) -> Outcome {
        let cell = run[place]
        guard cell.tag == .bool else { return run.outcome(cell.tag, at: id) }
        return Outcome(cell.payload != 0)
    }
}

/// `has(path)`.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class PresenceNode: BoolNode, @unchecked Sendable {
    private let place: Place

    init(_ place: Place) { self.place = place }

    override func outcome(_ run: Run) -> Outcome {
        switch run[place].tag {
        case .absent: .no
        // Fields of records are there when they are set, to whatever; of inputs of their own it is not known.
        case .unknown: place.row == 0 ? .unknown : .yes
        default: .yes
        }
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class NotNode: BoolNode, @unchecked Sendable {
    private let operand: BoolNode

    init(_ operand: BoolNode) { self.operand = operand }

    override func outcome(_ run: Run) -> Outcome {
        let outcome = operand.outcome(run)
        return outcome.isDefinite ? Outcome(outcome == .no) : outcome
    }
}

/// A chain of `&&`, which `no` decides, or of `||`, which `yes` decides, whatever the other operands come to.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class JunctionNode: BoolNode, @unchecked Sendable {
    private let operands: ObjectRow<BoolNode>
    private let decisive: Outcome

    init(_ operands: [BoolNode], decisive: Bool) {
        self.operands = ObjectRow(operands)
        self.decisive = Outcome(decisive)
    }

    deinit { operands.deallocate() }

    override func outcome(_ run: Run) -> Outcome {
        var index = 0
        while index < operands.count {
            let outcome = operands.with(index) { $0.outcome(run) }
            if outcome == decisive { return outcome }
            if !outcome.isDefinite { return absorb(outcome, at: index, run) }
            index += 1
        }
        return decisive == .no ? .yes : .no
    }

    /// Goes on after an operand without a value: a later one may decide alone, unknown weighs more than an error, and of errors
    /// the first is told.
    @inline(never)
    func absorb(_ first: Outcome, at start: Int, _ run: Run) -> Outcome {
        var result = first
        let failure = run.pointee.failure
        for index in start + 1..<max(operands.count, start + 1) {
            let outcome = operands.with(index) { $0.outcome(run) }
            if outcome == decisive { return outcome }
            if outcome == .unknown { result = .unknown }
        }
        run.pointee.failure = failure
        return result
    }
}

/// As `JunctionNode` for the two operands that most have.
final class PairNode: BoolNode, @unchecked Sendable {
    private let first: BoolNode
    private let second: BoolNode
    private let decisive: Outcome

    init(_ first: BoolNode, _ second: BoolNode, decisive: Bool) {
        self.first = first
        self.second = second
        self.decisive = Outcome(decisive)
    }

    override func outcome(_ run: Run) -> Outcome {
        let outcome = first.outcome(run)
        if outcome == decisive { return outcome }
        if outcome.isDefinite { return second.outcome(run) }
        return absorb(outcome, run)
    }

    @inline(never)
    private func absorb(_ outcome: Outcome, _ run: Run) -> Outcome {
        let failure = run.pointee.failure
        let other = second.outcome(run)
        if other == decisive { return other }
        if other != .error || outcome == .error { run.pointee.failure = failure }
        return other == .unknown ? .unknown : outcome
    }
}

/// As `JunctionNode` for three operands.
final class TripleNode: BoolNode, @unchecked Sendable {
    private let first: BoolNode
    private let second: BoolNode
    private let third: BoolNode
    private let decisive: Outcome
    private let otherwise: JunctionNode

    init(_ operands: (BoolNode, BoolNode, BoolNode), decisive: Bool) {
        (first, second, third) = operands
        self.decisive = Outcome(decisive)
        otherwise = JunctionNode([operands.0, operands.1, operands.2], decisive: decisive)
    }

    override func outcome(_ run: Run) -> Outcome {
        let one = first.outcome(run)
        if one == decisive { return one }
        if !one.isDefinite { return otherwise.absorb(one, at: 0, run) }
        let two = second.outcome(run)
        if two == decisive { return two }
        if !two.isDefinite { return otherwise.absorb(two, at: 1, run) }
        return third.outcome(run)
    }
}

/// `test ? yes : no`.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ConditionalNode: BoolNode, @unchecked Sendable {
    private let test: BoolNode
    private let yes: BoolNode
    private let no: BoolNode

    init(_ test: BoolNode, _ yes: BoolNode, _ no: BoolNode) {
        self.test = test
        self.yes = yes
        self.no = no
    }

    override func outcome(_ run: Run) -> Outcome {
        switch test.outcome(run) {
        case .yes: yes.outcome(run)
        case .no: no.outcome(run)
        case .error: .error
        case .unknown: .unknown
        }
    }
}

/// `==`, `<` and so on between two truth values; false is less than true.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class BoolOrderNode: BoolNode, @unchecked Sendable {
    private let left: BoolNode
    private let right: BoolNode
    private let mask: OrderMask

    init(_ left: BoolNode, _ right: BoolNode, _ mask: OrderMask) {
        self.left = left
        self.right = right
        self.mask = mask
    }

    override func outcome(_ run: Run) -> Outcome {
        let first = left.outcome(run)
        let failure = run.pointee.failure
        let second = right.outcome(run)
        if first.isDefinite, second.isDefinite { return Outcome(mask.holds(first.rawValue, second.rawValue)) }
        if first == .error { run.pointee.failure = failure }
        return first == .unknown || second == .unknown ? .unknown : .error
    }
}
