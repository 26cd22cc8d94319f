// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A value of the Common Expression Language.
///
/// Errors and unknowns are values too: `&&`, `||`, `all` and `exists` absorb them where another operand
/// decides alone, everything else passes them on.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case map(MapValue)
    case duration(nanoseconds: Int64)
    case timestamp(Timestamp)
    /// A type as a value, by its CEL name (`int`, `google.protobuf.Timestamp`).
    case type(String)
    /// Nil: empty.
    indirect case optional(Value?)
    case message(MessageValue)
    /// A value of a type that only some library knows.
    indirect case object(any OpaqueValue)
    indirect case error(EvaluationError)
    /// What the caller could not say (a detector that failed, a list that is not loaded), with the reasons.
    case unknown([String])
}

/// A value of a type that only some library knows, such as an IP address.
public protocol OpaqueValue: Sendable, CustomStringConvertible {
    /// The CEL name of its type.
    var typeName: String { get }
    func equals(_ other: any OpaqueValue) -> Bool
}

/// Why an expression has no value.
public struct EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as a kind to switch on.
    public enum Code: String, Sendable {
        case noSuchOverload, noSuchKey, noSuchField, indexOutOfRange, overflow, divideByZero, badConversion
        case repeatedKey, badKey, unbound, limitExceeded, invalidArgument
    }

    public var code: Code
    public var message: String
    /// Where in the source, if the failing operation is known.
    public var span: SourceSpan?

    public init(_ code: Code, _ message: String, span: SourceSpan? = nil) {
        self.code = code
        self.message = message
        self.span = span
    }

    public var description: String {
        guard let span else { return message }
        return "\(span.line):\(span.column): \(message)"
    }
}

extension Value {
    /// The CEL name of the value's type; of errors and unknowns `error` and `unknown`.
    public var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .duration: "google.protobuf.Duration"
        case .timestamp: "google.protobuf.Timestamp"
        case .type: "type"
        case .optional: "optional_type"
        case .message(let message): message.type.name
        case .object(let object): object.typeName
        case .error: "error"
        case .unknown: "unknown"
        }
    }

    /// Neither an error nor unknown.
    public var isDefinite: Bool {
        switch self {
        case .error, .unknown: false
        default: true
        }
    }

    /// An error as a value.
    public static func failure(_ code: EvaluationError.Code, _ message: String) -> Value {
        .error(EvaluationError(code, message))
    }

    /// What a function gives for operands of types that it does not take.
    public static func noOverload(_ function: String, _ operands: Value...) -> Value {
        let types = operands.map(\.typeName).joined(separator: ", ")
        return .failure(.noSuchOverload, "no such overload: \(function)(\(types))")
    }

    /// The result of a computation that leaves the range of its type.
    public static let overflow = Value.failure(.overflow, "the result is out of range")
}
