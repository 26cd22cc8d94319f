// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// A fingerprint store whose changes are live in this process when the change returns.
package struct LiveBanks: FingerprintStore {
    private let store: any FingerprintStore
    private let banks: Banks

    package init(_ store: any FingerprintStore, banks: Banks) {
        self.store = store
        self.banks = banks
    }

    package func put(_ fingerprints: [Fingerprint], ledger: [LedgerEntry]) async throws -> Int {
        let added = try await store.put(fingerprints, ledger: ledger)
        try await banks.reload(from: store)
        return added
    }

    package func fingerprints() async throws -> [Fingerprint] { try await store.fingerprints() }

    package func fingerprintVersion() async throws -> Int64 { try await store.fingerprintVersion() }
}
