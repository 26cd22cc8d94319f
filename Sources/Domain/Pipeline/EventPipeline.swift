// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
package import Signals

/// The flow: takes one event from the queue to its conclusion.
///
/// If a step throws, the event is tried again later, so every step is safe to repeat; nothing is written before `Commit`, which is
/// written as a whole or not at all.
package struct EventPipeline: Sendable {
    private let events: any EventStore
    private let media: MediaSource
    private let rules: Rulebook
    private let enforcement: Enforcement
    private let keepsSightings: Bool

    /// - Parameter keepsSightings: whether there is a look-back for what was seen.
    package init(
        events: any EventStore, media: MediaSource, rules: Rulebook, enforcement: Enforcement, keepsSightings: Bool = true
    ) {
        self.keepsSightings = keepsSightings
        self.events = events
        self.media = media
        self.rules = rules
        self.enforcement = enforcement
    }

    /// What is to be written for an event: its conclusion, the decision with its effects, or its withdrawal.
    package func conclude(_ queued: QueuedEvent) async throws -> Commit {
        guard let event = try await gate(queued.event) else { return .withdrawal(of: queued) }
        let examined = try await media.examine(event, attempt: queued.attempts)  // bytes, hashes, pictures
        let (signals, findings) = rules.judge(event, media: examined)  // what we noticed, what we concluded and why
        var commit = try await enforcement.plan(queued, event, signals: signals, findings: findings, media: examined)
        if keepsSightings { commit.sightings = Sighting.seen(in: event, media: examined) }  // found when it is known later
        return commit
    }

    /// The gate: only what is public now goes on.
    private func gate(_ event: Event) async throws -> PublicEvent? {
        PublicEvent(event, whileSpaceIs: try await events.privacy(of: event.space.id, on: event.platform))
    }
}

/// Detectors and policies of one version, used together.
package struct Rulebook: Sendable {
    private let detectors: Detectors
    private let policies: PolicySet

    package init(detectors: Detectors, policies: PolicySet) {
        self.detectors = detectors
        self.policies = policies
    }

    package func judge(_ event: PublicEvent, media: [ExaminedMedia]) -> (signals: [Signal], findings: [RuleFinding]) {
        let signals = detectors.detect(in: event, media: media)
        return (signals, policies.decide(event, given: signals))
    }

    package var clauses: ClauseCatalogue { policies.clauses }
}

extension Commit {
    /// An event whose space is not public any more: its content goes, unread.
    static func withdrawal(of queued: QueuedEvent) -> Commit {
        Commit(event: (queued.sequence, .withdrawn, "its space is not public any more"))
    }
}
