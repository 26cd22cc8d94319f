// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")

    static let conversions: [Function] = [
        Function("dyn", [takes("dyn", a, gives: .dyn)]) { $0 },
        Function("type", [takes("type", a, gives: .type(a))]) { .type($0.typeName) },
        conversion("bool", [.bool, .string], .bool, bool),
        conversion("int", [.int, .uint, .double, .string, .timestamp], .int, int),
        conversion("uint", [.int, .uint, .double, .string], .uint, uint),
        conversion("double", [.int, .uint, .double, .string], .double, double),
        conversion(
            "string", [.string, .bool, .int, .uint, .double, .bytes, .timestamp, .duration], .string, cost: .perCharacter([0]),
            string),
        conversion("bytes", [.bytes, .string], .bytes, cost: .perCharacter([0])) { value in
            switch value {
            case .bytes: value
            case .string(let text): .bytes(Array(text.utf8))
            default: .noOverload("bytes", value)
            }
        },
        conversion("timestamp", [.timestamp, .string, .int], .timestamp) { value in
            switch value {
            case .timestamp: value
            case .string(let text):
                TimeText.timestamp(parsing: text).map { .timestamp($0) } ?? .failure(.badConversion, "the text is no timestamp")
            case .int(let seconds): Timestamp(seconds: seconds).map { .timestamp($0) } ?? .overflow
            default: .noOverload("timestamp", value)
            }
        },
        conversion("duration", [.duration, .string], .duration) { value in
            switch value {
            case .duration: value
            case .string(let text):
                TimeText.duration(parsing: text).map { .duration(nanoseconds: $0) }
                    ?? .failure(.badConversion, "the text is no duration, or it is out of range")
            default: .noOverload("duration", value)
            }
        },
    ]

    private static func conversion(
        _ name: String, _ from: [CELType], _ result: CELType, cost: Cost = .constant(1),
        _ body: @escaping @Sendable (Value) -> Value
    ) -> Function {
        Function(name, from.map { takes(name, $0, gives: result) }, cost: cost, body)
    }

    private static func bool(_ value: Value) -> Value {
        switch value {
        case .bool: return value
        case .string("true"), .string("TRUE"), .string("True"), .string("t"), .string("T"), .string("1"): return .bool(true)
        case .string("false"), .string("FALSE"), .string("False"), .string("f"), .string("F"), .string("0"): return .bool(false)
        case .string: return .failure(.badConversion, "the text is no bool")
        default: return .noOverload("bool", value)
        }
    }

    private static func int(_ value: Value) -> Value {
        switch value {
        case .int: return value
        case .uint(let number): return Int64(exactly: number).map { .int($0) } ?? .overflow
        case .double(let number):
            // The standard excludes both ends: neither is exact as a double.
            guard number > -0x1p63, number < 0x1p63 else { return .overflow }
            return .int(Int64(number))
        case .string(let text): return Int64(text).map { .int($0) } ?? .failure(.badConversion, "the text is no int")
        case .timestamp(let time): return .int(time.seconds)
        default: return .noOverload("int", value)
        }
    }

    private static func uint(_ value: Value) -> Value {
        switch value {
        case .uint: return value
        case .int(let number): return UInt64(exactly: number).map { .uint($0) } ?? .overflow
        case .double(let number):
            guard number >= 0, number < 0x1p64 else { return .overflow }
            return .uint(UInt64(number))
        case .string(let text):
            // No sign, not even of zero.
            guard text.utf8.first?.isDigit == true, let number = UInt64(text) else {
                return .failure(.badConversion, "the text is no uint")
            }
            return .uint(number)
        default: return .noOverload("uint", value)
        }
    }

    private static func double(_ value: Value) -> Value {
        switch value {
        case .double: return value
        case .int(let number): return .double(Double(number))
        case .uint(let number): return .double(Double(number))
        case .string(let text): return Double(text).map { .double($0) } ?? .failure(.badConversion, "the text is no double")
        default: return .noOverload("double", value)
        }
    }

    private static func string(_ value: Value) -> Value {
        switch value {
        case .string: return value
        case .bool(let bool): return .string(bool ? "true" : "false")
        case .int(let number): return .string(String(number))
        case .uint(let number): return .string(String(number))
        case .double(let number): return .string(NumberText.shortest(number))
        case .bytes(let bytes):
            return String(validating: bytes, as: UTF8.self).map { .string($0) }
                ?? .failure(.badConversion, "the bytes are no UTF-8")
        case .timestamp(let time): return .string(TimeText.timestamp(time))
        case .duration(let nanoseconds): return .string(TimeText.duration(nanoseconds))
        default: return .noOverload("string", value)
        }
    }
}
