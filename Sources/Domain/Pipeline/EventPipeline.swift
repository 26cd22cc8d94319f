// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Policies
package import Signals

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
    private let keeps: Keeping
    private let seen: @Sendable (PublicEvent, [ExaminedMedia]) -> Void

    /// What stays of a public event beside what a decision needs.
    package struct Keeping: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// Fingerprints of what was seen, for the look-back.
        package static let sightings = Keeping(rawValue: 1)
        /// What rules were given, for back-tests; off unless the operator has set how many days.
        package static let history = Keeping(rawValue: 2)
    }

    /// - Parameters:
    ///   - state: counters and labels; nil where none are kept.
    ///   - seen: told of every public event with media whose conclusion is durable, for an index of look-alikes; it must return at once.
    package init(
        events: any EventStore, media: MediaSource, rules: LiveRulebook, enforcement: Enforcement, state: StateReader? = nil,
        keeping keeps: Keeping = .sightings, seen: @escaping @Sendable (PublicEvent, [ExaminedMedia]) -> Void = { _, _ in }
    ) {
        self.seen = seen
        self.state = state
        self.keeps = keeps
        self.events = events
        self.media = media
        self.rules = rules
        self.enforcement = enforcement
    }

    /// What is to be written for an event: its conclusion, the decision with its effects, or its withdrawal.
    package func conclude(_ queued: QueuedEvent) async throws -> Conclusion {
        guard let event = try await gate(queued.event) else { return Conclusion(commit: .withdrawal(of: queued)) }
        let rules = rules.current  // to the end of this event, whatever is loaded meanwhile
        let examined = try await media.examine(event, attempt: queued.attempts, wishes: rules.wishes)  // bytes, hashes, pictures
        let noticed = rules.notice(in: event, media: examined)
        let known = try await state?.readings(event, noticed, rules.policies) ?? .none  // counters, labels
        let (signals, said) = await rules.judge(event, media: examined, noticed: noticed, state: known)  // what follows, and why
        let findings = enforcement.judge(said, on: event)  // who of them may act
        var commit = try await enforcement.plan(queued, event, findings: findings, media: examined)
        commit.counts = try state?.counts(event, noticed, rules.policies) ?? []
        // What is known later is found among these,
        if keeps.contains(.sightings) { commit.sightings = Sighting.seen(in: event, media: examined) }
        // and rules that are written later are tried on these.
        if keeps.contains(.history) {
            commit.history = HistoryRecord(
                RecordedEvent(
                    event, signals: signals, declared: rules.policies.signals, state: known, findings: findings))
        }
        return Conclusion(commit: commit, seen: examined.isEmpty ? nil : (event, examined))
    }

    /// Counts the event and tells of its pictures, now that its conclusion is durable.
    package func wasWritten(_ conclusion: Conclusion) {
        state?.record(conclusion.commit.counts)
        if let (event, media) = conclusion.seen { seen(event, media) }
    }

    /// The gate: only what is public now goes on.
    private func gate(_ event: Event) async throws -> PublicEvent? {
        PublicEvent(event, whileSpaceIs: try await events.privacy(of: event.space.id, on: event.platform))
    }
}

/// What is to be written for an event, and what was looked at on the way.
package struct Conclusion: Sendable {
    package var commit: Commit
    fileprivate var seen: (PublicEvent, [ExaminedMedia])?

    fileprivate init(commit: Commit, seen: (PublicEvent, [ExaminedMedia])? = nil) {
        self.commit = commit
        self.seen = seen
    }
}

extension Commit {
    /// An event whose space is not public any more: its content goes, unread.
    static func withdrawal(of queued: QueuedEvent) -> Commit {
        Commit(event: (queued.sequence, .withdrawn, "its space is not public any more"))
    }
}
