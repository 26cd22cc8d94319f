// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
package import Moderation

extension PolicySet {
    /// As `decide`, for every rule of this kind of event, those that did not fire as well, with all steps: for people who ask why
    /// nothing happened.
    package func explain(
        _ event: PublicEvent, given signals: [Signal], state: StateReadings = .none
    ) -> [RuleFinding] {
        let inputs = RuleInputs(event.event, signals, state, warming: warming)
        return rules(for: event.event.kind).compactMap { rule in
            guard !rule.isOver(at: event.event.at) else { return nil }
            return rule.finding(inputs, recordsAlways: true)
        }
    }

    /// The plain loop: each rule by itself, in the order of the files. What `decide` is measured and tested against.
    package func decidePlainly(
        _ event: PublicEvent, given signals: [Signal], state: StateReadings = .none
    ) -> [RuleFinding] {
        let inputs = RuleInputs(event.event, signals, state, warming: warming)
        return rules(for: event.event.kind).compactMap { rule in
            guard !rule.isOver(at: event.event.at) else { return nil }
            if case .bool(false) = rule.condition.evaluate(inputs) { return nil }
            return rule.finding(inputs)
        }
    }
}
