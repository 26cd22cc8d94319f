// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

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

    /// What `has` says of the slot: a bool, an error or unknown. Without an implementation: whether there is a value.
    func isSet(_ slot: Slot) -> Value
}

extension Bindings {
    public func isSet(_ slot: Slot) -> Value {
        guard let value = value(of: slot) else { return .bool(false) }
        return value.isDefinite ? .bool(true) : value
    }
}

/// Bindings by path, or by the name of a variable that holds a map or a message.
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
                switch value {
                case .unknown, .error: return value
                case .map(let map):
                    guard let next = map[name] else { return nil }
                    value = next
                case .message(let message): value = message.get(name)
                default: return nil
                }
            }
            return value
        }
        return nil
    }

    public func isSet(_ slot: Slot) -> Value {
        if values[slot.path] == nil, let dot = slot.path.lastIndex(of: ".") {
            let field = String(slot.path[slot.path.index(after: dot)...])
            let owner = Slot(index: slot.index, path: String(slot.path[..<dot]), type: .dyn)
            if case .message(let message)? = value(of: owner) { return message.has(field) }
        }
        guard let value = value(of: slot) else { return .bool(false) }
        return value.isDefinite ? .bool(true) : value
    }
}
