// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Value: CustomStringConvertible {
    /// The value as CEL would write it; errors and unknowns in words.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .int(let number): String(number)
        case .uint(let number): "\(number)u"
        case .double(let number): NumberText.shortest(number)
        case .string(let text): Self.quoted(text)
        case .bytes(let bytes): "b'" + bytes.map { "\\x" + Self.hex($0) }.joined() + "'"
        case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .map(let map): "{" + map.entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        case .duration(let nanoseconds): "duration(\"\(TimeText.duration(nanoseconds))\")"
        case .timestamp(let time): "timestamp(\"\(TimeText.timestamp(time))\")"
        case .type(let name): name
        case .optional(let value): value.map { "optional.of(\($0))" } ?? "optional.none()"
        case .message(let message): message.description
        case .object(let object): object.description
        case .error(let error): "error: \(error.message)"
        case .unknown(let reasons): "unknown: \(reasons.joined(separator: "; "))"
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
