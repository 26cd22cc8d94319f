// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// A known hash in a bank, as it counts now.
package struct Fingerprint: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case pdq, sha256
        /// For exchanges that know nothing better; anyone can make two files with one MD5.
        case md5

        /// How many hexadecimal digits a value has.
        package var digits: Int { self == .md5 ? 32 : 64 }
    }

    /// Its place in the store, never used again for another one; `FingerprintID` is `fp-` and this number.
    package var key: Int64
    package var bank: String
    package var kind: Kind
    /// Lower-case hexadecimal.
    package var value: String
    /// The best that its sources say and may say; `benign` wins over all, `retired` when no source stands by it any more.
    package var trust: Trust
    /// The source whose word gives it its trust, the earliest among equals.
    package var source: String
    package var addedAt: Date
    /// Largest distance at which it counts, 0 to 63; nil for the bank's.
    package var radius: Int?
    /// PDQ quality of the picture it was made from, 0 to 100; nil when the source does not say.
    package var quality: Int?
    /// From then on it does not count.
    package var expiresAt: Date?

    package var id: FingerprintID { FingerprintID("fp-\(key)") }

    package init(
        key: Int64, bank: String, kind: Kind, value: String, trust: Trust, source: String, addedAt: Date, radius: Int? = nil,
        quality: Int? = nil, expiresAt: Date? = nil
    ) {
        self.key = key
        self.bank = bank
        self.kind = kind
        self.value = value
        self.trust = trust
        self.source = source
        self.addedAt = addedAt
        self.radius = radius
        self.quality = quality
        self.expiresAt = expiresAt
    }

    /// The key in an id made by `id`; nil for anything else.
    package static func key(of id: FingerprintID) -> Int64? {
        guard id.rawValue.hasPrefix("fp-") else { return nil }
        return Int64(id.rawValue.dropFirst(3))
    }
}

/// One source's word on one fingerprint. It is never deleted, only ended: this is the fingerprint's history.
package struct Provenance: Hashable, Sendable, Codable {
    package var source: String
    /// The source's own name for it, such as an entry id or a case number; empty when it has none.
    package var reference: String
    package var trust: Trust
    package var tags: [String]
    /// The import that brought it.
    package var importID: ImportID
    package var addedAt: Date
    /// An account or `exchange:NAME`.
    package var addedBy: String
    /// When the source withdrew it or said something else instead.
    package var endedAt: Date?
    package var endedBecause: String

    package init(
        source: String, reference: String, trust: Trust, tags: [String] = [], importID: ImportID, addedAt: Date,
        addedBy: String, endedAt: Date? = nil, endedBecause: String = ""
    ) {
        self.source = source
        self.reference = reference
        self.trust = trust
        self.tags = tags
        self.importID = importID
        self.addedAt = addedAt
        self.addedBy = addedBy
        self.endedAt = endedAt
        self.endedBecause = endedBecause
    }
}
