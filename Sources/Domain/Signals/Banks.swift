// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing
import Synchronization

/// All banks in memory, swapped as a whole when they change, so that a look-up never waits for a change.
package final class Banks: Sendable {
    private let current = Mutex(BankIndex(fingerprints: [], version: -1))

    package init() {}

    package var index: BankIndex { current.withLock { $0 } }

    /// Reads the banks again if they have changed; returns whether they had.
    @discardableResult
    package func reload(from store: any FingerprintStore) async throws -> Bool {
        let version = try await store.fingerprintVersion()
        guard version != index.version else { return false }
        let index = BankIndex(fingerprints: try await store.fingerprints(), version: version)
        current.withLock { $0 = index }
        return true
    }
}

/// One state of all banks, made for look-up.
package struct BankIndex: Sendable {
    private struct Bank: Sendable {
        var exact: [String: Fingerprint] = [:]
        var scan = HammingScan()
        /// The fingerprint of each hash in `scan`.
        var near: [Fingerprint] = []

        mutating func add(_ fingerprint: Fingerprint) {
            switch fingerprint.kind {
            case .sha256: exact[fingerprint.value] = fingerprint
            case .pdq:
                guard let hash = try? PDQHash(hex: fingerprint.value) else { return }
                scan.append(hash)
                near.append(fingerprint)
            }
        }
    }

    package let version: Int64
    package let count: Int
    private let banks: [String: Bank]
    /// Hashes that people have found harmless, of all banks: they win over every match.
    private let benign: Bank

    package init(fingerprints: [Fingerprint], version: Int64) {
        var banks: [String: Bank] = [:]
        var benign = Bank()
        for fingerprint in fingerprints {
            switch fingerprint.trust {
            case .retired: continue
            case .benign: benign.add(fingerprint)
            case .claimed, .probation, .verified: banks[fingerprint.bank, default: Bank()].add(fingerprint)
            }
        }
        self.version = version
        self.count = fingerprints.count
        self.banks = banks
        self.benign = benign
    }

    /// The fingerprint with exactly this SHA-256, unless it is known to be benign.
    package func exactMatch(_ sha256: String, bank: String) -> Fingerprint? {
        guard benign.exact[sha256] == nil else { return nil }
        return banks[bank]?.exact[sha256]
    }

    /// Whether people have found exactly these bytes harmless.
    package func isBenign(_ sha256: String) -> Bool { benign.exact[sha256] != nil }

    /// Fingerprints within a radius, best trust first, those left out that are no nearer than a benign one.
    package func nearMatches(_ hex: String, bank: String, radius: Int) -> [(fingerprint: Fingerprint, distance: Int)] {
        guard let hash = try? PDQHash(hex: hex), let bank = banks[bank] else { return [] }
        // Whatever is no nearer than a hash that people have found harmless is that harmless picture.
        let limit = benign.scan.nearest(to: hash, within: radius)?.distance ?? radius + 1
        return bank.scan.matches(for: hash, within: radius).filter { $0.distance < limit }
            .map { (bank.near[$0.index], $0.distance) }
            .sorted {
                ($0.fingerprint.trust == .verified ? 0 : 1, $0.distance) < (
                    $1.fingerprint.trust == .verified ? 0 : 1, $1.distance
                )
            }
    }
}
