// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What one rule said of one event: the result type of `PolicySet.decide`.
package struct RuleFinding: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
        case fired
        case notFired
        /// A signal it needs is unknown, or its condition failed; `hold` asks for a person, `skip` for nothing.
        case unknown(String, then: UnknownMeaning)
    }

    package enum UnknownMeaning: String, Hashable, Sendable, CaseIterable { case hold, skip }

    /// Only `live` (and `canary` for its share of events) acts; `shadow` is evaluated and counted.
    package enum Stage: String, Hashable, Sendable, Codable, CaseIterable { case draft, shadow, canary, live, retired }

    package struct Quota: Hashable, Sendable {
        package enum Exceeded: String, Hashable, Sendable, CaseIterable { case hold, drop }

        package var seconds: Double
        package var maximum: Int
        package var exceeded: Exceeded

        package init(seconds: Double, maximum: Int, exceeded: Exceeded) {
            self.seconds = seconds
            self.maximum = maximum
            self.exceeded = exceeded
        }
    }

    package var rule: RuleReference
    package var stage: Stage
    package var result: Result
    /// The rule's effects when it fired; empty otherwise.
    package var effects: [Effect]
    package var quota: Quota?
    package var explanation: Explanation
    /// Why what is destructive in its effects waits for a person, when its version was stopped.
    package var restraint: String?

    package init(
        rule: RuleReference, stage: Stage, result: Result, effects: [Effect], quota: Quota?, explanation: Explanation,
        restraint: String? = nil
    ) {
        self.rule = rule
        self.stage = stage
        self.result = result
        self.effects = effects
        self.quota = quota
        self.explanation = explanation
        self.restraint = restraint
    }
}
