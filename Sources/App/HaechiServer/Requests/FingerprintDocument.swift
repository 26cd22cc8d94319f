// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// A known hash as the API takes it.
struct FingerprintDocument {
    /// Where it belongs and whose word it is.
    struct Place: Hashable {
        var bank: String
        var source: String
    }

    var place: Place
    var record: FingerprintRecord

    private static let fields =
        "bank, kind, value, trust, source, reference, tags, quality, radius, expires_at, withdrawn"

    /// Nil when something is wrong with it, which the document has noted.
    init?(_ document: inout DocumentReader, line: Int) throws(JSONSyntaxError) {
        let before = document.problems.count
        var (bank, source): (String?, String?)
        var (kind, value, trust): (Fingerprint.Kind?, String?, Trust?)
        var record = FingerprintRecord(kind: .pdq, value: "", trust: .claimed, line: line)
        var seen: Set<String> = []
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            seen.insert(key)
            switch key {
            case "bank": bank = try document.string("a bank's name: letters, digits, - and _") { Bank.isName($0) ? $0 : nil }
            case "kind": kind = try document.word(Fingerprint.Kind.self)
            case "value": value = try document.string("32 or 64 hexadecimal digits", Self.hexadecimal)
            case "trust": trust = try document.word(Trust.self)
            case "source": source = try document.string(bytes: 1...200)
            case "reference": record.reference = try document.string(bytes: 0...200) ?? ""
            case "tags":
                try document.array(atMost: 20) { (document) throws(JSONSyntaxError) in
                    if let tag = try document.string(bytes: 1...100) { record.tags.append(tag) }
                }
            case "quality": record.quality = try document.integer(in: 0...100)
            case "radius": record.radius = try document.integer(in: 0...63)
            case "expires_at": record.expiresAt = try document.string(RFC3339.expected, RFC3339.date)
            case "withdrawn": record.isWithdrawn = try document.flag() ?? false
            default: try document.unknown(of: Self.fields)
            }
        }
        guard isObject else { return nil }
        for field in ["bank", "kind", "value", "trust", "source"] where !seen.contains(field) {
            document.refuse("this field, which is required", field: field)
        }
        if let kind, let value, value.utf8.count != kind.digits {
            document.refuse("\(kind.digits) hexadecimal digits for kind \(kind.rawValue)", field: "value")
        }
        guard document.problems.count == before, let bank, let kind, let value, let trust, let source else { return nil }
        record.kind = kind
        record.value = value
        record.trust = trust
        place = Place(bank: bank, source: source)
        self.record = record
    }

    private static func hexadecimal(_ text: String) -> String? {
        guard [32, 64].contains(text.utf8.count), text.utf8.allSatisfy({ HexDigit.value(of: $0) != nil }) else { return nil }
        return text.lowercased()
    }
}
