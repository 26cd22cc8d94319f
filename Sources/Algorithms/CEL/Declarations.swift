// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The variables that an expression may use, with their types.
///
/// A variable of type `.message` is a tree: each field path that an expression uses becomes one slot, so the
/// caller hands over `actor.age` and never builds the actor.
public struct Declarations: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    public var variables: [String: CELType]

    public init(_ variables: [String: CELType]) { self.variables = variables }

    public init(dictionaryLiteral elements: (String, CELType)...) {
        variables = Dictionary(elements) { _, last in last }
    }
}

/// One input of a program: a variable, or a field path of a message variable.
public struct Slot: Sendable, Hashable {
    /// Its place in `Program.slots`.
    public let index: Int
    /// The names of the path joined with dots, such as `actor.age`.
    public let path: String
    public let type: CELType
}

/// Gives a program the values of its slots.
public protocol Bindings {
    /// The slot's value; nil when it is not set (`has` then says false, everything else is an error).
    func value(of slot: Slot) -> Value?
}

/// Bindings by path, or by the name of a variable that holds a map.
public struct NamedBindings: Bindings, Sendable, ExpressibleByDictionaryLiteral {
    private let values: [String: Value]

    public init(_ values: [String: Value]) { self.values = values }

    public init(dictionaryLiteral elements: (String, Value)...) {
        values = Dictionary(elements) { _, last in last }
    }

    public func value(of slot: Slot) -> Value? {
        if let value = values[slot.path] { return value }
        let names = slot.path.split(separator: ".").map(String.init)
        for length in (1..<max(names.count, 1)).reversed() {
            guard var value = values[names[..<length].joined(separator: ".")] else { continue }
            for name in names[length...] {
                if case .unknown = value { return value }
                guard case .map(let map) = value, let next = map[name] else { return nil }
                value = next
            }
            return value
        }
        return nil
    }
}
