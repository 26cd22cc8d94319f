// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The messages of `google.protobuf` that have a meaning of their own in CEL.
enum WellKnown {
    static let any = "google.protobuf.Any"
    static let duration = "google.protobuf.Duration"
    static let timestamp = "google.protobuf.Timestamp"
    static let structure = "google.protobuf.Struct"
    static let value = "google.protobuf.Value"
    static let listValue = "google.protobuf.ListValue"
    static let fieldMask = "google.protobuf.FieldMask"
    static let empty = "google.protobuf.Empty"

    /// What a message type is when its values are read; nil for types that are plain messages.
    static let meanings: [String: CELType] = {
        var meanings: [String: CELType] = [
            any: .any, duration: .duration, timestamp: .timestamp, structure: .map(.string, .dyn), value: .dyn,
            listValue: .list(.dyn),
        ]
        for (name, encoding) in wrappers { meanings[name] = .wrapper(encoding.type) }
        return meanings
    }()

    static let wrappers: [String: FieldEncoding] = [
        "google.protobuf.BoolValue": .bool, "google.protobuf.BytesValue": .bytes, "google.protobuf.DoubleValue": .double,
        "google.protobuf.FloatValue": .float, "google.protobuf.Int32Value": .int32, "google.protobuf.Int64Value": .int64,
        "google.protobuf.StringValue": .string, "google.protobuf.UInt32Value": .uint32, "google.protobuf.UInt64Value": .uint64,
    ]

    static let types: [String: MessageType] = {
        var types = [
            MessageType(name: any, fields: [field("type_url", 1, .string), field("value", 2, .bytes)]),
            MessageType(name: duration, fields: [field("seconds", 1, .int64), field("nanos", 2, .int32)]),
            MessageType(name: timestamp, fields: [field("seconds", 1, .int64), field("nanos", 2, .int32)]),
            MessageType(name: structure, fields: [field("fields", 1, .message(value), .map(key: .string))]),
            MessageType(name: listValue, fields: [field("values", 1, .message(value), .repeated)]),
            MessageType(
                name: value,
                fields: [
                    field("null_value", 1, .nullValue, oneof: "kind"), field("number_value", 2, .double, oneof: "kind"),
                    field("string_value", 3, .string, oneof: "kind"), field("bool_value", 4, .bool, oneof: "kind"),
                    field("struct_value", 5, .message(structure), oneof: "kind"),
                    field("list_value", 6, .message(listValue), oneof: "kind"),
                ]),
            MessageType(name: fieldMask, fields: [field("paths", 1, .string, .repeated)]),
            MessageType(name: empty, fields: []),
        ]
        types += wrappers.map { MessageType(name: $0, fields: [field("value", 1, $1)]) }
        return Dictionary(types.map { ($0.name, $0) }) { first, _ in first }
    }()

    private static func field(
        _ name: String, _ number: Int32, _ encoding: FieldEncoding, _ cardinality: MessageField.Cardinality = .single,
        oneof: String? = nil
    ) -> MessageField {
        MessageField(name: name, number: number, encoding: encoding, cardinality: cardinality, oneof: oneof)
    }
}

extension CELType {
    /// The type of values of the named message type as CEL reads them: `google.protobuf.Int32Value` is a wrapper of int,
    /// `google.protobuf.Struct` a map, most names are messages.
    public static func ofMessage(_ name: String) -> CELType { WellKnown.meanings[name] ?? .message(name) }
}

extension WellKnown {
    /// The CEL value that a message of a well-known type stands for; a message of another type is itself.
    static func meaning(of message: MessageValue) -> Value {
        let name = message.type.name
        if wrappers[name] != nil { return message.get("value") }
        switch name {
        case any: return AnyPacking.unpack(message)
        case value: return message.firstSet ?? .null
        case structure: return message.get("fields")
        case listValue: return message.get("values")
        case duration: return durationValue(message)
        case timestamp: return timestampValue(message)
        default: return .message(message)
        }
    }

    /// What a field of a message type reads as while it is not set.
    static func unset(_ name: String, in types: MessageTypes) -> Value {
        if wrappers[name] != nil { return .null }
        switch name {
        case any, value: return .null
        case structure: return .map(MapValue())
        case listValue: return .list([])
        case duration: return .duration(nanoseconds: 0)
        case timestamp: return Timestamp(seconds: 0).map { .timestamp($0) } ?? .overflow
        default:
            guard let type = types[name] else { return .failure(.noSuchField, "there is no message type '\(name)'") }
            return .message(MessageValue(type, in: types))
        }
    }

    private static func parts(_ message: MessageValue) -> (seconds: Int64, nanoseconds: Int64)? {
        guard case .int(let seconds) = message.get("seconds"), case .int(let nanoseconds) = message.get("nanos") else {
            return nil
        }
        return (seconds, nanoseconds)
    }

    private static func durationValue(_ message: MessageValue) -> Value {
        guard let (seconds, nanoseconds) = parts(message), abs(nanoseconds) < 1_000_000_000,
            seconds == 0 || nanoseconds == 0 || (seconds < 0) == (nanoseconds < 0)
        else { return .failure(.badConversion, "this is no duration: seconds and nanos do not fit together") }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(nanoseconds)
        return overflow || carried ? .overflow : .duration(nanoseconds: sum)
    }

    private static func timestampValue(_ message: MessageValue) -> Value {
        guard let (seconds, nanoseconds) = parts(message), let small = Int32(exactly: nanoseconds),
            let time = Timestamp(seconds: seconds, nanoseconds: small)
        else { return .failure(.overflow, "this is no timestamp between the years 1 and 9999") }
        return .timestamp(time)
    }
}
