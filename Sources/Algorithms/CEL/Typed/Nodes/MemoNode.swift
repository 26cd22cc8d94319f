// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A node that several programs of a set share: computed once for an event.
// Sendable because nothing of it changes once it is planned, as its base class demands.
final class MemoNode: BoolNode, @unchecked Sendable {
    private let node: BoolNode
    private let place: Int
    /// Whether the node goes through lists: then its turns count for every program that uses the outcome.
    private let spends: Bool

    /// Stands for no outcome yet.
    static let none: UInt8 = 0xFF

    init(_ node: BoolNode, _ place: Int, spends: Bool) {
        self.node = node
        self.place = place
        self.spends = spends
    }

    override func outcome(_ run: Run) -> Outcome {
        guard let memo = run.pointee.memo else { return node.outcome(run) }
        if let outcome = Outcome(rawValue: memo[place]) {
            // Errors that depend on the budget are not remembered, so it was another one.
            if outcome == .error { run.pointee.failure = Failure(.unbound, at: 0) }
            guard spends, let steps = run.pointee.memoSteps else { return outcome }
            let after = run.pointee.steps + Int(steps[place])
            if after <= run.pointee.stepLimit {
                run.pointee.steps = after
                return outcome
            }
            // The budget ends within: go there again to fail in the same place.
            return node.outcome(run)
        }
        let before = run.pointee.steps
        let outcome = node.outcome(run)
        if spends {
            // An outcome that depends on how much was left is not for others.
            if run.pointee.steps > run.pointee.stepLimit { return outcome }
            run.pointee.memoSteps?[place] = Int32(truncatingIfNeeded: run.pointee.steps - before)
        }
        memo[place] = outcome.rawValue
        return outcome
    }
}
