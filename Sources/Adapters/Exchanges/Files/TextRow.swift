// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals

/// One line of the plain formats.
enum TextRow {
    /// `pdq HEX`, or only `HEX`; nil for a comment.
    static func read(_ text: Substring, options: RecordOptions, line: Int) throws -> FingerprintRecord? {
        let words = text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map { Substring($0) }
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        guard words.count <= 2 else { throw RowError("expected 'pdq HASH', or only a hash") }
        if words.count == 2 {
            guard let kind = HashText.kind(named: String(first)) else {
                throw RowError("expected pdq, sha256 or md5 before the hash")
            }
            return try record(String(words[1]), kind, options, line)
        }
        guard let kind = try HashText.kind(byLength: first.utf8.count, told: options.kind, line: line) else {
            throw RowError("expected 32 or 64 hexadecimal digits, found \(first.utf8.count) characters")
        }
        return try record(String(first), kind, options, line)
    }

    /// `hash=HEX,quality=80,tag=x`.
    static func pairs(_ text: Substring, options: RecordOptions, line: Int) throws -> FingerprintRecord? {
        guard let first = text.first, first != "#" else { return nil }
        var value: String? = nil
        var kind = options.kind
        var record = FingerprintRecord(kind: .pdq, value: "", trust: options.trust, line: line)
        for pair in text.split(separator: ",") {
            guard let equals = pair.firstIndex(of: "=") else { throw RowError("expected name=value between commas") }
            let name = pair[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let text = pair[pair.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            guard !text.isEmpty else { continue }
            switch ColumnRole(named: name) {
            case .value: value = text
            case .hash(let named):
                value = text
                kind = named
            case .kind:
                guard let named = HashText.kind(named: text) else { throw RowError("\(name): expected pdq, sha256 or md5") }
                kind = named
            case .ignored: continue
            case .field(let field): try field.set(text, in: &record)
            case nil: throw RowError("unknown name '\(name.prefix(40))'")
            }
        }
        guard let value else { throw RowError("expected hash=…") }
        guard let kind = try HashText.kind(byLength: value.utf8.count, told: kind, line: line) else {
            throw RowError("expected 32 or 64 hexadecimal digits, found \(value.utf8.count) characters")
        }
        if let problem = HashText.problem(value, kind) { throw RowError(problem) }
        record.value = value
        record.kind = kind
        return record
    }

    private static func record(
        _ value: String, _ kind: Fingerprint.Kind, _ options: RecordOptions, _ line: Int
    ) throws -> FingerprintRecord {
        if let problem = HashText.problem(value, kind) { throw RowError(problem) }
        return FingerprintRecord(kind: kind, value: value, trust: options.trust, line: line)
    }
}
