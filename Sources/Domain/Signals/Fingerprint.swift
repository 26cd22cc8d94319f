// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// A known hash in a bank, and where it came from.
package struct Fingerprint: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable { case sha256, pdq }

    package var id: FingerprintID
    package var bank: String
    package var kind: Kind
    /// Lower-case hexadecimal, 64 digits for both kinds.
    package var value: String
    package var trust: Trust
    /// Who brought it: an account, an exchange, a case.
    package var source: String
    package var addedAt: Date

    package init(id: FingerprintID, bank: String, kind: Kind, value: String, trust: Trust, source: String, addedAt: Date) {
        self.id = id
        self.bank = bank
        self.kind = kind
        self.value = value
        self.trust = trust
        self.source = source
        self.addedAt = addedAt
    }
}

/// Port: where banks are kept.
package protocol FingerprintStore: Sendable {
    /// Adds or, for the same (bank, kind, value), updates; returns how many rows are new. Durable, with its ledger entries, on return.
    func put(_ fingerprints: [Fingerprint], ledger: [LedgerEntry]) async throws -> Int
    func fingerprints() async throws -> [Fingerprint]
    /// Grows with every change, so that another process can see that its copy is old.
    func fingerprintVersion() async throws -> Int64
}
