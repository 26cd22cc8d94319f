// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CEL
import Foundation

/// CEL values as the JSON that people write: objects are maps, whole numbers ints, other numbers doubles.
package enum PlainJSON {
    package static func value(_ json: JSON) -> Value {
        switch json {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let digits): number(digits)
        case .string(let text): .string(text)
        case .array(let elements): .list(elements.map(value))
        case .object(let members): .map(MapValue(members.map { (key: $0.name, value: value($0.value)) }))
        }
    }

    private static func number(_ digits: String) -> Value {
        if let whole = Int64(digits) { return .int(whole) }
        if let natural = UInt64(digits) { return .uint(natural) }
        return .double(Double(digits) ?? .nan)
    }

    /// The value as JSON; what JSON does not know becomes text.
    package static func json(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .number(String(number))
        case .uint(let number): .number(String(number))
        case .double(let number): number.isFinite ? .number(number.description) : .string(number.description)
        case .string(let text): .string(text)
        case .bytes(let bytes): .string(Data(bytes).base64EncodedString())
        case .list(let elements): .array(elements.map(json))
        case .map(let map): .object(map.entries.map { (name(of: $0.key), json($0.value)) })
        case .optional(let value): value.map(json) ?? .null
        case .message(let message): .object(message.setFields.map { ($0.field.name, json($0.value)) })
        case .duration(let nanoseconds): .string(TimeSpan.text(nanoseconds))
        case .timestamp, .type, .object, .error, .unknown: .string(words(value))
        }
    }

    private static func name(of key: Value) -> String { if case .string(let text) = key { text } else { key.description } }

    private static func words(_ value: Value) -> String {
        // `timestamp("…")` without what stands around the text.
        guard case .timestamp = value else { return value.description }
        return value.description.split(separator: "\"").dropFirst().first.map(String.init) ?? value.description
    }
}

private enum TimeSpan {
    static func text(_ nanoseconds: Int64) -> String {
        let words = Value.duration(nanoseconds: nanoseconds).description.split(separator: "\"")
        return words.dropFirst().first.map(String.init) ?? ""
    }
}

extension PlainJSON {
    /// The value as a declared type: text becomes a timestamp, a duration or bytes, a whole number a uint or a double.
    ///
    /// - Returns: Nil when the JSON is no such value.
    package static func value(_ json: JSON, as type: CELType) -> Value? {
        switch (type, json, value(json)) {
        case (.timestamp, .string, let text): return converted(text, "timestamp")
        case (.duration, .string, let text): return converted(text, "duration")
        case (.bytes, .string(let text), _): return Data(base64Encoded: text).map { .bytes(Array($0)) }
        case (.uint, .number, let number): return converted(number, "uint")
        case (.double, .number(let digits), _): return Double(digits).map { .double($0) }
        case (.list(let element), .array(let elements), _):
            let values = elements.compactMap { value($0, as: element) }
            return values.count == elements.count ? .list(values) : nil
        case (.map(.string, let element), .object(let members), _):
            let fields = members.compactMap { member in value(member.value, as: element).map { (key: member.name, value: $0) } }
            return fields.count == members.count ? .map(MapValue(fields)) : nil
        case (.wrapper(let inner), _, let value):
            if case .null = value { return value }
            return self.value(json, as: inner)
        case (.bool, .bool, let value), (.string, .string, let value), (.null, .null, let value): return value
        case (.int, .number, .int(let number)): return .int(number)
        case (.dyn, _, let value), (.any, _, let value), (.map(.dyn, _), .object, let value): return value
        default: return nil
        }
    }

    /// What the language's own conversion makes of a value; nil for an error.
    private static func converted(_ value: Value, _ function: String) -> Value? {
        guard let program = try? Program.compile("\(function)(x)", declarations: ["x": .dyn]) else { return nil }
        let result = program.evaluate(["x": value] as NamedBindings)
        if case .error = result { return nil }
        return result
    }
}
