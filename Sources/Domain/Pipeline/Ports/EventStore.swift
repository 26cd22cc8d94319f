// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: the durable queue of accepted events.
package protocol EventStore: Sendable {
    /// Makes events durable, in order, in one transaction; what is answered with `.accepted` survives any crash.
    ///
    /// The store looks at its record of each event's space in the same transaction: when that record is not public and not older
    /// than the event, the event is dropped and nothing of it is kept. A space seen for the first time, or whose latest
    /// word this is, is recorded as public.
    /// - Parameter events: events that say themselves that their space is public.
    /// - Returns: one acceptance per event, in order.
    func accept(_ events: [Event]) async throws -> [Acceptance]

    /// Queued events of a lane that are due, in order. The caller knows which of them it is working on already.
    func queued(_ lane: EventLane, dueBy now: Date, limit: Int) async throws -> [QueuedEvent]

    /// Puts a queued event off after a passing failure.
    func postpone(_ sequence: Int64, until: Date, reason: String) async throws

    /// Records the latest word on a space (by event time; among equal times the stricter class wins).
    ///
    /// When the space is no longer public, every queued event from it becomes `withdrawn` and its content is deleted, in the same
    /// transaction. Of a space never seen public nothing is recorded.
    /// - Returns: how many queued events were withdrawn.
    func record(_ space: Space, on platform: PlatformID, at: Date) async throws -> Int

    /// What is known of a space now; nil when nothing is. That it is public because a report says so is known for some minutes only.
    func privacy(of space: SpaceID, on platform: PlatformID) async throws -> PrivacyClass?

    func status(of event: EventID, on platform: PlatformID) async throws -> EventStatus?
    /// Newest first, without content.
    func recent(limit: Int) async throws -> [EventStatus]
    /// How many events are in each state, and when the oldest queued one was received.
    func backlog() async throws -> Backlog
}

/// Events that were put off must not keep new ones waiting.
package enum EventLane: Hashable, Sendable, CaseIterable {
    /// Never tried, in the order of arrival.
    case fresh
    /// Put off before, the longest due first.
    case retries
}

package enum Acceptance: Hashable, Sendable {
    case accepted(sequence: Int64)
    /// The platform delivered it before.
    case duplicate
    /// Its space is private or encrypted: nothing was kept.
    case dropped
}

package struct QueuedEvent: Hashable, Sendable {
    package var sequence: Int64
    package var event: Event
    /// How many times it was tried before.
    package var attempts: Int

    package init(sequence: Int64, event: Event, attempts: Int) {
        self.sequence = sequence
        self.event = event
        self.attempts = attempts
    }
}

/// Where an event has got to, without its content.
package struct EventStatus: Hashable, Sendable {
    package var sequence: Int64
    package var platform: PlatformID
    package var id: EventID
    package var kind: EventKind
    package var space: SpaceID
    package var actor: ActorID
    package var at: Date
    package var receivedAt: Date
    package var state: EventState
    package var attempts: Int
    package var concludedAt: Date?
    /// Why it failed or waits; without content.
    package var note: String
    package var decision: DecisionID?

    package init(
        sequence: Int64, platform: PlatformID, id: EventID, kind: EventKind, space: SpaceID, actor: ActorID, at: Date,
        receivedAt: Date, state: EventState, attempts: Int, concludedAt: Date?, note: String, decision: DecisionID?
    ) {
        self.sequence = sequence
        self.platform = platform
        self.id = id
        self.kind = kind
        self.space = space
        self.actor = actor
        self.at = at
        self.receivedAt = receivedAt
        self.state = state
        self.attempts = attempts
        self.concludedAt = concludedAt
        self.note = note
        self.decision = decision
    }
}

package struct Backlog: Hashable, Sendable {
    package var events: [EventState: Int]
    package var actions: [ActionState: Int]
    package var openCases: Int
    package var oldestQueuedEvent: Date?
    package var oldestPendingAction: Date?

    package init(
        events: [EventState: Int], actions: [ActionState: Int], openCases: Int, oldestQueuedEvent: Date?,
        oldestPendingAction: Date?
    ) {
        self.events = events
        self.actions = actions
        self.openCases = openCases
        self.oldestQueuedEvent = oldestQueuedEvent
        self.oldestPendingAction = oldestPendingAction
    }
}
