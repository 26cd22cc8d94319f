// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import PerceptualHashing

extension Sighting {
    /// What an event's media look like, for the look-back: a picture by its PDQ hash where that says enough, everything else by
    /// its bytes; at the time at which we heard of it, since whoever posts can choose the other one. It takes a `PublicEvent`, so nothing private can get there.
    package static func seen(in event: PublicEvent, media: [ExaminedMedia]) -> [Sighting] {
        let event = event.event
        guard let item = event.item else { return [] }
        return media.enumerated().compactMap { index, file in
            let (kind, hash): (Fingerprint.Kind, PDQHash)
            if let facts = file.facts, facts.quality >= Bank.usualQualityGate, let pdq = try? PDQHash(hex: facts.pdq) {
                (kind, hash) = (.pdq, pdq)
            } else if let sha256 = file.sha256, let digest = try? PDQHash(hex: sha256) {
                (kind, hash) = (.sha256, digest)
            } else {
                return nil
            }
            return Sighting(
                kind: kind, hash: hash, platform: event.platform, space: event.space.id, item: item.id, actor: event.actor.id,
                mediaIndex: index, at: event.receivedAt)
        }
    }
}
