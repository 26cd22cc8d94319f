// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies

/// Reads what rules see beside an event, and says what the event counts.
package struct StateReader: Sendable {
    private let counters: CounterKeeper
    private let labels: any LabelStore

    package init(counters: CounterKeeper, labels: any LabelStore) {
        self.counters = counters
        self.labels = labels
    }

    /// Only what rules for this kind of event ask for is read.
    package func readings(_ event: PublicEvent, _ noticed: [Signal], _ policies: PolicySet) async throws -> StateReadings {
        let inside = event.event
        var state = StateReadings(
            counters: counters.read(policies.counterReads(event, given: noticed), for: inside, policies))
        guard !policies.labels.isEmpty else { return state }
        let labels = try await labels.labels(
            on: [.actor(inside.platform, inside.actor.id), .space(inside.platform, inside.space.id)], at: inside.at)
        for label in labels {
            switch label.subject {
            case .actor: state.actorLabels.append(label)
            case .space: state.spaceLabels.append(label)
            }
        }
        return state
    }

    /// What is to be written with the event's conclusion.
    package func counts(_ event: PublicEvent, _ noticed: [Signal], _ policies: PolicySet) throws -> [CounterIncrement] {
        try counters.increments(policies.counterWrites(event, given: noticed), for: event.event, policies)
    }

    /// Counts what is durable now.
    package func record(_ counts: [CounterIncrement]) { counters.record(counts) }
}
