// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What people see of a message.
enum MatrixText {
    /// The plain text, and the formatted one where it says something else: clients show the latter, so both count.
    static func visible(_ content: JSONValue) -> String? {
        let body = content["body"]?.string
        guard let formatted = content["formatted_body"]?.string else { return body }
        let shown = withoutMarkup(formatted)
        guard !shown.isEmpty, words(shown) != words(body ?? "") else { return body }
        return body.map { "\($0)\n\(shown)" } ?? shown
    }

    private static func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }

    /// Tags removed, character references resolved; one pass, whatever is thrown at it.
    private static func withoutMarkup(_ html: String) -> String {
        var text: [UInt8] = []
        var bytes = Array(html.utf8)[...]
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "<"):
                guard let end = bytes.firstIndex(of: UInt8(ascii: ">")) else { return String(decoding: text + [byte] + bytes, as: UTF8.self) }
                bytes = bytes[(end + 1)...]
            case UInt8(ascii: "&"):
                guard let end = bytes.prefix(10).firstIndex(of: UInt8(ascii: ";")),
                    let character = reference(String(decoding: bytes[..<end], as: UTF8.self))
                else {
                    text.append(byte)
                    continue
                }
                text += Array(character.utf8)
                bytes = bytes[(end + 1)...]
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func reference(_ name: String) -> String? {
        let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " "]
        if let known = named[name] { return known }
        let number = name.hasPrefix("#x") || name.hasPrefix("#X") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
        guard name.hasPrefix("#"), let number, let scalar = Unicode.Scalar(number) else { return nil }
        return String(Character(scalar))
    }
}
