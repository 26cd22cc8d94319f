// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension JSONReader {
    /// Reads a number; one that `Double` cannot hold is refused.
    mutating func number() throws(JSONSyntaxError) -> Double {
        let lexeme = try numberLexeme()
        guard let value = Double(lexeme) else { throw error(.invalidNumber, at: position - lexeme.utf8.count) }
        guard value.isFinite else { throw error(.numberOutOfRange, at: position - lexeme.utf8.count) }
        return value
    }

    /// The number's own digits: `-? (0 | 1-9 0-9*) (. 0-9+)? ([eE] [+-]? 0-9+)?`.
    private mutating func numberLexeme() throws(JSONSyntaxError) -> String {
        skipSpace()
        let start = position
        if try peek() == UInt8(ascii: "-") { position += 1 }
        if try peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if position < end, bytes[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if try peek() == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if position < end, isDigit(bytes[position]) { throw error(.invalidNumber) }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard isDigit(try peek()) else { throw error(.invalidNumber) }
        while position < end, isDigit(bytes[position]) { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
