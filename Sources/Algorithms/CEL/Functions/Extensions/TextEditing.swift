// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What the strings library does to texts; positions and lengths count code points.
enum TextEditing {
    /// Where `part` starts for the first time at or after `position`, -1 if nowhere; nil if `position` is outside the text.
    static func firstIndex(of part: String, in text: String, from position: Int64 = 0) -> Int64? {
        let text = CodePoints(text)
        guard let start = Int(exactly: position), (0...text.count).contains(start) else { return nil }
        if part.utf8.isEmpty { return position }
        let matcher = ByteMatcher(Array(part.utf8))
        guard let match = matcher.firstMatch(in: text.bytes, text.offset(of: start)..<text.bytes.count) else { return -1 }
        return Int64(text.position(of: match))
    }

    /// Where `part` starts for the last time at or before `position` (nil: anywhere), -1 if nowhere; nil if `position` is outside
    /// the text.
    static func lastIndex(of part: String, in text: String, upTo position: Int64? = nil) -> Int64? {
        let text = CodePoints(text)
        guard let last = position.map({ Int(exactly: $0) }) ?? text.count, (0...text.count).contains(last) else { return nil }
        if part.utf8.isEmpty { return Int64(last) }
        // The last match is the first one backwards.
        let matcher = ByteMatcher(part.utf8.reversed())
        let end = min(text.offset(of: last) + part.utf8.count, text.bytes.count)
        guard let match = matcher.firstMatch(in: text.bytes[..<end].reversed(), 0..<end) else { return -1 }
        return Int64(text.position(of: end - match - part.utf8.count))
    }

    /// The parts between separators, at most `limit` of them if that is not negative; an empty separator splits everywhere.
    static func split(_ text: String, by separator: String, limit: Int64 = -1) -> [String] {
        if limit == 0 { return [] }
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        if separator.utf8.isEmpty {
            let points = CodePoints(text)
            if points.count <= most { return points.split() }
            return CodePoints(points.text(0..<(most - 1))).split() + [points.text((most - 1)..<points.count)]
        }
        let bytes = Array(text.utf8)
        var parts: [String] = []
        var start = 0
        for match in ByteMatcher(Array(separator.utf8)).matches(in: bytes, limit: most - 1) {
            parts.append(String(decoding: bytes[start..<match], as: UTF8.self))
            start = match + separator.utf8.count
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }

    /// `new` in place of each `old`, at most `limit` times if that is not negative; an empty `old` stands before each code point and
    /// at the end.
    ///
    /// Nil if the result would be longer than `maximum` bytes.
    static func replace(_ text: String, _ old: String, by new: String, limit: Int64 = -1, maximum: Int = Int.max) -> String? {
        let most = limit < 0 ? Int.max : Int(clamping: limit)
        if most == 0 { return text }
        let points = CodePoints(text)
        let bytes = points.bytes
        let matches: [Int]
        if old.utf8.isEmpty {
            matches = Array(points.offsets.prefix(most))
        } else {
            matches = ByteMatcher(Array(old.utf8)).matches(in: bytes, limit: most)
        }
        let (grown, overflow) = new.utf8.count.multipliedReportingOverflow(by: matches.count)
        let kept = bytes.count - matches.count * old.utf8.count
        guard !overflow, grown <= maximum, kept <= maximum - grown else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(kept + grown)
        var start = 0
        for match in matches {
            result += bytes[start..<match]
            result += new.utf8
            start = match + old.utf8.count
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }

    /// Without white space (as Unicode has it) at either end.
    static func trim(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    static func upperASCII(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    }

    static func lowerASCII(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
    }

    static func reverse(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.reversed())
        return String(result)
    }

    /// The text as a literal: in quotes, with an escape for each control character that has one, for quotes and for backslashes.
    static func quote(_ text: String) -> String {
        var result: [UInt8] = [0x22]
        result.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            switch byte {
            case 0x07: result += "\\a".utf8
            case 0x08: result += "\\b".utf8
            case 0x09: result += "\\t".utf8
            case 0x0A: result += "\\n".utf8
            case 0x0B: result += "\\v".utf8
            case 0x0C: result += "\\f".utf8
            case 0x0D: result += "\\r".utf8
            case 0x22: result += "\\\"".utf8
            case 0x5C: result += "\\\\".utf8
            default: result.append(byte)
            }
        }
        result.append(0x22)
        return String(decoding: result, as: UTF8.self)
    }
}
