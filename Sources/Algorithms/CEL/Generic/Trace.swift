// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

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
