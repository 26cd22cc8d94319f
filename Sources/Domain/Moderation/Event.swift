// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// Something that happened on the platform: immutable, with the platform's own id, its time and the time we received it.
package struct Event: Hashable, Sendable, Codable {
    package var platform: PlatformID
    /// The platform's own id; (platform, id) is what makes a delivery a duplicate.
    package var id: EventID
    package var kind: EventKind
    /// When it happened, as the platform says.
    package var at: Date
    package var receivedAt: Date
    package var space: Space
    package var actor: Actor
    /// Nil for events that carry no content, such as a space that changed its privacy class.
    package var item: Item?

    package init(
        platform: PlatformID, id: EventID, kind: EventKind, at: Date, receivedAt: Date, space: Space, actor: Actor, item: Item?
    ) {
        self.platform = platform
        self.id = id
        self.kind = kind
        self.at = at
        self.receivedAt = receivedAt
        self.space = space
        self.actor = actor
        self.item = item
    }
}

/// What happened; the raw values are the words of the API and of policies.
package enum EventKind: String, Hashable, Sendable, Codable, CaseIterable {
    case messagePosted = "message.posted"
    case messageEdited = "message.edited"
    case spacePictureChanged = "space.picture.changed"
    case actorPictureChanged = "actor.picture.changed"
    /// A space was created, or its privacy class changed; carries no item.
    case spaceChanged = "space.changed"
}

/// A room, channel or group.
package struct Space: Hashable, Sendable, Codable {
    package var id: SpaceID
    package var privacy: PrivacyClass

    package init(id: SpaceID, privacy: PrivacyClass) {
        self.id = id
        self.privacy = privacy
    }
}

/// Who can read a space. What is not known to be public is private.
package enum PrivacyClass: String, Hashable, Sendable, Codable, CaseIterable {
    case `public`, `private`, encrypted
}

/// An account, bot or admin of the platform.
package struct Actor: Hashable, Sendable, Codable {
    package var id: ActorID
    /// When the account was made; nil when the platform does not say.
    package var createdAt: Date?

    package init(id: ActorID, createdAt: Date? = nil) {
        self.id = id
        self.createdAt = createdAt
    }
}

/// One message, profile picture or channel picture, with its media.
package struct Item: Hashable, Sendable, Codable {
    package var id: ItemID
    package var text: String?
    package var media: [Media]
    /// The earlier item that this one edits.
    package var replaces: ItemID?

    package init(id: ItemID, text: String? = nil, media: [Media] = [], replaces: ItemID? = nil) {
        self.id = id
        self.text = text
        self.media = media
        self.replaces = replaces
    }
}

/// A picture, video or file that belongs to an item.
package struct Media: Hashable, Sendable, Codable {
    /// The platform's id, for Matrix the `mxc:` address.
    package var id: MediaID
    /// The media type that the uploader claims, such as `image/png`.
    package var type: String?
    /// Where the bytes can be had: an address the connector understands (`mxc:`, `https:`), or nil when uploaded beforehand.
    package var url: String?
    /// Lower-case hexadecimal SHA-256 of the bytes, when known.
    package var sha256: String?

    package init(id: MediaID, type: String? = nil, url: String? = nil, sha256: String? = nil) {
        self.id = id
        self.type = type
        self.url = url
        self.sha256 = sha256
    }
}
