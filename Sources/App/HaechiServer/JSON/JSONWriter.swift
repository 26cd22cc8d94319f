// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Writes JSON: the caller opens and closes objects and arrays in the right order, commas are put in here.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func object(_ key: String? = nil, _ members: (inout JSONWriter) -> Void) {
        open(key, UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func array(_ key: String? = nil, _ elements: (inout JSONWriter) -> Void) {
        open(key, UInt8(ascii: "["))
        elements(&self)
        close(UInt8(ascii: "]"))
    }

    mutating func string(_ key: String? = nil, _ value: String) {
        begin(key)
        quote(value)
    }

    /// Leaves the member out when there is no value.
    mutating func string(_ key: String, ifPresent value: String?) {
        if let value { string(key, value) }
    }

    mutating func integer(_ value: Int) { integer(nil, value) }

    mutating func integer(_ key: String?, _ value: Int) {
        begin(key)
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A finite number.
    mutating func number(_ key: String, _ value: Double) {
        begin(key)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func null(_ key: String) {
        begin(key)
        bytes.append(contentsOf: "null".utf8)
    }

    mutating func boolean(_ value: Bool) { boolean(nil, value) }

    mutating func boolean(_ key: String?, _ value: Bool) {
        begin(key)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    private mutating func open(_ key: String?, _ bracket: UInt8) {
        begin(key)
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func begin(_ key: String?) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        guard let key else { return }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0A: bytes.append(contentsOf: Array("\\n".utf8))
            case 0..<0x20, 0x7F:
                let hexadecimal = String(byte, radix: 16)
                bytes.append(contentsOf: Array("\\u".utf8))
                bytes.append(contentsOf: Array(String(repeating: "0", count: 4 - hexadecimal.count).utf8))
                bytes.append(contentsOf: Array(hexadecimal.utf8))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
