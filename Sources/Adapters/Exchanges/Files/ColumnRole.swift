// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Signals

/// What a named column, or a `name=` of a pair, holds.
enum ColumnRole: Hashable {
    /// The hash, whose kind is said elsewhere.
    case value
    /// A hash of this kind.
    case hash(Fingerprint.Kind)
    case kind
    case field(Field)
    /// Known from other tools' lists and of no use here.
    case ignored

    enum Field: String, Hashable {
        case trust, reference, tags, quality, radius, expires, withdrawn

        func set(_ text: String, in record: inout FingerprintRecord) throws(RowError) {
            switch self {
            case .trust: record.trust = try RecordFields.trust(text)
            case .reference:
                try RecordFields.check(reference: text)
                record.reference = text
            case .tags:
                let tags = record.tags + RecordFields.tags(text)
                try RecordFields.check(tags: tags)
                record.tags = tags
            case .quality: record.quality = try RecordFields.whole(text, "quality", 0...100)
            case .radius: record.radius = try RecordFields.whole(text, "radius", 0...63)
            case .expires: record.expiresAt = try RecordFields.expiry(text)
            case .withdrawn: record.isWithdrawn = try RecordFields.withdrawn(text)
            }
        }
    }

    /// nil for a name that nobody knows.
    init?(named name: String) {
        switch name.trimmingCharacters(in: .whitespaces).lowercased() {
        case "value", "hash", "hash_value", "hashvalue", "hash_digest", "indicator", "signal", "fingerprint": self = .value
        case "kind", "type", "algorithm", "hash_type", "signal_type", "signaltype": self = .kind
        case "trust": self = .field(.trust)
        case "reference", "id", "entry_id", "external_id", "case": self = .field(.reference)
        case "tags", "tag", "label", "labels", "category": self = .field(.tags)
        case "quality": self = .field(.quality)
        case "radius", "distance", "threshold": self = .field(.radius)
        case "expires", "expires_at", "expiry": self = .field(.expires)
        case "withdrawn", "deleted", "removed": self = .field(.withdrawn)
        case "filename", "file", "file_name", "path", "filesize", "file_size", "size", "mimetype", "mime_type", "productcode",
            "opsystemcode", "specialcode", "norm", "delta", "timestamp", "width", "height", "note", "comment", "created_at",
            "updated_at", "sha1", "sha-1", "sha512", "sha-512", "crc32", "photodna", "pdna":
            self = .ignored
        case let name:
            guard let kind = HashText.kind(named: name) else { return nil }
            self = .hash(kind)
        }
    }
}
