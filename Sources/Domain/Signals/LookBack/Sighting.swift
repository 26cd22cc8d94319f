// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import PerceptualHashing

package import struct Foundation.Date

/// A piece of media that was seen in public: its fingerprint, where, in which item, by whom and when. Never more than that.
package struct Sighting: Hashable, Sendable {
    /// `pdq` for a picture with a hash of good quality, else `sha256`; never `md5`.
    package var kind: Fingerprint.Kind
    /// The 256 bits of the fingerprint, whatever its kind.
    package var hash: PDQHash
    package var platform: PlatformID
    package var space: SpaceID
    package var item: ItemID
    package var actor: ActorID
    /// Its place among the media of the item, from 0.
    package var mediaIndex: Int
    /// When it was seen.
    package var at: Date

    package init(
        kind: Fingerprint.Kind, hash: PDQHash, platform: PlatformID, space: SpaceID, item: ItemID, actor: ActorID,
        mediaIndex: Int, at: Date
    ) {
        self.kind = kind
        self.hash = hash
        self.platform = platform
        self.space = space
        self.item = item
        self.actor = actor
        self.mediaIndex = mediaIndex
        self.at = at
    }
}

/// Port: sightings that were written with their event's conclusion and are not in the look-back yet.
package protocol SightingQueue: Sendable {
    /// In order, those after a sequence number.
    func sightings(after sequence: Int64, limit: Int) async throws -> [(sequence: Int64, sighting: Sighting)]
    func deleteSightings(through sequence: Int64) async throws
    /// Deletes the queued sightings in a space, or of an actor.
    func deleteSightings(of subject: LookBackSubject) async throws -> Int
    func queuedSightings() async throws -> Int
}
