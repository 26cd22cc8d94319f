// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The list that a loop goes through and the row that its elements take.
struct LoopRange {
    let place: Place
    /// Cells from one element to the next.
    let stride: Int
    let row: Int
    /// The expression of the loop.
    let id: Int32
}

/// `all`, which `no` decides, and `exists`, which `yes` decides.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class QuantifierNode: BoolNode, @unchecked Sendable {
    private let range: LoopRange
    let predicate: BoolNode
    private let decisive: Outcome

    init(_ range: LoopRange, _ predicate: BoolNode, decisive: Bool) {
        self.range = range
        self.predicate = predicate
        self.decisive = Outcome(decisive)
    }

    override func outcome(_ run: Run) -> Outcome {
        let list = run[range.place]
        guard list.tag == .list else { return run.outcome(list.tag, at: range.id) }
        guard var element = list.elements else { return decisive == .no ? .yes : .no }
        let end = element + list.count * range.stride
        // A value that was bound to a name may be computed inside a loop that uses the same row.
        let before = run.pointee.rows[range.row]
        defer { run.pointee.rows[range.row] = before }
        while element < end {
            guard run.spend() else { return exhausted(run) }
            run.pointee.rows[range.row] = element
            let outcome = predicate.outcome(run)
            if outcome == decisive { return outcome }
            if !outcome.isDefinite { return absorb(outcome, element, end, run) }
            element += range.stride
        }
        return decisive == .no ? .yes : .no
    }

    /// Goes on after an element without a value, as `JunctionNode` does; a spent budget ends it.
    @inline(never)
    func absorb(
        _ first: Outcome, _ start: UnsafeMutablePointer<Cell>, _ end: UnsafeMutablePointer<Cell>, _ run: Run
    ) -> Outcome {
        var result = first
        let failure = run.pointee.failure
        if first == .error, failure.code == .limitExceeded { return first }
        var element = start + range.stride
        while element < end {
            guard run.spend() else { return exhausted(run) }
            run.pointee.rows[range.row] = element
            let outcome = predicate.outcome(run)
            if outcome == decisive { return outcome }
            if outcome == .error, run.pointee.failure.code == .limitExceeded { return outcome }
            if outcome == .unknown { result = .unknown } else if outcome == .error, result.isDefinite { result = .error }
            element += range.stride
        }
        run.pointee.failure = failure
        return result
    }

    @inline(never)
    private func exhausted(_ run: Run) -> Outcome {
        run.pointee.failure = Failure(.limitExceeded, at: range.id)
        return .error
    }
}

/// How many elements of a list make the predicate true: `exists_one` and `size(list.filter(...))`. Never absorbs, never stops
/// before the end.
struct Counter {
    let range: LoopRange
    let predicate: BoolNode

    /// The number, or what it has run into with `run.failure` set.
    @inline(__always)
    func count(_ run: Run) -> (number: Int, outcome: Outcome) {
        let list = run[range.place]
        guard list.tag == .list else { return (0, run.outcome(list.tag, at: range.id)) }
        guard var element = list.elements else { return (0, .yes) }
        let end = element + list.count * range.stride
        let before = run.pointee.rows[range.row]
        defer { run.pointee.rows[range.row] = before }
        var number = 0
        var result = Outcome.yes
        var failure = Failure(.none, at: 0)
        while element < end {
            run.pointee.rows[range.row] = element
            var outcome = Outcome.error
            if run.spend() {
                outcome = predicate.outcome(run)
            } else {
                run.pointee.failure = Failure(.limitExceeded, at: range.id)
            }
            if outcome == .yes { number += 1 }
            if !outcome.isDefinite {
                if outcome == .unknown { result = .unknown }
                if outcome == .error, result == .yes {
                    result = .error
                    failure = run.pointee.failure
                }
                if outcome == .error, run.pointee.failure.code == .limitExceeded { break }
            }
            element += range.stride
        }
        if result == .error { run.pointee.failure = failure }
        return (number, result)
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class ExistsOneNode: BoolNode, @unchecked Sendable {
    private let counter: Counter

    init(_ counter: Counter) { self.counter = counter }

    override func outcome(_ run: Run) -> Outcome {
        let (number, outcome) = counter.count(run)
        return outcome == .yes ? Outcome(number == 1) : outcome
    }
}

// Sendable because nothing of it changes once it is planned, as its base class demands.
final class CountWord: WordNode, @unchecked Sendable {
    private let counter: Counter

    init(_ counter: Counter) { self.counter = counter }

    override func word(_ run: Run) -> UInt64 {
        let before = run.begin()
        let (number, outcome) = counter.count(run)
        run.end(before, outcome == .yes ? .no : outcome)
        return UInt64(number)
    }
}
