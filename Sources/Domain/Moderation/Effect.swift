// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is to be done, as data.
package struct Effect: Hashable, Sendable, Codable {
    package var kind: EffectKind
    package var clause: ClauseID?
    /// Hours after which it reverses itself, review queue, a label's name, points … as the kind says.
    package var parameters: [String: String]

    package init(_ kind: EffectKind, clause: ClauseID? = nil, parameters: [String: String] = [:]) {
        self.kind = kind
        self.clause = clause
        self.parameters = parameters
    }

    /// The effect that takes this one back; nil for what leaves nothing to take back. Inside Haechi it names the same label or points.
    package var inverse: Effect? {
        kind.inverse.map { Effect($0, clause: clause, parameters: kind.isOnPlatform ? [:] : parameters) }
    }

    /// Whether doing both would be doing the same twice: labels of two names are two effects.
    package func isSame(as other: Effect) -> Bool {
        guard kind == other.kind else { return false }
        return kind != .label && kind != .unlabel
            || (parameters["name"] == other.parameters["name"] && parameters["on"] == other.parameters["on"])
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
    /// Put a label (`name`, on `actor` or `space`, for `hours`) on whom it is about; happens inside Haechi.
    case label, unlabel
    /// Count `points` against the actor, for `hours`; happens inside Haechi.
    case strike, unstrike

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
        case .label: .unlabel
        case .unlabel: .label
        case .strike: .unstrike
        case .unstrike: .strike
        }
    }

    /// Carried out by a connector, through the outbox.
    package var isOnPlatform: Bool {
        switch self {
        case .preserve, .review, .label, .unlabel, .strike, .unstrike: false
        case .notify, .remove, .restore, .quarantine, .unquarantine, .suspend, .unsuspend, .lock, .unlock, .ban, .unban, .block,
            .unblock:
            true
        }
    }

    /// Takes something from someone: never done on an unknown signal, counted against quotas.
    package var isDestructive: Bool {
        switch self {
        case .remove, .quarantine, .suspend, .lock, .ban, .block: true
        case .preserve, .review, .notify, .restore, .unquarantine, .unsuspend, .unlock, .unban, .unblock, .label, .unlabel,
            .strike,
            .unstrike:
            false
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
