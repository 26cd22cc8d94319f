// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
package import Signals

/// Detectors and policies of one version, used together.
package struct Rulebook: Sendable {
    private let detectors: Detectors
    private let review: Review
    package let policies: PolicySet
    /// What the detectors want of every file of an event.
    package let wishes: MediaWishes
    /// How long all dear signals of an event may take.
    private static let patience = Duration.seconds(20)

    /// What is worked out for people who review, whether or not a rule wants it.
    package struct Review: Sendable {
        package var detectors: Detectors
        package var declarations: [SignalDeclaration]
        package var wishes: MediaWishes

        package init(detectors: Detectors, declarations: [SignalDeclaration], wishes: MediaWishes) {
            self.detectors = detectors
            self.declarations = declarations
            self.wishes = wishes
        }

        package static let nothing = Review(detectors: Detectors([]), declarations: [], wishes: MediaWishes())
    }

    package init(
        detectors: Detectors, policies: PolicySet, wishes: MediaWishes = MediaWishes(), review: Review = .nothing
    ) {
        self.detectors = detectors
        self.policies = policies
        self.wishes = wishes
        self.review = review
    }

    /// What a reviewer's file is examined for.
    package var reviewWishes: MediaWishes { review.wishes }

    /// Every signal that helps a reviewer, the dear ones too, cheapest first; what nothing serves is left out.
    package func look(
        at event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        var signals = review.detectors.detect(in: event, media: media)
        for declaration in review.declarations.sorted(by: { $0.cost < $1.cost }) {
            guard !signals.contains(where: { $0.name == declaration.name }) else { continue }
            let computed = await review.detectors.detect(declaration, in: event, media: media, until: deadline)
            signals += computed.filter { new in !signals.contains { $0.name == new.name } }
        }
        return signals
    }

    /// What the cheap detectors notice: enough to know which state is to be read.
    package func notice(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        detectors.detect(in: event, media: media)
    }

    /// What the rules conclude. Dear detectors run only where the rules are still open without them.
    ///
    /// - Parameters:
    ///   - noticed: what `notice` gave.
    ///   - deadline: when the dear signals must be there; what is not is unknown. Nil for the usual patience.
    /// - Returns: all signals, the dear ones that were computed too, and the findings of rules that fired or cannot tell.
    package func judge(
        _ event: PublicEvent, media: [ExaminedMedia], noticed: [Signal], state: StateReadings,
        until deadline: ContinuousClock.Instant? = nil
    ) async -> (signals: [Signal], findings: [RuleFinding]) {
        var signals = noticed
        if detectors.haveDear {
            let deadline = deadline ?? .now + Self.patience
            signals = await policies.complete(noticed, for: event, state: state) {
                await detectors.detect($0, in: event, media: media, until: deadline)
            }
        }
        return (signals, policies.decide(event, given: signals, state: state))
    }

    /// As above where no state is kept.
    package func judge(_ event: PublicEvent, media: [ExaminedMedia]) async -> (signals: [Signal], findings: [RuleFinding]) {
        await judge(event, media: media, noticed: notice(in: event, media: media), state: .none)
    }

    package var clauses: ClauseCatalogue { policies.clauses }
}
