// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An expression ready to run: names are slots, functions are looked up.
final class Plan: Sendable {
    indirect enum Operation: Sendable {
        case constant(Value)
        case slot(Int)
        case hasSlot(Int)
        case local(Int)
        case select(Plan, String)
        case has(Plan, String)
        case list([Plan])
        case map([(key: Plan, value: Plan)])
        case and([Plan])
        case or([Plan])
        case conditional(Plan, Plan, Plan)
        case unary(@Sendable (Value) -> Value, Plan)
        case binary(@Sendable (Value, Value) -> Value, Plan, Plan)
        case loop(Expression.Loop.Kind, over: Plan, local: Int, predicate: Plan?, transform: Plan?)
    }

    let operation: Operation
    let range: Range<Int>

    init(_ operation: Operation, _ range: Range<Int>) {
        self.operation = operation
        self.range = range
    }
}
