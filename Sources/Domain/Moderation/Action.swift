// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// An effect carried out on the platform, with its outcome: one row of the outbox.
package struct Action: Hashable, Sendable, Codable {
    /// Also the idempotency key towards the platform: made from decision, effect and target, so a repeat is recognised.
    package var id: ActionID
    package var decision: DecisionID
    package var effect: Effect
    package var target: Target
    package var state: ActionState
    package var attempts: Int
    package var createdAt: Date
    /// Not before this time; moves on with each retry.
    package var dueAt: Date
    /// What the platform answered, or why it waits; without content.
    package var note: String
    /// When the platform's state was last read back and agreed.
    package var verifiedAt: Date?
    /// When what it is about happened on the platform: the start of "time to removal".
    package var eventAt: Date

    package init(
        id: ActionID, decision: DecisionID, effect: Effect, target: Target, state: ActionState, attempts: Int = 0,
        createdAt: Date, dueAt: Date, note: String = "", verifiedAt: Date? = nil, eventAt: Date
    ) {
        self.id = id
        self.decision = decision
        self.effect = effect
        self.target = target
        self.state = state
        self.attempts = attempts
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.note = note
        self.verifiedAt = verifiedAt
        self.eventAt = eventAt
    }
}

package enum ActionState: String, Hashable, Sendable, Codable, CaseIterable {
    case pending
    /// Waits for a person: a quota was exceeded or the emergency stop is on.
    case held
    case done
    /// Given up, with the reason in the note; raises an alarm.
    case failed
    /// No longer wanted: its decision was undone before it was carried out.
    case cancelled

    package var isTerminal: Bool { self != .pending && self != .held }
}

/// Where an accepted event has got to.
package enum EventState: String, Hashable, Sendable, Codable, CaseIterable {
    case queued
    /// No rule fired; its content is gone from Haechi.
    case cleared
    /// A decision was made; its actions have states of their own.
    case decided
    /// Its space turned private before it was read; deleted unread.
    case withdrawn
    /// Could not be processed after all retries; the reason is kept.
    case failed

    package var isTerminal: Bool { self != .queued }
}
