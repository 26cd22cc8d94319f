// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Bytes encrypted under a key of their own, so that destroying the key deletes them.
package struct SealedEvidence: Hashable, Sendable {
    package var id: EvidenceID
    /// Lower-case hexadecimal SHA-256 of the plain bytes.
    package var sha256: String
    /// Media type of the plain bytes.
    package var type: String
    package var size: Int
    /// AES-256-GCM: nonce, ciphertext, tag.
    package var sealed: [UInt8]
    /// The 32-byte key; kept apart from the bytes.
    package var key: [UInt8]
    package var sealedAt: Date

    package init(id: EvidenceID, sha256: String, type: String, size: Int, sealed: [UInt8], key: [UInt8], sealedAt: Date) {
        self.id = id
        self.sha256 = sha256
        self.type = type
        self.size = size
        self.sealed = sealed
        self.key = key
        self.sealedAt = sealedAt
    }
}

/// Port: where sealed evidence is kept. It is written by the commit that preserves it.
package protocol EvidenceStore: Sendable {
    /// Nil when there is none or its key was destroyed.
    func evidence(_ id: EvidenceID) async throws -> SealedEvidence?
    /// Destroys the key and the bytes, with its ledger entry in the same transaction.
    func destroyEvidence(_ id: EvidenceID, ledger: LedgerEntry) async throws
}
