// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A type as the checker knows it.
public indirect enum CELType: Sendable, Hashable {
    case bool, int, uint, double, string, bytes, null
    case duration, timestamp
    case list(CELType)
    case map(CELType, CELType)
    case optional(CELType)
    /// A scalar that may also be null.
    case wrapper(CELType)
    /// By its full name; its fields are declared in `Declarations.messages`.
    case message(String)
    /// The type of a type value; nil where it does not matter of what type.
    case type(CELType?)
    /// A type that only functions know, such as `net.IP`, with its parameters.
    case opaque(String, [CELType])
    /// A message of a type that is known when it is unpacked.
    case any
    /// Not known before evaluation: fits everything, checked when evaluated.
    case dyn
    /// What an expression with a problem has; fits everything, so that one mistake gives one message.
    case error
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
        case .optional(let value): "optional(\(value))"
        case .wrapper(let value): "wrapper(\(value))"
        case .message(let name): name
        case .type(let type): type.map { "type(\($0))" } ?? "type"
        case .opaque(let name, let parameters):
            parameters.isEmpty ? name : "\(name)(\(parameters.map(\.description).joined(separator: ", ")))"
        case .any: "any"
        case .dyn: "dyn"
        case .error: "error"
        case .parameter(let name): name
        }
    }
}
