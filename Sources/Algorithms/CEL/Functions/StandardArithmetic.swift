// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")

    static let arithmetic: [Function] = [
        Function(
            "_+_",
            [.int, .double, .string, .uint, .bytes, .duration].map { takes("_+_", $0, $0, gives: $0) } + [
                takes("_+_", .timestamp, .duration, gives: .timestamp), takes("_+_", .duration, .timestamp, gives: .timestamp),
                takes("_+_", .list(a), .list(a), gives: .list(a)),
            ], cost: .perCharacterOfResult, add),
        Function(
            "_-_",
            [.int, .double, .uint, .duration].map { takes("_-_", $0, $0, gives: $0) } + [
                takes("_-_", .timestamp, .duration, gives: .timestamp), takes("_-_", .timestamp, .timestamp, gives: .duration),
            ], subtract),
        Function("_*_", [.int, .double, .uint].map { takes("_*_", $0, $0, gives: $0) }) { left, right in
            switch (left, right) {
            case (.int(let a), .int(let b)): checked(a.multipliedReportingOverflow(by: b)) { .int($0) }
            case (.uint(let a), .uint(let b)): checked(a.multipliedReportingOverflow(by: b)) { .uint($0) }
            case (.double(let a), .double(let b)): .double(a * b)
            default: .noOverload("_*_", left, right)
            }
        },
        Function("_/_", [.int, .uint, .double].map { takes("_/_", $0, $0, gives: $0) }) { left, right in
            switch (left, right) {
            case (.int(_), .int(0)), (.uint(_), .uint(0)): .failure(.divideByZero, "division by zero")
            case (.int(let a), .int(let b)): checked(a.dividedReportingOverflow(by: b)) { .int($0) }
            case (.uint(let a), .uint(let b)): .uint(a / b)
            case (.double(let a), .double(let b)): .double(a / b)
            default: .noOverload("_/_", left, right)
            }
        },
        Function("_%_", [.int, .uint].map { takes("_%_", $0, $0, gives: $0) }) { left, right in
            switch (left, right) {
            case (.int(_), .int(0)), (.uint(_), .uint(0)): .failure(.divideByZero, "modulus by zero")
            case (.int(let a), .int(let b)): checked(a.remainderReportingOverflow(dividingBy: b)) { .int($0) }
            case (.uint(let a), .uint(let b)): .uint(a % b)
            default: .noOverload("_%_", left, right)
            }
        },
        Function("-_", [takes("-_", .int, gives: .int), takes("-_", .double, gives: .double)]) { value in
            switch value {
            case .int(let number): checked(Int64(0).subtractingReportingOverflow(number)) { .int($0) }
            case .double(let number): .double(-number)
            default: .noOverload("-_", value)
            }
        },
    ]

    private static func checked<T>(_ result: (partialValue: T, overflow: Bool), _ make: (T) -> Value) -> Value {
        result.overflow ? .overflow : make(result.partialValue)
    }

    private static func add(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.int(let a), .int(let b)): return checked(a.addingReportingOverflow(b)) { .int($0) }
        case (.uint(let a), .uint(let b)): return checked(a.addingReportingOverflow(b)) { .uint($0) }
        case (.double(let a), .double(let b)): return .double(a + b)
        case (.string(let a), .string(let b)): return .string(a + b)
        case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
        case (.list(let a), .list(let b)): return .list(a + b)
        case (.duration(let a), .duration(let b)): return checked(a.addingReportingOverflow(b)) { .duration(nanoseconds: $0) }
        case (.timestamp(let time), .duration(let delta)), (.duration(let delta), .timestamp(let time)):
            return time.advanced(byNanoseconds: delta).map { .timestamp($0) } ?? .overflow
        default: return .noOverload("_+_", left, right)
        }
    }

    private static func subtract(_ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.int(let a), .int(let b)): return checked(a.subtractingReportingOverflow(b)) { .int($0) }
        case (.uint(let a), .uint(let b)): return checked(a.subtractingReportingOverflow(b)) { .uint($0) }
        case (.double(let a), .double(let b)): return .double(a - b)
        case (.duration(let a), .duration(let b)):
            return checked(a.subtractingReportingOverflow(b)) { .duration(nanoseconds: $0) }
        case (.timestamp(let a), .timestamp(let b)):
            return a.nanoseconds(since: b).map { .duration(nanoseconds: $0) } ?? .overflow
        case (.timestamp(let time), .duration(let delta)):
            guard delta != .min else { return .overflow }
            return time.advanced(byNanoseconds: -delta).map { .timestamp($0) } ?? .overflow
        default: return .noOverload("_-_", left, right)
        }
    }
}
