// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// One event as the homeserver sends it, read with suspicion.
struct MatrixEvent: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A message, edit, sticker or room picture.
        case content(EventKind, Item)
        /// What decides who can read the room.
        case access(MatrixAccessChange)
        /// Says of itself that it is encrypted.
        case encrypted
        /// The bot's own membership.
        case ownMembership(String)
        case irrelevant
    }

    var id: EventID
    var room: SpaceID
    var sender: ActorID
    var at: Date
    var kind: Kind
}

/// A change to one of the three states that decide a room's privacy class.
enum MatrixAccessChange: Hashable, Sendable {
    case joinRule(String)
    case historyVisibility(String)
    case encryption
}

/// Why an event was skipped; a fixed word, never content.
enum MatrixEventProblem: String, Error, Hashable, Sendable {
    case notAnObject = "not-an-object"
    case badType = "bad-type"
    case badID = "bad-event-id"
    case badRoom = "bad-room-id"
    case badSender = "bad-sender"
    case badTime = "bad-time"
}
