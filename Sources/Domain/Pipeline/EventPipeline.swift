// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// The flow: takes one event from the queue to its conclusion.
///
/// If a step throws, the event is tried again later, so every step is safe to repeat; nothing is written before `Commit`, which is
/// written as a whole or not at all.
package struct EventPipeline: Sendable {
    private let events: any EventStore
    private let media: MediaSource
    private let rules: LiveRulebook
    private let enforcement: Enforcement
    private let state: StateReader?
    private let keepsSightings: Bool

    /// - Parameters:
    ///   - state: counters and labels; nil where none are kept.
    ///   - keepsSightings: whether there is a look-back for what was seen.
    package init(
        events: any EventStore, media: MediaSource, rules: LiveRulebook, enforcement: Enforcement, state: StateReader? = nil,
        keepsSightings: Bool = true
    ) {
        self.state = state
        self.keepsSightings = keepsSightings
        self.events = events
        self.media = media
        self.rules = rules
        self.enforcement = enforcement
    }

    /// What is to be written for an event: its conclusion, the decision with its effects, or its withdrawal.
    package func conclude(_ queued: QueuedEvent) async throws -> Commit {
        guard let event = try await gate(queued.event) else { return .withdrawal(of: queued) }
        let rules = rules.current  // to the end of this event, whatever is loaded meanwhile
        let examined = try await media.examine(event, attempt: queued.attempts)  // bytes, hashes, pictures
        let noticed = rules.notice(in: event, media: examined)
        let known = try await state?.readings(event, noticed, rules.policies) ?? .none  // counters, labels
        let (signals, findings) = rules.judge(event, media: examined, noticed: noticed, state: known)  // what follows, and why
        var commit = try await enforcement.plan(queued, event, signals: signals, findings: findings, media: examined)
        commit.counts = try state?.counts(event, noticed, rules.policies) ?? []
        if keepsSightings { commit.sightings = Sighting.seen(in: event, media: examined) }  // found when it is known later
        return commit
    }

    /// Counts the event, now that its conclusion is durable.
    package func wasWritten(_ commit: Commit) { state?.record(commit.counts) }

    /// The gate: only what is public now goes on.
    private func gate(_ event: Event) async throws -> PublicEvent? {
        PublicEvent(event, whileSpaceIs: try await events.privacy(of: event.space.id, on: event.platform))
    }
}

extension Commit {
    /// An event whose space is not public any more: its content goes, unread.
    static func withdrawal(of queued: QueuedEvent) -> Commit {
        Commit(event: (queued.sequence, .withdrawn, "its space is not public any more"))
    }
}
