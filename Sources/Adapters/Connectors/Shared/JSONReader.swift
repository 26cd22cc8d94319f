// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads JSON from hostile bytes in one pass, with a bound on nesting.
///
/// Foundation's decoder is an order of magnitude slower for values of unknown shape, and this lies on the way of every message.
struct JSONReader {
    static let depthLimit = 64

    private let bytes: [UInt8]
    private var at = 0

    /// The whole input as one value, with only white space around it.
    static func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw JSONError.syntax(at: reader.at) }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.depthLimit else { throw JSONError.tooDeep }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        at += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw JSONError.syntax(at: at) }
            let key = try string()
            skipSpace()
            guard take(":") else { throw JSONError.syntax(at: at) }
            members[key] = try value(depth: depth + 1)
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw JSONError.syntax(at: at) }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw JSONError.syntax(at: at) }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[at...].starts(with: word.utf8) else { throw JSONError.syntax(at: at) }
        at += word.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = at
        _ = take("-")
        let firstDigit = at
        skipDigits()
        let digits = at - firstDigit
        guard digits > 0, digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else { throw JSONError.syntax(at: start) }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard skipDigits() > 0 else { throw JSONError.syntax(at: at) }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard skipDigits() > 0 else { throw JSONError.syntax(at: at) }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let whole = Int64(text) { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw JSONError.syntax(at: start) }
        return .number(number)
    }

    @discardableResult
    private mutating func skipDigits() -> Int {
        let start = at
        while let byte = next, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { at += 1 }
        if next == UInt8(ascii: "\"") {
            defer { at += 1 }
            return try text(bytes[start..<at])
        }
        var collected = Array(bytes[start..<at])
        while let byte = next, byte >= 0x20 {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(collected[...])
            case UInt8(ascii: "\\"): try escape(into: &collected)
            default: collected.append(byte)
            }
        }
        throw JSONError.syntax(at: at)
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw JSONError.notUTF8(at: at) }
        return text
    }

    private mutating func escape(into collected: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw JSONError.syntax(at: at) }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): collected.append(byte)
        case UInt8(ascii: "b"): collected.append(0x08)
        case UInt8(ascii: "f"): collected.append(0x0C)
        case UInt8(ascii: "n"): collected.append(0x0A)
        case UInt8(ascii: "r"): collected.append(0x0D)
        case UInt8(ascii: "t"): collected.append(0x09)
        case UInt8(ascii: "u"): collected.append(contentsOf: Array(String(Character(try unicodeEscape())).utf8))
        default: throw JSONError.syntax(at: at - 1)
        }
    }

    /// One scalar from `XXXX` or a surrogate pair; half a pair becomes the replacement character.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try fourDigits()
        if (0xD800..<0xDC00).contains(first), bytes[at...].starts(with: "\\u".utf8) {
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
        guard at + 4 <= bytes.count else { throw JSONError.syntax(at: at) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else { throw JSONError.syntax(at: at) }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}

/// Where the bytes stop being JSON; says nothing of what they contain.
enum JSONError: Error, Hashable {
    case syntax(at: Int)
    case notUTF8(at: Int)
    case tooDeep
}
