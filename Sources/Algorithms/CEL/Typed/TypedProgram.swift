// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A condition whose parts all have static types, ready to run on frames: no allocation, no reference counting, tens of
/// nanoseconds.
///
/// It gives what the generic tier gives, for errors and unknowns too; only the words of an error are left to the generic tier:
/// `Program.evaluate(FrameBindings(frame))`. Of the limits it keeps `Limits.steps`, counted in loop turns. Immutable: one
/// program for all workers, one frame for each.
public final class TypedProgram: Sendable {
    let root: BoolNode
    private let stepLimit: Int
    private let layout: FrameLayout.Identity

    /// Makes the typed form of a condition for frames of that layout.
    ///
    /// - Throws: the part that has no typed form, and why; the condition then runs in the generic tier as a whole.
    public init(_ program: Program, layout: FrameLayout) throws(NotTyped) {
        if let refusal = Self.refusal(program) { throw refusal }
        var table = TermTable()
        let id = try TypedPlanner.plan(program.checked, layout: layout, into: &table)
        var builder = NodeBuilder(table)
        root = builder.bool(id)
        stepLimit = program.limits.steps
        self.layout = layout.identity
    }

    /// What of the program's options the typed tier cannot keep.
    static func refusal(_ program: Program) -> NotTyped? {
        program.limits.cost == nil ? nil : NotTyped(reason: "the cost of its evaluation is limited", span: nil)
    }

    /// What the condition comes to for the frame's inputs; an error for frames of another layout than the program was made for.
    public func evaluate(_ frame: Frame) -> Outcome {
        guard frame.identity === layout else { return .error }
        let run = frame.state
        run.pointee.steps = 0
        run.pointee.stepLimit = stepLimit
        return run.finish(root.outcome(run))
    }

    /// As `evaluate`, with the place and the kind of an error; nil when there is none.
    public func diagnose(_ frame: Frame) -> (outcome: Outcome, failure: Failure?) {
        let outcome = evaluate(frame)
        return (outcome, outcome == .error ? frame.state.pointee.failure : nil)
    }
}
