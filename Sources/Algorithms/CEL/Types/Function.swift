// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One signature of a function.
public struct Overload: Sendable, Hashable {
    public let id: String
    /// Called as `x.f()`; the receiver is the first parameter.
    public let isReceiver: Bool
    public let parameters: [CELType]
    public let result: CELType
    /// Whether a type parameter occurs in it.
    let isGeneric: Bool

    public init(_ id: String, isReceiver: Bool = false, _ parameters: [CELType], _ result: CELType) {
        self.id = id
        self.isReceiver = isReceiver
        self.parameters = parameters
        self.result = result
        isGeneric = result.isGeneric || parameters.contains { $0.isGeneric }
    }
}

/// A function or operator: its signatures for the checker, and one implementation for each number of operands.
///
/// The implementation looks at its operands again, because `dyn` can hold anything.
public struct Function: Sendable {
    /// An implementation. The receiver is the first operand; operands are never errors or unknown. For types that it does
    /// not take it gives `Value.noOverload(name, operands…)`.
    public enum Body: Sendable {
        case none0(@Sendable () -> Value)
        case unary(@Sendable (Value) -> Value)
        case binary(@Sendable (Value, Value) -> Value)
        case ternary(@Sendable (Value, Value, Value) -> Value)
        /// `count` operands; nil takes any number that no other body takes.
        case many(count: Int?, @Sendable ([Value]) -> Value)

        /// How many operands it takes; nil: any number.
        public var count: Int? {
            switch self {
            case .none0: 0
            case .unary: 1
            case .binary: 2
            case .ternary: 3
            case .many(let count, _): count
            }
        }
    }

    // One reference: every call of a checked expression carries its function along.
    private final class Storage: Sendable {
        let name: String
        let overloads: [Overload]
        let bodies: [Body]
        let cost: Cost
        /// Each overload in an array of its own: what most calls resolve to.
        let singles: [[Overload]]

        init(_ name: String, _ overloads: [Overload], _ bodies: [Body], _ cost: Cost) {
            self.name = name
            self.overloads = overloads
            self.bodies = bodies
            self.cost = cost
            singles = overloads.map { [$0] }
        }
    }

    private let storage: Storage

    public var name: String { storage.name }
    public var overloads: [Overload] { storage.overloads }
    /// At most one for each number of operands; none for a function that is only declared.
    public var bodies: [Body] { storage.bodies }
    public var cost: Cost { storage.cost }

    /// The overload of that index, alone.
    func single(_ index: Int) -> [Overload] { storage.singles[index] }

    public init(_ name: String, _ overloads: [Overload], _ bodies: [Body], cost: Cost = .constant(1)) {
        storage = Storage(name, overloads, bodies, cost)
    }

    public init(_ name: String, _ overloads: [Overload], cost: Cost = .constant(1), _ body: @escaping @Sendable (Value) -> Value)
    {
        self.init(name, overloads, [.unary(body)], cost: cost)
    }

    public init(
        _ name: String, _ overloads: [Overload], cost: Cost = .constant(1), _ body: @escaping @Sendable (Value, Value) -> Value
    ) {
        self.init(name, overloads, [.binary(body)], cost: cost)
    }

    public init(
        _ name: String, _ overloads: [Overload], cost: Cost = .constant(1),
        _ body: @escaping @Sendable (Value, Value, Value) -> Value
    ) {
        self.init(name, overloads, [.ternary(body)], cost: cost)
    }

    /// The implementation for that many operands.
    public func body(for count: Int) -> Body? {
        bodies.first { $0.count == count } ?? bodies.first { $0.count == nil }
    }
}

/// How the work of a call grows with its operands, in the units of the run-time limit.
public enum Cost: Sendable, Hashable {
    case constant(UInt64)
    /// A tenth for each character (byte) of these operands together, rounded up.
    case perCharacter([Int])
    /// A tenth for each character (byte) of the result, rounded up.
    case perCharacterOfResult
    /// One for each element of these operands together.
    case perElement([Int])
    /// One for each element of the result.
    case perElementOfResult
    /// A tenth for each character of the shorter operand; lists count their elements.
    case comparison
    /// A tenth for each character of the one operand, times a tenth for each of the other.
    case search(text: Int, part: Int)
    /// A tenth for each character of the text, times a quarter for each of the pattern.
    case pattern(text: Int, pattern: Int)
}
