// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

package enum ImportTag {}
package typealias ImportID = Identifier<ImportTag>

/// What a source says about one hash, before anybody has looked at it.
package struct FingerprintRecord: Hashable, Sendable, Codable {
    package var kind: Fingerprint.Kind
    /// Hexadecimal in either case.
    package var value: String
    /// What the source says; its ceiling may make less of it.
    package var trust: Trust
    /// The source's own name for it; empty when it has none.
    package var reference: String
    package var tags: [String]
    package var quality: Int?
    package var radius: Int?
    package var expiresAt: Date?
    /// The source takes back what it said.
    package var isWithdrawn: Bool
    /// Where it stands in the source's text, for messages to people: a line, an entry; 0 when there is no such place.
    package var line: Int

    package init(
        kind: Fingerprint.Kind, value: String, trust: Trust, reference: String = "", tags: [String] = [], quality: Int? = nil,
        radius: Int? = nil, expiresAt: Date? = nil, isWithdrawn: Bool = false, line: Int = 0
    ) {
        self.kind = kind
        self.value = value
        self.trust = trust
        self.reference = reference
        self.tags = tags
        self.quality = quality
        self.radius = radius
        self.expiresAt = expiresAt
        self.isWithdrawn = isWithdrawn
        self.line = line
    }
}

/// One delivery of fingerprints by one source to one bank; a large one is written in many parts.
package struct FingerprintImport: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its fingerprints count.
        case applied
        /// Waits for a second person: it is large, or its source sends far more than it used to.
        case waiting
        /// A person refused it; its fingerprints never count.
        case refused
    }

    package var id: ImportID
    package var bank: String
    package var source: String
    /// An account, `operator` or `exchange:NAME`.
    package var by: String
    package var at: Date
    package var state: State
    /// Why it waits, or why it was refused; for people.
    package var reason: String
    /// Who approved or refused it.
    package var resolvedBy: String?
    package var resolvedAt: Date?
    /// Records written so far.
    package var count: Int

    package init(
        id: ImportID, bank: String, source: String, by: String, at: Date, state: State, reason: String = "",
        resolvedBy: String? = nil, resolvedAt: Date? = nil, count: Int = 0
    ) {
        self.id = id
        self.bank = bank
        self.source = source
        self.by = by
        self.at = at
        self.state = state
        self.reason = reason
        self.resolvedBy = resolvedBy
        self.resolvedAt = resolvedAt
        self.count = count
    }
}

/// What became of the records of one part.
package struct ImportTally: Hashable, Sendable, Codable {
    /// Fingerprints that the bank did not have.
    package var added = 0
    /// Known ones of which something changed.
    package var changed = 0
    /// Known ones of which nothing changed.
    package var unchanged = 0
    /// Ones that the source took back.
    package var withdrawn = 0
    /// Records that were no use, with the reason.
    package var refused: [RefusedRecord] = []

    package init() {}

    package static func += (sum: inout ImportTally, part: ImportTally) {
        sum.added += part.added
        sum.changed += part.changed
        sum.unchanged += part.unchanged
        sum.withdrawn += part.withdrawn
        sum.refused += part.refused
    }
}

package struct RefusedRecord: Hashable, Sendable, Codable {
    package var line: Int
    /// What is wrong and what was expected.
    package var reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}
