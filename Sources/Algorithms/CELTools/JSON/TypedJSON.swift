// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CEL
import Foundation

/// CEL values and types as the conformance data writes them: every value says its type.
///
/// `{"t": "int", "v": "1"}`, `{"t": "list", "v": […]}`; a type is `{"kind": "list", "params": [{"kind": "int"}]}`.
package struct TypedJSON: Sendable {
    private let types: MessageTypes

    package init(_ types: MessageTypes) { self.types = types }

    /// What is wrong with a description.
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    package func value(_ json: JSON) throws(Problem) -> Value {
        guard let kind = json["t"]?.text else { throw Problem("a value without its kind: \(json)") }
        let payload = json["v"] ?? .null
        switch kind {
        case "null": return .null
        case "bool": if let flag = payload.flag { return .bool(flag) }
        case "int": if let number = payload.text.flatMap({ Int64($0) }) { return .int(number) }
        case "uint": if let number = payload.text.flatMap({ UInt64($0) }) { return .uint(number) }
        case "double": if let number = payload.text.flatMap({ Double($0) }) { return .double(number) }
        case "string": if let text = payload.text { return .string(text) }
        case "bytes": if let bytes = bytes(payload) { return .bytes(bytes) }
        case "type": if let name = payload.text { return .type(name) }
        case "list": return .list(try values(payload))
        case "map": return try map(payload)
        case "timestamp", "duration": if let time = time(kind, payload) { return time }
        case "enum":
            if let number = payload["number"], case .number(let digits) = number, let value = Int64(digits) { return .int(value) }
        case "message": return try message(payload)
        case "optional": return .optional(try payload.elements?.first.map { json throws(Problem) in try value(json) })
        default: throw Problem("values of the kind '\(kind)' are not known")
        }
        throw Problem("this is no \(kind): \(payload)")
    }

    private func values(_ json: JSON) throws(Problem) -> [Value] {
        var values: [Value] = []
        for element in json.elements ?? [] { values.append(try value(element)) }
        return values
    }

    private func map(_ json: JSON) throws(Problem) -> Value {
        var pairs: [(key: Value, value: Value)] = []
        for element in json.elements ?? [] {
            let pair = try values(element)
            guard pair.count == 2 else { throw Problem("an entry of a map is a key and a value") }
            pairs.append((pair[0], pair[1]))
        }
        guard let map = MapValue(pairs: pairs) else { throw Problem("a key comes twice or cannot be a key") }
        return .map(map)
    }

    private func bytes(_ json: JSON) -> [UInt8]? {
        json.text.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }

    private func time(_ kind: String, _ json: JSON) -> Value? {
        guard let seconds = json["seconds"]?.text.flatMap({ Int64($0) }),
            case .number(let digits) = json["nanos"] ?? .number("0"), let nanos = Int32(digits)
        else { return nil }
        if kind == "timestamp" { return Timestamp(seconds: seconds, nanoseconds: nanos).map { .timestamp($0) } }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(Int64(nanos))
        return overflow || carried ? nil : .duration(nanoseconds: sum)
    }

    private func message(_ json: JSON) throws(Problem) -> Value {
        guard let type = json["type"]?.text, let bytes = json["wire"].flatMap({ bytes($0) }) else {
            throw Problem("a message needs its type and its wire format")
        }
        do { return try types.decode(bytes, as: type) } catch { throw Problem("\(type): \(error)") }
    }

    /// The value in the same form; messages and values of libraries as text.
    package static func json(_ value: Value) -> JSON {
        func typed(_ kind: String, _ payload: JSON) -> JSON { .object([("t", .string(kind)), ("v", payload)]) }
        func time(_ kind: String, _ seconds: Int64, _ nanos: Int64) -> JSON {
            typed(kind, .object([("seconds", .string(String(seconds))), ("nanos", .number(String(nanos)))]))
        }
        switch value {
        case .null: return typed("null", .null)
        case .bool(let flag): return typed("bool", .bool(flag))
        case .int(let number): return typed("int", .string(String(number)))
        case .uint(let number): return typed("uint", .string(String(number)))
        case .double(let number):
            let text = number.isNaN ? "NaN" : number.isFinite ? number.description : number < 0 ? "-Infinity" : "Infinity"
            return typed("double", .string(text))
        case .string(let text): return typed("string", .string(text))
        case .bytes(let bytes): return typed("bytes", .string(Data(bytes).base64EncodedString()))
        case .list(let elements): return typed("list", .array(elements.map(json)))
        case .map(let map): return typed("map", .array(map.entries.map { .array([json($0.key), json($0.value)]) }))
        case .type(let name): return typed("type", .string(name))
        case .timestamp(let instant): return time("timestamp", instant.seconds, Int64(instant.nanoseconds))
        case .duration(let nanoseconds): return time("duration", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
        case .optional(let value): return typed("optional", .array(value.map { [json($0)] } ?? []))
        case .message, .object, .error, .unknown: return typed(value.typeName, .string(value.description))
        }
    }

    package func type(_ json: JSON) throws(Problem) -> CELType {
        guard let kind = json["kind"]?.text else { throw Problem("a type without its kind: \(json)") }
        var parameters: [CELType] = []
        for parameter in json["params"]?.elements ?? [] { parameters.append(try type(parameter)) }
        let name = json["name"]?.text ?? ""
        switch (kind, parameters.count) {
        case ("dyn", _): return .dyn
        case ("null", _): return .null
        case ("bool", _): return .bool
        case ("int", _): return .int
        case ("uint", _): return .uint
        case ("double", _): return .double
        case ("string", _): return .string
        case ("bytes", _): return .bytes
        case ("timestamp", _): return .timestamp
        case ("duration", _): return .duration
        case ("any", _): return .any
        case ("error", _): return .error
        case ("list", 1): return .list(parameters[0])
        case ("map", 2): return .map(parameters[0], parameters[1])
        case ("wrapper", 1): return .wrapper(parameters[0])
        case ("type", _): return .type(parameters.first)
        case ("abstract", 1) where name == "optional_type": return .optional(parameters[0])
        case ("abstract", _): return .opaque(name, parameters)
        case ("message", _): return .ofMessage(name)
        case ("typeParam", _): return .parameter(name)
        default: throw Problem("types of the kind '\(kind)' are not known")
        }
    }
}
