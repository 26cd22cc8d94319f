// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is to be done, as data.
package struct Effect: Hashable, Sendable, Codable {
    package var kind: EffectKind
    package var clause: ClauseID?
    /// Hours after which it reverses itself, review queue, points … as the kind says.
    package var parameters: [String: String]

    package init(_ kind: EffectKind, clause: ClauseID? = nil, parameters: [String: String] = [:]) {
        self.kind = kind
        self.clause = clause
        self.parameters = parameters
    }
}

package enum EffectKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Seal a copy as evidence; happens inside Haechi, before anything is removed.
    case preserve
    /// Put it in front of a person; happens inside Haechi.
    case review
    /// Tell the affected person what was done, under which clause, and how to appeal.
    case notify
    case remove, restore
    case quarantine, unquarantine
    case suspend, unsuspend
    case lock, unlock
    case ban, unban
    case block, unblock

    /// The effect that takes this one back; nil for what leaves nothing to take back.
    package var inverse: EffectKind? {
        switch self {
        case .preserve, .review, .notify: nil
        case .remove: .restore
        case .restore: .remove
        case .quarantine: .unquarantine
        case .unquarantine: .quarantine
        case .suspend: .unsuspend
        case .unsuspend: .suspend
        case .lock: .unlock
        case .unlock: .lock
        case .ban: .unban
        case .unban: .ban
        case .block: .unblock
        case .unblock: .block
        }
    }

    /// Carried out by a connector, through the outbox.
    package var isOnPlatform: Bool { self != .preserve && self != .review }

    /// Takes something from someone: never done on an unknown signal, counted against quotas.
    package var isDestructive: Bool {
        switch self {
        case .remove, .quarantine, .suspend, .lock, .ban, .block: true
        case .preserve, .review, .notify, .restore, .unquarantine, .unsuspend, .unlock, .unban, .unblock: false
        }
    }
}

/// What an effect is aimed at, as the platform names it.
package struct Target: Hashable, Sendable, Codable {
    package var platform: PlatformID
    package var space: SpaceID?
    package var item: ItemID?
    package var actor: ActorID?
    package var media: [Media]

    package init(platform: PlatformID, space: SpaceID? = nil, item: ItemID? = nil, actor: ActorID? = nil, media: [Media] = []) {
        self.platform = platform
        self.space = space
        self.item = item
        self.actor = actor
        self.media = media
    }

    package init(_ event: Event) {
        self.init(
            platform: event.platform, space: event.space.id, item: event.item?.id, actor: event.actor.id,
            media: event.item?.media ?? [])
    }
}
