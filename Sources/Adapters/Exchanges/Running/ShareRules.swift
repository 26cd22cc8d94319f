// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
package import Signals

/// Which fingerprints may leave, and how they look outside.
package struct ShareRules: Sendable {
    /// A statement with this tag was hashed in the fast mode, which other tools cannot reproduce bit for bit; it never leaves.
    package static let fastModeTag = "mode:fast"

    private let shareable: Set<String>

    /// - Parameters:
    ///   - sources: all sources.
    ///   - receiver: the source that stands for the receiver, whose own hashes are not sent back; nil for none.
    package init(sources: [FingerprintSource], receiver: String?) {
        shareable = Set(sources.filter { $0.mayShare && $0.state == .active && $0.name != receiver }.map(\.name))
    }

    /// What may be said outside: only what people verified, by the word of a source that allows it; nil for nothing.
    package func record(_ fingerprint: Fingerprint, provenance: [Provenance]) -> FingerprintRecord? {
        guard fingerprint.trust == .verified else { return nil }
        let live = provenance.filter { $0.endedAt == nil && $0.trust == .verified && shareable.contains($0.source) }
        // Nobody knows which of several statements a hash was made for, so one in the fast mode keeps it here.
        guard !live.isEmpty, !provenance.contains(where: { $0.endedAt == nil && $0.tags.contains(Self.fastModeTag) }) else {
            return nil
        }
        var record = Self.plain(fingerprint)
        record.tags = Set(live.flatMap { $0.tags }).sorted()
        return record
    }

    /// A fingerprint as a record under our own name for it.
    package static func plain(_ fingerprint: Fingerprint) -> FingerprintRecord {
        FingerprintRecord(
            kind: fingerprint.kind, value: fingerprint.value, trust: fingerprint.trust, reference: fingerprint.id.rawValue,
            quality: fingerprint.quality, radius: fingerprint.radius, expiresAt: fingerprint.expiresAt,
            isWithdrawn: fingerprint.trust == .retired)
    }
}
