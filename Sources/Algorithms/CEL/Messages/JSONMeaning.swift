// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a value is when it is put into a `google.protobuf.Value`, `Struct` or `ListValue`: only what JSON knows.
enum JSONMeaning {
    /// Whole numbers beyond this are not exact as doubles and become text.
    private static let exact = 9_007_199_254_740_991

    static func of(_ value: Value) throws(EvaluationError) -> Value {
        switch value {
        case .null, .bool, .string, .double: return value
        case .int(let number):
            return number.magnitude <= UInt64(exact) ? .double(Double(number)) : .string(String(number))
        case .uint(let number): return number <= UInt64(exact) ? .double(Double(number)) : .string(String(number))
        case .bytes(let bytes): return .string(base64(bytes))
        case .duration(let nanoseconds): return .string(TimeText.duration(nanoseconds))
        case .timestamp(let time): return .string(TimeText.timestamp(time))
        case .list(let elements):
            var result: [Value] = []
            for element in elements { result.append(try of(element)) }
            return .list(result)
        case .map(let map):
            var result = MapValue()
            for entry in map.entries {
                guard case .string = entry.key, let normal = MapKey(entry.key) else { throw unfit(entry.key, "as a key") }
                _ = result.insert(entry.key, normal: normal, try of(entry.value))
            }
            return .map(result)
        case .message(let message): return try of(message)
        default: throw unfit(value, "as a value")
        }
    }

    private static func of(_ message: MessageValue) throws(EvaluationError) -> Value {
        switch message.type.name {
        case WellKnown.empty: return .map(MapValue())
        case WellKnown.fieldMask:
            guard case .list(let paths) = message.get("paths") else { return .string("") }
            let texts = paths.map { path -> String in if case .string(let text) = path { camelCase(text) } else { "" } }
            return .string(texts.joined(separator: ","))
        default: throw unfit(.message(message), "as a value")
        }
    }

    private static func unfit(_ value: Value, _ role: String) -> EvaluationError {
        EvaluationError(.badConversion, "JSON has no \(value.typeName) \(role)")
    }

    /// `user_name` as JSON writes field names: `userName`.
    private static func camelCase(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words.prefix(1).joined() + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
