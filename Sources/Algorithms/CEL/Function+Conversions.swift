// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")

    static let conversions: [Function] = [
        unary("dyn", [takes(a, gives: .dyn)]) { $0 },
        unary("type", [takes(a, gives: .type)]) { .type($0.typeName) },
        unary("bool", [.bool, .string].map { takes($0, gives: .bool) }, bool),
        unary("int", [.int, .uint, .double, .string, .timestamp].map { takes($0, gives: .int) }, int),
        unary("uint", [.int, .uint, .double, .string].map { takes($0, gives: .uint) }, uint),
        unary("double", [.int, .uint, .double, .string].map { takes($0, gives: .double) }, double),
        unary(
            "string",
            [.string, .bool, .int, .uint, .double, .bytes, .timestamp, .duration].map { takes($0, gives: .string) }, string),
        unary("bytes", [.bytes, .string].map { takes($0, gives: .bytes) }) { value in
            switch value {
            case .bytes: value
            case .string(let text): .bytes(Array(text.utf8))
            default: .noOverload("bytes", value)
            }
        },
    ]

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
        case .string(let text): return UInt64(text).map { .uint($0) } ?? .failure(.badConversion, "the text is no uint")
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

/// Doubles as text.
enum NumberText {
    /// The fewest digits that read back as the same number; with an exponent below 1e-4 and from 1e21 up.
    static func shortest(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "+Infinity" }
        let sign = number.sign == .minus ? "-" : ""
        if number == 0 { return sign + "0" }
        let (digits, point) = decimal(number.magnitude)
        if point < -3 || point > 21 {
            let exponent = point - 1
            let magnitude = String(exponent.magnitude)
            let fraction = digits.count > 1 ? "." + String(digits.dropFirst()) : ""
            let padded = magnitude.count < 2 ? "0" + magnitude : magnitude
            return sign + String(digits.prefix(1)) + fraction + "e" + (exponent < 0 ? "-" : "+") + padded
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + String(digits.prefix(point)) + "." + String(digits.dropFirst(point))
    }

    /// Significant digits without zeros at either end, and where the decimal point stands relative to their start.
    private static func decimal(_ magnitude: Double) -> (digits: String, point: Int) {
        let parts = magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var point = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = whole + fraction
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }
}
