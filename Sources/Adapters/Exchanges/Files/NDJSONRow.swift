// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// One line of NDJSON.
enum NDJSONRow {
    static func read(_ bytes: [UInt8], in range: Range<Int>, options: RecordOptions, line: Int) throws(RowError)
        -> FingerprintRecord
    {
        var kind: Fingerprint.Kind? = nil
        var value: String? = nil
        var record = FingerprintRecord(kind: .pdq, value: "", trust: options.trust, line: line)
        var cursor = JSONCursor(bytes, in: range)
        do throws(JSONFault<RowError>) {
            try cursor.object { (name, cursor) throws(RowError) in
                switch name {
                case "kind": kind = try self.kind(&cursor)
                case "value": value = try string(&cursor, name)
                default: try set(name, in: &record, from: &cursor)
                }
            }
        } catch {
            switch error {
            case .syntax(let at): throw RowError("no JSON object: byte \(at - range.lowerBound + 1) is not expected there")
            case .member(let error): throw error
            }
        }
        guard cursor.peek() == nil else { throw RowError("expected one JSON object and nothing after it") }
        guard let kind = kind ?? options.kind else { throw RowError("kind is missing: expected pdq, sha256 or md5") }
        guard let value else { throw RowError("value is missing: expected \(kind.digits) hexadecimal digits") }
        if let problem = HashText.problem(value, kind) { throw RowError("value: \(problem)") }
        record.kind = kind
        record.value = value
        return record
    }

    private static func set(
        _ name: String, in record: inout FingerprintRecord, from cursor: inout JSONCursor
    ) throws(RowError) {
        switch name {
        case "trust": if let text = try optional(&cursor, name) { record.trust = try RecordFields.trust(text) }
        case "reference":
            guard let text = try optional(&cursor, name) else { return }
            try RecordFields.check(reference: text)
            record.reference = text
        case "tags": record.tags = try tags(&cursor)
        case "quality": record.quality = try whole(&cursor, name, 0...100)
        case "radius": record.radius = try whole(&cursor, name, 0...63)
        case "expires": if let text = try optional(&cursor, name) { record.expiresAt = try RecordFields.expiry(text) }
        case "withdrawn":
            switch try any(&cursor) {
            case .bool(let flag): record.isWithdrawn = flag
            case .null: break
            default: throw RowError("withdrawn: expected true or false")
            }
        default:
            throw RowError("unknown field '\(name.prefix(40))': expected " + RecordFields.names.joined(separator: ", "))
        }
    }

    private static func kind(_ cursor: inout JSONCursor) throws(RowError) -> Fingerprint.Kind {
        guard let kind = Fingerprint.Kind(rawValue: try string(&cursor, "kind")) else {
            throw RowError("kind: expected pdq, sha256 or md5")
        }
        return kind
    }

    private static func any(_ cursor: inout JSONCursor) throws(RowError) -> JSONTree {
        do throws(JSONError) { return try cursor.value() } catch { throw RowError("no JSON object") }
    }

    private static func string(_ cursor: inout JSONCursor, _ name: String) throws(RowError) -> String {
        guard cursor.peek() == UInt8(ascii: "\"") else { throw RowError("\(name): expected text") }
        do throws(JSONError) { return try cursor.string() } catch { throw RowError("\(name): expected text") }
    }

    private static func optional(_ cursor: inout JSONCursor, _ name: String) throws(RowError) -> String? {
        if cursor.peek() == UInt8(ascii: "n") {
            _ = try any(&cursor)
            return nil
        }
        return try string(&cursor, name)
    }

    private static func whole(_ cursor: inout JSONCursor, _ name: String, _ range: ClosedRange<Int>) throws(RowError) -> Int? {
        switch try any(&cursor) {
        case .null: return nil
        case .integer(let number) where number >= range.lowerBound && number <= range.upperBound: return Int(number)
        default: throw RowError("\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private static func tags(_ cursor: inout JSONCursor) throws(RowError) -> [String] {
        let value = try any(&cursor)
        if value == .null { return [] }
        guard let elements = value.array else { throw RowError("tags: expected a list of texts") }
        var tags: [String] = []
        for element in elements {
            guard let text = element.string else { throw RowError("tags: expected a list of texts") }
            tags.append(text)
        }
        try RecordFields.check(tags: tags)
        return tags
    }
}
