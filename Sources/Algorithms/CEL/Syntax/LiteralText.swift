// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Values as expressions that give them.
enum LiteralText {
    static func text(_ value: Value) -> String {
        switch value {
        case .double(let number): double(number)
        case .string(let text): quoted(text)
        case .bytes(let bytes): "b\"" + bytes.map(byte).joined() + "\""
        case .list(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
        case .map(let map): "{" + map.entries.map { text($0.key) + ": " + text($0.value) }.joined(separator: ", ") + "}"
        case .optional(let value): value.map { "optional.of(\(text($0)))" } ?? "optional.none()"
        default: value.description
        }
    }

    /// Always with a point or an exponent: otherwise it would be an int.
    private static func double(_ number: Double) -> String {
        guard number.isFinite else { return "double(\"\(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")\")" }
        let text = NumberText.shortest(number)
        return text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") } ? text : text + ".0"
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
            case "\u{0}"..<" ", "\u{7F}": result += "\\x" + hex(UInt8(scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func byte(_ byte: UInt8) -> String {
        let isPlain = (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        return isPlain ? String(Unicode.Scalar(byte)) : "\\x" + hex(byte)
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
