// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
package import Moderation

extension PolicySet {
    /// What the rules for this kind of event say that fired or cannot tell, with their reasons; rules that did not fire are left out.
    ///
    /// Pure: the same event, signals, state and rules give the same findings. A canary rule stands as `shadow` outside its share of
    /// events, so only `live` and `canary` findings act.
    package func decide(
        _ event: PublicEvent, given signals: [Signal], state: StateReadings = .none
    ) -> [RuleFinding] {
        guard let engine = engines[event.event.kind] else { return [] }
        let inputs = RuleInputs(event.event, signals, state, warming: warming)
        var findings: [RuleFinding] = []
        for (place, _) in engine.reported(inputs) {
            let rule = engine.rules[place]
            if !rule.isOver(at: event.event.at) { findings.append(rule.finding(inputs)) }
        }
        return findings
    }

    /// The dear signals that could still change what a rule says, cheapest first: rules that the signals so far have decided want none.
    ///
    /// A signal that is given, even as unknown, is not asked for again.
    package func wanted(_ event: PublicEvent, given signals: [Signal], state: StateReadings = .none) -> [SignalDeclaration] {
        guard !dearSignals.isEmpty, let engine = engines[event.event.kind] else { return [] }
        let missing = dearSignals.filter { declaration in !signals.contains { $0.name == declaration.name } }
        guard !missing.isEmpty else { return [] }
        let inputs = RuleInputs(event.event, signals, state, warming: warming)
        var names: Set<String> = []
        for (place, outcome) in engine.reported(inputs) where outcome == .unknown {
            let rule = engine.rules[place]
            if !rule.isOver(at: event.event.at) { names.formUnion(rule.signals) }
        }
        return missing.filter { names.contains($0.name) }
    }

    /// Computes dear signals, the cheapest that is wanted first, for as long as one can still change what a rule says.
    ///
    /// - Parameter compute: the signals of one declaration; others may come with it. Empty when nothing serves it: it is then not asked
    ///   for again, and rules see it as not computed.
    /// - Returns: the signals given and those that were computed.
    package func complete(
        _ signals: [Signal], for event: PublicEvent, state: StateReadings = .none,
        compute: (SignalDeclaration) async -> [Signal]
    ) async -> [Signal] {
        var signals = signals
        var unserved: Set<String> = []
        while let next = wanted(event, given: signals, state: state).first(where: { !unserved.contains($0.name) }) {
            let computed = await compute(next)
            if !computed.contains(where: { $0.name == next.name }) { unserved.insert(next.name) }
            signals += computed.filter { new in !signals.contains { $0.name == new.name } }
        }
        return signals
    }
}
