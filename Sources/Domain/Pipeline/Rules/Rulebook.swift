// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
package import Signals

/// Detectors and policies of one version, used together.
package struct Rulebook: Sendable {
    private let detectors: Detectors
    package let policies: PolicySet

    package init(detectors: Detectors, policies: PolicySet) {
        self.detectors = detectors
        self.policies = policies
    }

    /// What the cheap detectors notice: enough to know which state is to be read.
    package func notice(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        detectors.detect(in: event, media: media)
    }

    /// What the rules conclude. Dear detectors run only where the rules are still open without them.
    ///
    /// - Parameter noticed: what `notice` gave.
    /// - Returns: all signals, the dear ones that were computed too, and the findings of rules that fired or cannot tell.
    package func judge(
        _ event: PublicEvent, media: [ExaminedMedia], noticed: [Signal], state: StateReadings
    ) -> (signals: [Signal], findings: [RuleFinding]) {
        var signals = noticed
        if detectors.haveDear {
            signals = policies.complete(noticed, for: event, state: state) { detectors.detect($0.name, in: event, media: media) }
        }
        return (signals, policies.decide(event, given: signals, state: state))
    }

    /// As above where no state is kept.
    package func judge(_ event: PublicEvent, media: [ExaminedMedia]) -> (signals: [Signal], findings: [RuleFinding]) {
        judge(event, media: media, noticed: notice(in: event, media: media), state: .none)
    }

    package var clauses: ClauseCatalogue { policies.clauses }
}
