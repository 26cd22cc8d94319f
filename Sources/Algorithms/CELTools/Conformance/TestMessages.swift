// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CEL

/// The message types and enums that the conformance data speaks of, declared as data.
package enum TestMessages {
    package static let types: [String: MessageType] = {
        let types = declarations(syntax: .two) + declarations(syntax: .three)
        return Dictionary(types.map { ($0.name, $0) }) { first, _ in first }
    }()

    package static let enums: [String: [String: Int64]] = {
        var enums: [String: [String: Int64]] = [:]
        for syntax in [Syntax.two, .three] {
            enums[syntax.package + ".GlobalEnum"] = ["GOO": 0, "GAR": 1, "GAZ": 2]
            enums[syntax.package + ".TestAllTypes.NestedEnum"] = ["FOO": 0, "BAR": 1, "BAZ": 2]
        }
        return enums
    }()

    private enum Syntax {
        case two, three

        var package: String { self == .two ? "cel.expr.conformance.proto2" : "cel.expr.conformance.proto3" }
        var presence: MessageField.Presence { self == .two ? .tracked : .implicit }
    }

    private static func declarations(syntax: Syntax) -> [MessageType] {
        let (package, presence) = (syntax.package, syntax.presence)
        func field(_ name: String, _ number: Int32, _ encoding: FieldEncoding) -> MessageField {
            MessageField(name: name, number: number, encoding: encoding, presence: presence)
        }
        var types = [
            MessageType(name: package + ".TestAllTypes", fields: allFields(syntax)),
            MessageType(name: package + ".TestAllTypes.NestedMessage", fields: [field("bb", 1, .int32)]),
            MessageType(
                name: package + ".NestedTestAllTypes",
                fields: [
                    field("child", 1, .message(package + ".NestedTestAllTypes")),
                    field("payload", 2, .message(package + ".TestAllTypes")),
                ]),
        ]
        if syntax == .two {
            types.append(MessageType(name: package + ".TestRequired", fields: [field("required_int32", 1, .int32)]))
        }
        return types
    }

    private static func allFields(_ syntax: Syntax) -> [MessageField] {
        singles(syntax) + wellKnown(syntax) + nested(syntax) + repeated(syntax) + maps(syntax) + reserved(syntax)
            + (syntax == .two ? extensions(syntax.package) : [])
    }

    private static let scalars: [(name: String, encoding: FieldEncoding)] = [
        ("int32", .int32), ("int64", .int64), ("uint32", .uint32), ("uint64", .uint64), ("sint32", .sint32), ("sint64", .sint64),
        ("fixed32", .fixed32), ("fixed64", .fixed64), ("sfixed32", .sfixed32), ("sfixed64", .sfixed64), ("float", .float),
        ("double", .double), ("bool", .bool), ("string", .string), ("bytes", .bytes),
    ]

    /// Only the second syntax knows defaults other than zero.
    private static let defaults: [String: Value] = [
        "int32": .int(-32), "int64": .int(-64), "uint32": .uint(32), "uint64": .uint(64), "float": .double(3),
        "double": .double(6.4), "bool": .bool(true), "string": .string("empty"), "bytes": .bytes(Array("none".utf8)),
    ]

    private static func singles(_ syntax: Syntax) -> [MessageField] {
        var fields = scalars.enumerated().map { index, scalar in
            MessageField(
                name: "single_" + scalar.name, number: Int32(index + 1), encoding: scalar.encoding, presence: syntax.presence,
                defaultValue: syntax == .two ? defaults[scalar.name] : nil)
        }
        if syntax == .three {
            fields.append(MessageField(name: "optional_bool", number: 16, encoding: .bool, presence: .tracked))
            fields.append(MessageField(name: "optional_string", number: 17, encoding: .string, presence: .tracked))
        }
        fields.append(MessageField(name: "in", number: 18, encoding: .bool, presence: syntax.presence))
        return fields
    }

    /// In the order of the field numbers.
    private static let wellKnownTypes: [(name: String, type: String)] = [
        ("any", "Any"), ("duration", "Duration"), ("timestamp", "Timestamp"), ("struct", "Struct"), ("value", "Value"),
        ("int64_wrapper", "Int64Value"), ("int32_wrapper", "Int32Value"), ("double_wrapper", "DoubleValue"),
        ("float_wrapper", "FloatValue"), ("uint64_wrapper", "UInt64Value"), ("uint32_wrapper", "UInt32Value"),
        ("string_wrapper", "StringValue"), ("bool_wrapper", "BoolValue"), ("bytes_wrapper", "BytesValue"),
        ("list_value", "ListValue"),
    ]

    private static let null = FieldEncoding.enumeration("google.protobuf.NullValue")

    private static func wellKnown(_ syntax: Syntax) -> [MessageField] {
        var fields: [MessageField] = []
        for (index, type) in wellKnownTypes.enumerated() {
            let encoding = FieldEncoding.message("google.protobuf." + type.type)
            let name = type.name == "list_value" ? type.name : "single_" + type.name
            fields.append(MessageField(name: name, number: Int32(100 + index), encoding: encoding))
            fields.append(
                MessageField(
                    name: "repeated_" + type.name, number: Int32(120 + index), encoding: encoding, cardinality: .repeated))
        }
        return fields + [
            MessageField(name: "null_value", number: 115, encoding: null, presence: syntax.presence),
            MessageField(name: "optional_null_value", number: 116, encoding: null, presence: .tracked),
            MessageField(name: "repeated_null_value", number: 135, encoding: null, cardinality: .repeated),
            MessageField(name: "field_mask", number: 117, encoding: .message("google.protobuf.FieldMask")),
            MessageField(name: "empty", number: 118, encoding: .message("google.protobuf.Empty")),
        ]
    }

    private static func nestedMessage(_ syntax: Syntax) -> FieldEncoding {
        .message(syntax.package + ".TestAllTypes.NestedMessage")
    }

    private static func nestedEnum(_ syntax: Syntax) -> FieldEncoding {
        .enumeration(syntax.package + ".TestAllTypes.NestedEnum")
    }

    private static func nested(_ syntax: Syntax) -> [MessageField] {
        let (message, enumeration) = (nestedMessage(syntax), nestedEnum(syntax))
        return [
            MessageField(name: "single_nested_message", number: 21, encoding: message, oneof: "nested_type"),
            MessageField(
                name: "single_nested_enum", number: 22, encoding: enumeration, defaultValue: syntax == .two ? .int(1) : nil,
                oneof: "nested_type"),
            MessageField(name: "standalone_message", number: 23, encoding: message),
            MessageField(name: "standalone_enum", number: 24, encoding: enumeration, presence: syntax.presence),
            MessageField(
                name: "oneof_type", number: 400, encoding: .message(syntax.package + ".NestedTestAllTypes"), oneof: "kind"),
            MessageField(name: "oneof_msg", number: 401, encoding: message, oneof: "kind"),
            MessageField(name: "oneof_bool", number: 402, encoding: .bool, oneof: "kind"),
        ]
    }

    private static func repeated(_ syntax: Syntax) -> [MessageField] {
        let more: [(String, FieldEncoding)] = [
            ("nested_message", nestedMessage(syntax)), ("nested_enum", nestedEnum(syntax)), ("string_piece", .string),
            ("cord", .string), ("lazy_message", nestedMessage(syntax)),
        ]
        return scalars.enumerated().map { index, scalar in
            MessageField(
                name: "repeated_" + scalar.name, number: Int32(31 + index), encoding: scalar.encoding, cardinality: .repeated)
        }
            + more.enumerated().map { index, field in
                MessageField(name: "repeated_" + field.0, number: Int32(51 + index), encoding: field.1, cardinality: .repeated)
            }
    }

    /// For every type of key three runs of field numbers: plain values, times, and the other well-known types.
    private static func maps(_ syntax: Syntax) -> [MessageField] {
        let plain: [(String, FieldEncoding)] =
            ["bool", "string", "bytes", "int32", "int64", "uint32", "uint64", "float", "double"].map { name in
                (name, scalars.first { $0.name == name }?.encoding ?? .value)
            } + [("enum", nestedEnum(syntax)), ("message", nestedMessage(syntax))]
        let times: [(String, FieldEncoding)] = [
            ("duration", .message("google.protobuf.Duration")), ("timestamp", .message("google.protobuf.Timestamp")),
            ("null_value", null),
        ]
        // Any, Struct, Value, ListValue and the wrappers.
        let others: [(String, FieldEncoding)] = [0, 3, 4, 14, 5, 6, 7, 8, 9, 10, 11, 12, 13].map { place in
            (wellKnownTypes[place].name, .message("google.protobuf." + wellKnownTypes[place].type))
        }
        let keys: [(name: String, key: FieldEncoding, plain: [Int32], times: Int32, others: Int32)] = [
            ("bool", .bool, Array(63...73), 228, 246), ("int32", .int32, Array(74...84), 231, 259),
            ("int64", .int64, Array(85...95), 234, 272),
            ("uint32", .uint32, Array(96...99) + Array(200...206), 237, 285), ("uint64", .uint64, Array(207...217), 240, 298),
            ("string", .string, [218, 61] + Array(219...227), 243, 311),
        ]
        var fields = [
            MessageField(
                name: "map_int64_nested_type", number: 62, encoding: .message(syntax.package + ".NestedTestAllTypes"),
                cardinality: .map(key: .int64))
        ]
        for key in keys {
            let numbers = key.plain + Array(key.times..<key.times + 3) + Array(key.others..<key.others + 13)
            for (value, number) in zip(plain + times + others, numbers) {
                fields.append(
                    MessageField(
                        name: "map_\(key.name)_\(value.0)", number: number, encoding: value.1, cardinality: .map(key: key.key)))
            }
        }
        return fields
    }

    /// Names that are words of the language, or once were.
    private static func reserved(_ syntax: Syntax) -> [MessageField] {
        [
            "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
            "return", "var", "void", "while",
        ].enumerated().map { index, name in
            MessageField(name: name, number: Int32(500 + index), encoding: .bool, presence: syntax.presence)
        }
    }

    private static func extensions(_ package: String) -> [MessageField] {
        let message = FieldEncoding.message(package + ".TestAllTypes")
        let enumeration = FieldEncoding.enumeration(package + ".TestAllTypes.NestedEnum")
        let scope = package + ".Proto2ExtensionScopedMessage"
        return [
            MessageField(name: package + ".int32_ext", number: 1000, encoding: .int32, presence: .tracked),
            MessageField(name: package + ".nested_ext", number: 1001, encoding: message),
            MessageField(name: package + ".test_all_types_ext", number: 1002, encoding: message),
            MessageField(name: package + ".nested_enum_ext", number: 1003, encoding: enumeration, presence: .tracked),
            MessageField(name: package + ".repeated_test_all_types", number: 1004, encoding: message, cardinality: .repeated),
            MessageField(name: scope + ".int64_ext", number: 1005, encoding: .int64, presence: .tracked),
            MessageField(name: scope + ".message_scoped_nested_ext", number: 1006, encoding: message),
            MessageField(name: scope + ".nested_enum_ext", number: 1007, encoding: enumeration, presence: .tracked),
            MessageField(
                name: scope + ".message_scoped_repeated_test_all_types", number: 1008, encoding: message, cardinality: .repeated),
        ]
    }
}
