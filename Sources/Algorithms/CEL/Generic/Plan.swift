// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An expression ready to run: names are slots and locals, functions are looked up.
final class Plan: Sendable {
    enum Operation: Sendable {
        case constant(Value)
        case slot(Int)
        case hasSlot(Int)
        /// A loop variable.
        case local(Int)
        /// A variable of `bind` or `block`, computed when it is first read.
        case lazy(Int, Plan)
        case select(Plan, String, isOptional: Bool)
        case has(Plan, String)
        case list([Element])
        case map([Entry])
        case message(MessageType, [Field])
        case and([Plan])
        case or([Plan])
        case conditional(Plan, Plan, Plan)
        case unary(@Sendable (Value) -> Value, Plan)
        case binary(@Sendable (Value, Value) -> Value, Plan, Plan)
        case ternary(@Sendable (Value, Value, Value) -> Value, Plan, Plan, Plan)
        case many(@Sendable ([Value]) -> Value, [Plan])
        /// `optional.or(x)` and `optional.orValue(x)`: the argument matters only when the optional is empty.
        case fallback(@Sendable (Value, Value) -> Value, Plan, Plan, unwraps: Bool)
        case loop(Loop)
        /// The body, its lazy variables being forgotten first.
        case scope(Range<Int>, Plan)
    }

    struct Element: Sendable {
        let value: Plan
        let isOptional: Bool
    }

    struct Entry: Sendable {
        let key: Plan
        let value: Plan
        let isOptional: Bool
    }

    struct Field: Sendable {
        let name: String
        let value: Plan
        let isOptional: Bool
    }

    struct Loop: Sendable {
        let kind: Expression.Loop.Kind
        let range: Plan
        /// The number of the first variable.
        let variable: Int
        let hasSecond: Bool
        let predicate: Plan?
        let transform: Plan?
    }

    let operation: Operation
    let range: Range<Int>
    /// Of a call: how its cost is counted.
    let cost: Cost?

    init(_ operation: Operation, _ range: Range<Int>, cost: Cost? = nil) {
        self.operation = operation
        self.range = range
        self.cost = cost
    }

    /// The value if it is known before evaluation.
    var constant: Value? {
        if case .constant(let value) = operation, value.isDefinite { value } else { nil }
    }
}
