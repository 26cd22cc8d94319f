// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Walks over JSON in hostile bytes, one token at a time, so that a line of a list with millions of them costs no tree.
struct JSONCursor {
    static let depthLimit = 64

    private let bytes: [UInt8]
    private let end: Int
    private(set) var at: Int

    /// - Parameter range: the part of the bytes that holds the text.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

    /// The next byte that is no white space; nil at the end.
    mutating func peek() -> UInt8? {
        while at < end {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            case let byte: return byte
            }
        }
        return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        at += 1
        return true
    }

    /// Calls once for every member of an object; the call reads the value.
    mutating func object<Failure: Error>(
        _ member: (String, inout JSONCursor) throws(Failure) -> Void
    ) throws(JSONFault<Failure>) {
        guard take(UInt8(ascii: "{")) else { throw .syntax(at: at) }
        if take(UInt8(ascii: "}")) { return }
        while true {
            let name: String
            do throws(JSONError) { name = try string() } catch { throw .syntax(at: error.at) }
            guard take(UInt8(ascii: ":")) else { throw .syntax(at: at) }
            do throws(Failure) { try member(name, &self) } catch { throw .member(error) }
            if take(UInt8(ascii: "}")) { return }
            guard take(UInt8(ascii: ",")) else { throw .syntax(at: at) }
        }
    }

    mutating func string() throws(JSONError) -> String {
        guard take(UInt8(ascii: "\"")) else { throw JSONError(at: at) }
        let start = at
        while at < end, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 { at += 1 }
        guard at < end else { throw JSONError(at: at) }
        if bytes[at] == UInt8(ascii: "\"") {
            defer { at += 1 }
            return try text(bytes[start..<at])
        }
        var collected = Array(bytes[start..<at])
        while at < end, bytes[at] >= 0x20 {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(collected[...])
            case UInt8(ascii: "\\"): try escape(into: &collected)
            default: collected.append(byte)
            }
        }
        throw JSONError(at: at)
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw JSONError(at: at) }
        return text
    }

    private mutating func escape(into collected: inout [UInt8]) throws(JSONError) {
        guard at < end else { throw JSONError(at: at) }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): collected.append(byte)
        case UInt8(ascii: "b"): collected.append(0x08)
        case UInt8(ascii: "f"): collected.append(0x0C)
        case UInt8(ascii: "n"): collected.append(0x0A)
        case UInt8(ascii: "r"): collected.append(0x0D)
        case UInt8(ascii: "t"): collected.append(0x09)
        case UInt8(ascii: "u"): collected.append(contentsOf: Array(String(Character(try scalar())).utf8))
        default: throw JSONError(at: at - 1)
        }
    }

    /// One scalar from `XXXX` or a surrogate pair; half a pair becomes the replacement character.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits()
        if (0xD800..<0xDC00).contains(first), at + 1 < end, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") {
            let resume = at
            at += 2
            let second = try fourDigits()
            if (0xDC00..<0xE000).contains(second) {
                return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
            }
            at = resume
        }
        return Unicode.Scalar(first) ?? "\u{FFFD}"
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        guard at + 4 <= end else { throw JSONError(at: at) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexDigit(bytes[at]) else { throw JSONError(at: at) }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }

    /// A whole value of any shape.
    mutating func value(depth: Int = 0) throws(JSONError) -> JSONTree {
        guard depth < Self.depthLimit else { throw JSONError(at: at) }
        switch peek() {
        case UInt8(ascii: "{"): return try tree(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func tree(depth: Int) throws(JSONError) -> JSONTree {
        at += 1
        var members: [String: JSONTree] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            _ = peek()
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw JSONError(at: at) }
            members[name] = try value(depth: depth + 1)
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw JSONError(at: at) }
        }
    }

    private mutating func list(depth: Int) throws(JSONError) -> JSONTree {
        at += 1
        var elements: [JSONTree] = []
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw JSONError(at: at) }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONTree) throws(JSONError) -> JSONTree {
        let text = word.description.utf8
        guard at + text.count <= end, bytes[at..<at + text.count].elementsEqual(text) else { throw JSONError(at: at) }
        at += text.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONTree {
        let start = at
        if at < end, bytes[at] == UInt8(ascii: "-") { at += 1 }
        let first = at
        skipDigits()
        guard at > first, at - first == 1 || bytes[first] != UInt8(ascii: "0") else { throw JSONError(at: start) }
        var isWhole = true
        if at < end, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            let fraction = at
            skipDigits()
            guard at > fraction else { throw JSONError(at: at) }
        }
        if at < end, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < end, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            let exponent = at
            skipDigits()
            guard at > exponent else { throw JSONError(at: at) }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw JSONError(at: start) }
        return .number(number)
    }

    private mutating func skipDigits() {
        while at < end, UInt8(ascii: "0") <= bytes[at], bytes[at] <= UInt8(ascii: "9") { at += 1 }
    }
}

/// Where the bytes stop being JSON; says nothing of what they contain.
struct JSONError: Error, Hashable {
    var at: Int
}

/// What ends a walk over an object: it is no JSON, or whoever reads the members will not have it.
enum JSONFault<Failure: Error>: Error {
    case syntax(at: Int)
    case member(Failure)
}

/// The value of a hexadecimal digit in either case.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
