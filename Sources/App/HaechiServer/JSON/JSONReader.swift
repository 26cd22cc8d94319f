// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A strict pull parser for JSON (RFC 8259) over bytes.
///
/// Whoever reads says what is expected, one value at a time; no tree is built. Stricter than the standard asks where the
/// standard leaves room: duplicate keys, lone surrogates and numbers beyond `Double` are refused, and nesting has a limit.
struct JSONReader {
    enum Kind { case object, array, string, number, boolean, null }

    let bytes: [UInt8]
    var position: Int
    /// The reader sees nothing from here on: one line of a longer body, or all of it.
    let end: Int
    let depthLimit: Int
    private var depth = 0

    init(_ bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int = 32) {
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
        self.depthLimit = depthLimit
    }

    /// What stands next, without reading it.
    mutating func kind() throws(JSONSyntaxError) -> Kind {
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedByte)
        }
    }

    /// Nothing but white space may be left.
    mutating func finish() throws(JSONSyntaxError) {
        skipSpace()
        if position < end { throw error(.trailingBytes) }
    }

    mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    func peek() throws(JSONSyntaxError) -> UInt8 {
        guard position < end else { throw error(.unexpectedEnd) }
        return bytes[position]
    }

    func error(_ reason: JSONSyntaxError.Reason, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: offset ?? position)
    }

    mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        skipSpace()
        guard try peek() == byte else { throw error(.unexpectedByte) }
        position += 1
    }

    /// Passes over a byte if it stands next.
    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        if depth > depthLimit { throw error(.tooDeep(limit: depthLimit), at: position - 1) }
    }

    mutating func leave() { depth -= 1 }
}
