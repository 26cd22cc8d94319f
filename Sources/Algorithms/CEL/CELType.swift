// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A type as the checker knows it.
public indirect enum CELType: Sendable, Hashable {
    case bool, int, uint, double, string, bytes, null
    case duration, timestamp
    case list(CELType)
    case map(CELType, CELType)
    /// A value with named fields, each of a declared type.
    case message([String: CELType])
    /// The type of a type value.
    case type
    /// Not known before evaluation: fits everything, checked when evaluated.
    case dyn
    /// Any type, but the same one wherever the name stands in a signature.
    case parameter(String)
}

extension CELType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .null: "null"
        case .duration: "duration"
        case .timestamp: "timestamp"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .message(let fields): "message{\(fields.keys.sorted().joined(separator: ", "))}"
        case .type: "type"
        case .dyn: "dyn"
        case .parameter(let name): name
        }
    }
}

extension CELType {
    /// Whether an argument of type `other` fits here; type parameters are bound on the way.
    func accepts(_ other: CELType, _ bound: inout [String: CELType]) -> Bool {
        switch (self, other) {
        case (.parameter(let name), _):
            guard let earlier = bound[name] else {
                bound[name] = other
                return true
            }
            guard let joined = CELType.join(earlier, other) else { return false }
            bound[name] = joined
            return true
        case (.dyn, _), (_, .dyn): return true
        case (.list(let a), .list(let b)): return a.accepts(b, &bound)
        case (.map(let k, let v), .map(let l, let w)): return k.accepts(l, &bound) && v.accepts(w, &bound)
        case (.message, .null), (.timestamp, .null), (.duration, .null): return true
        case (.null, .message), (.null, .timestamp), (.null, .duration): return true
        default: return self == other
        }
    }

    /// The type that values of both types have, dyn winning over what is known; nil if there is none.
    static func join(_ a: CELType, _ b: CELType) -> CELType? {
        switch (a, b) {
        case (.dyn, _), (_, .dyn): return .dyn
        case (.null, .message), (.null, .timestamp), (.null, .duration): return b
        case (.message, .null), (.timestamp, .null), (.duration, .null): return a
        case (.list(let a), .list(let b)): return join(a, b).map { .list($0) }
        case (.map(let k, let v), .map(let l, let w)):
            guard let key = join(k, l), let value = join(v, w) else { return nil }
            return .map(key, value)
        default: return a == b ? a : nil
        }
    }

    /// This type with bound parameters put in; unbound ones become dyn.
    func substituting(_ bound: [String: CELType]) -> CELType {
        switch self {
        case .parameter(let name): bound[name] ?? .dyn
        case .list(let element): .list(element.substituting(bound))
        case .map(let key, let value): .map(key.substituting(bound), value.substituting(bound))
        default: self
        }
    }
}
