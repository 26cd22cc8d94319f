// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What one element of a field is: which values it takes, and how it is written in protobuf's wire format.
public enum FieldEncoding: Sendable, Hashable {
    case int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64
    case float, double, bool, string, bytes
    /// A named number; its value in CEL is an int (of `google.protobuf.NullValue` null).
    case enumeration(String)
    /// A message of the named type, well-known ones among them.
    case message(String)
    /// Any value as it is, without a wire form: a record that the caller declares by CEL types alone.
    case value
}

extension FieldEncoding {
    static let nullValue = FieldEncoding.enumeration("google.protobuf.NullValue")

    /// The CEL type that a value of this encoding has when read.
    public var type: CELType {
        switch self {
        case .int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64: .int
        case .uint32, .uint64, .fixed32, .fixed64: .uint
        case .float, .double: .double
        case .bool: .bool
        case .string: .string
        case .bytes: .bytes
        // Takes null and the enum's constant, which is an int.
        case .nullValue: .wrapper(.int)
        case .enumeration: .int
        case .message(let name): .ofMessage(name)
        case .value: .dyn
        }
    }

    /// What an element is when nothing was set; nil for messages, whose type decides.
    var zero: Value? {
        switch self {
        case .int32, .int64, .sint32, .sint64, .sfixed32, .sfixed64: .int(0)
        case .uint32, .uint64, .fixed32, .fixed64: .uint(0)
        case .float, .double: .double(0)
        case .bool: .bool(false)
        case .string: .string("")
        case .bytes: .bytes([])
        case .nullValue: .null
        case .enumeration: .int(0)
        case .message: nil
        case .value: .null
        }
    }

    /// The encoding that a CEL type has by itself: 64 bits for whole numbers.
    init(_ type: CELType) {
        switch type {
        case .bool: self = .bool
        case .int: self = .int64
        case .uint: self = .uint64
        case .double: self = .double
        case .string: self = .string
        case .bytes: self = .bytes
        case .duration: self = .message(WellKnown.duration)
        case .timestamp: self = .message(WellKnown.timestamp)
        case .any: self = .message(WellKnown.any)
        case .wrapper(.bool): self = .message("google.protobuf.BoolValue")
        case .wrapper(.int): self = .message("google.protobuf.Int64Value")
        case .wrapper(.uint): self = .message("google.protobuf.UInt64Value")
        case .wrapper(.double): self = .message("google.protobuf.DoubleValue")
        case .wrapper(.string): self = .message("google.protobuf.StringValue")
        case .wrapper(.bytes): self = .message("google.protobuf.BytesValue")
        case .message(let name): self = .message(name)
        default: self = .value
        }
    }
}
