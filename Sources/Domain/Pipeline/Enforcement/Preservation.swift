// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Foundation
package import Moderation
import Records
package import Signals

/// Seals what a decision is about, before the platform's copy goes.
package struct Preservation: Sendable {
    private let makeID: @Sendable () -> String
    private let hash: @Sendable (String) -> String

    /// - Parameters:
    ///   - makeID: a new unique id each time, sortable by time where possible.
    ///   - hash: lower-case hexadecimal SHA-256 of a text.
    package init(makeID: @escaping @Sendable () -> String, hash: @escaping @Sendable (String) -> String) {
        self.makeID = makeID
        self.hash = hash
    }

    /// The item as JSON, and the bytes of its media.
    package func preserve(_ item: Item?, media: [ExaminedMedia], at now: Date) throws -> [Preserved] {
        try preserve(item, fetched: media.map { FetchedMedia(media: $0.media, bytes: $0.bytes) }, at: now)
    }

    package func preserve(_ item: Item?, fetched: [FetchedMedia], at now: Date) throws -> [Preserved] {
        guard let item else { return [] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var preserved = [try seal([UInt8](encoder.encode(item)), type: "application/json", role: .item, media: nil, at: now)]
        for file in fetched where !file.bytes.isEmpty {
            preserved.append(
                try seal(
                    file.bytes, type: file.media.type ?? "application/octet-stream", role: .media, media: file.media.id, at: now))
        }
        return preserved
    }

    func seal(
        _ bytes: [UInt8], type: String, role: EvidenceReference.Role, media: MediaID?, id: EvidenceID? = nil, at now: Date
    ) throws -> Preserved {
        let sealed = try EvidenceSealer.seal(bytes, type: type, id: id ?? EvidenceID("e-" + makeID()), at: now)
        return Preserved(
            sealed: sealed,
            reference: EvidenceReference(
                id: sealed.id, role: role, media: media, type: type, sha256: sealed.sha256, size: sealed.size))
    }

    package func newCase(target: Target, priority: Int, reason: String, privacy: PrivacyClass, at now: Date) -> Case {
        Case(
            id: CaseID("c-" + makeID()), target: target, openedAt: now, priority: priority, reason: reason, privacy: privacy)
    }

    func newID() -> String { makeID() }

    func digest(_ text: String) -> String { hash(text) }
}
