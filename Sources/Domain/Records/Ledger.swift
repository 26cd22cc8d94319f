// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// One link of the chain: an entry, its place, and the hash that binds it to everything before it.
package struct LedgerLink: Hashable, Sendable {
    /// 1, 2, 3 … without gaps.
    package var sequence: Int64
    /// The entry's canonical bytes (JSON, keys sorted, no spaces): exactly what was hashed.
    package var canonical: String
    /// Lower-case hexadecimal SHA-256 of the previous hash (as text) followed by `\n` and the canonical bytes.
    package var hash: String

    package init(sequence: Int64, canonical: String, hash: String) {
        self.sequence = sequence
        self.canonical = canonical
        self.hash = hash
    }
}

/// Port: where the ledger is kept. Entries are appended by the transactions that they describe, never alone by choice.
package protocol LedgerStore: Sendable {
    /// Appends entries that belong to no other change, such as a log-in or a look at evidence; durable on return.
    func append(_ entries: [LedgerEntry]) async throws
    /// Links after a sequence number, in order, at most `limit`.
    func links(after sequence: Int64, limit: Int) async throws -> [LedgerLink]
    /// What the store keeps beside the chain as its last link, so that a cut-off tail is noticed; nil for an empty ledger.
    func head() async throws -> (sequence: Int64, hash: String)?
}
