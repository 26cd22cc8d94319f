// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Writes the little of RFC 8785 (canonical JSON) that the ledger needs: texts, integers and flat objects.
struct CanonicalJSON {
    enum Value {
        case text(String)
        case integer(Int64)
        case texts([String: String])
    }

    private(set) var output = ""

    /// Keys must come sorted.
    mutating func object(_ members: [(key: String, value: Value)]) {
        output += "{"
        for (index, member) in members.enumerated() {
            if index > 0 { output += "," }
            quoted(member.key)
            output += ":"
            write(member.value)
        }
        output += "}"
    }

    private mutating func write(_ value: Value) {
        switch value {
        case .text(let text): quoted(text)
        case .integer(let number): output += String(number)
        case .texts(let texts):
            // RFC 8785 sorts by UTF-16 code units.
            let sorted = texts.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            object(sorted.map { ($0.key, .text($0.value)) })
        }
    }

    private mutating func quoted(_ text: String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{08}": output += "\\b"
            case "\u{09}": output += "\\t"
            case "\u{0A}": output += "\\n"
            case "\u{0C}": output += "\\f"
            case "\u{0D}": output += "\\r"
            case "\u{00}"..<"\u{20}": output += "\\u00" + Hexadecimal.encode([UInt8(scalar.value)])
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
