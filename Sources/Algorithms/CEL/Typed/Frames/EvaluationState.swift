// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a run of typed nodes changes. One for a frame, reached by pointer: class properties would be checked for exclusive
/// access at every step.
struct EvaluationState {
    /// Row 0 is the frame; the rows above are the elements at which the loops are, outermost first.
    let rows: UnsafeMutablePointer<UnsafeMutablePointer<Cell>>
    let arena: UnsafeMutablePointer<Arena>
    /// Loop turns so far and how many may be.
    var steps = 0
    var stepLimit = 0
    /// What nodes that give no truth value ran into, `no` for nothing. Clean whenever a bool node starts and when it ends.
    var trouble = Outcome.no
    /// Why and where the last `error` came to be.
    var failure = Failure(.none, at: 0)
    /// Outcomes of nodes that several programs of a set share; nil outside of sets.
    var memo: UnsafeMutablePointer<UInt8>?
    var memoSteps: UnsafeMutablePointer<Int32>?
    /// A bit for each constant that is looked for ahead, and how far to trust the bits, by text; nil outside of sets.
    var literalHits: UnsafeMutablePointer<UInt64>?
    var literalTrust: UnsafeMutablePointer<LiteralTrust>?

    /// More nested loops are left to the generic tier.
    static let mostRows = 16

    init(cells: UnsafeMutablePointer<Cell>, arena: UnsafeMutablePointer<Arena>) {
        rows = .allocate(capacity: Self.mostRows)
        rows.initialize(repeating: cells, count: Self.mostRows)
        self.arena = arena
    }

    func deallocate() { rows.deallocate() }
}

/// The state of the run, as nodes get it: the frame that owns it outlives the run.
typealias Run = UnsafeMutablePointer<EvaluationState>

/// What a condition comes to.
public enum Outcome: UInt8, Sendable {
    case no = 0
    case yes = 1
    /// The condition has no value: an input is missing, a number overflowed, a budget ran out.
    case error = 2
    /// An input that matters could not be told.
    case unknown = 3

    @inline(__always)
    init(_ holds: Bool) { self = holds ? .yes : .no }

    @inline(__always)
    var isDefinite: Bool { rawValue < 2 }
}

/// Why a typed evaluation has no value: enough to count and to find the place; the generic tier gives the words.
public struct Failure: Sendable, Hashable {
    public enum Code: UInt8, Sendable {
        case none, unbound, overflow, divideByZero, limitExceeded
    }

    public let code: Code
    /// `Expression.id` of the part that failed.
    public let expression: Int32

    @inline(__always)
    init(_ code: Code, at expression: Int32) {
        self.code = code
        self.expression = expression
    }
}

extension UnsafeMutablePointer<EvaluationState> {
    /// Notes an error where a value was wanted; what was noted first stays, and unknown weighs more.
    @inline(never)
    func raise(_ code: Failure.Code, at expression: Int32) {
        guard pointee.trouble == .no else { return }
        pointee.trouble = .error
        pointee.failure = Failure(code, at: expression)
    }

    /// Notes that a cell holds no value of the wanted type.
    @inline(never)
    func raise(_ tag: Cell.Tag, at expression: Int32) {
        if tag == .unknown { pointee.trouble = .unknown } else { raise(Failure.Code.unbound, at: expression) }
    }

    /// The truth value of a bool node that has no values below it: an error, or unknown.
    @inline(never)
    func outcome(_ tag: Cell.Tag, at expression: Int32) -> Outcome {
        if tag == .unknown { return .unknown }
        pointee.failure = Failure(.unbound, at: expression)
        return .error
    }

    /// What was noted, as the truth value of the bool node that asked for the values.
    @inline(never)
    func settle() -> Outcome {
        let trouble = pointee.trouble
        pointee.trouble = .no
        return trouble
    }

    /// The truth value of a node below one that gives a value, whatever was noted before.
    @inline(__always)
    func nested(_ node: BoolNode) -> Outcome {
        let before = begin()
        let outcome = node.outcome(self)
        end(before, outcome)
        return outcome
    }

    /// Starts a part that gives a truth value amid one that gives a value: what was noted is set aside.
    @inline(__always)
    func begin() -> (trouble: Outcome, failure: Failure) {
        defer { pointee.trouble = .no }
        return (pointee.trouble, pointee.failure)
    }

    /// Ends such a part: of both troubles unknown weighs more, and of errors the first stays.
    @inline(__always)
    func end(_ before: (trouble: Outcome, failure: Failure), _ outcome: Outcome) {
        if outcome.isDefinite || before.trouble != .no {
            pointee.trouble = outcome == .unknown ? .unknown : before.trouble
            pointee.failure = before.failure
        } else {
            pointee.trouble = outcome
        }
    }

    /// One loop turn; false when the budget is used up.
    @inline(__always)
    func spend() -> Bool {
        pointee.steps += 1
        return pointee.steps <= pointee.stepLimit
    }

    /// The outcome of a whole program: nothing absorbs that the budget was not enough.
    @inline(__always)
    func finish(_ outcome: Outcome) -> Outcome {
        if pointee.steps <= pointee.stepLimit { return outcome }
        pointee.failure = Failure(.limitExceeded, at: pointee.failure.expression)
        return .error
    }

    @inline(__always)
    subscript(place: Place) -> Cell { pointee.rows[Int(place.row)][Int(place.cell)] }
}

/// Where a cell is: a row of the run and a place in it.
struct Place: Hashable, Sendable {
    /// 0 for the frame, else the element at which a loop is.
    var row: Int32
    var cell: Int32
}
