// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Moderation

extension Event {
    /// A public message with harmless content.
    package static func sample(
        id: String = "e1", platform: PlatformID = "test", kind: EventKind = .messagePosted, at: Date = .start,
        space: SpaceID = "lobby",
        privacy: PrivacyClass = .public, actor: ActorID = "ari", text: String? = "a harmless message", media: [Media] = []
    ) -> Event {
        Event(
            platform: platform, id: EventID(id), kind: kind, at: at, receivedAt: at, space: Space(id: space, privacy: privacy),
            actor: Actor(id: actor), item: Item(id: ItemID("item-\(id)"), text: text, media: media))
    }
}

extension Date {
    /// When tests begin: 2026-01-01T00:00:00Z.
    package static let start = Date(timeIntervalSince1970: 1_767_225_600)
}
