// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
package import Moderation

extension PolicySet {
    /// What each rule for this kind of event says: fired, not fired or unknown, with the reasons.
    ///
    /// Pure: the same event, signals and rules give the same findings. A canary rule stands as `shadow` outside its share of
    /// events, so only `live` and `canary` findings act.
    package func decide(_ event: PublicEvent, given signals: [Signal]) -> [RuleFinding] {
        guard let rules = rulesByKind[event.event.kind] else { return [] }
        let inputs = RuleInputs(event.event, signals)
        return rules.map { $0.finding(inputs, given: signals, recordsAlways: false) }
    }

    /// As `decide`, with the steps of rules that did not fire as well: for people who ask why nothing happened.
    package func explain(_ event: PublicEvent, given signals: [Signal]) -> [RuleFinding] {
        guard let rules = rulesByKind[event.event.kind] else { return [] }
        let inputs = RuleInputs(event.event, signals)
        return rules.map { $0.finding(inputs, given: signals, recordsAlways: true) }
    }
}

extension Rule {
    func finding(_ inputs: RuleInputs, given signals: [Signal], recordsAlways: Bool) -> RuleFinding {
        let bound = ConditionInputs(condition: condition, inputs: inputs)
        let value = condition.program.evaluate(bound)
        let result = result(of: value)
        var steps: [Explanation.Step] = []
        if recordsAlways || result != .notFired {
            // Most rules do not fire, so the steps are recorded in a second run of those that do: it gives the same values.
            var trace = Trace()
            _ = condition.program.evaluate(bound, recording: &trace)
            steps = trace.steps.map { Explanation.Step(expression: $0.text, value: Self.shown($0)) }
        }
        let explanation = Explanation(
            rule: reference, condition: when, result: value.description, steps: steps,
            signals: signals.filter { condition.signals.contains($0.name) })
        return RuleFinding(
            rule: reference, stage: effectiveStage(for: inputs.event), result: result, effects: result == .fired ? effects : [],
            quota: quota, explanation: explanation)
    }

    private func result(of value: Value) -> RuleFinding.Result {
        switch value {
        case .bool(let bool): bool ? .fired : .notFired
        case .unknown(let reasons): .unknown(reasons.joined(separator: "; "), then: unknown)
        case .error(let error): .unknown("the condition failed: \(error)", then: unknown)
        default: .unknown("the condition gave \(value.typeName), not a bool", then: unknown)
        }
    }

    private func effectiveStage(for event: Event) -> RuleFinding.Stage {
        guard stage == .canary else { return stage }
        var hash = ContentHash()
        hash.add(reference.id)
        hash.add(event.platform.rawValue)
        hash.add(event.id.rawValue)
        // The low bits of FNV mix poorly over similar ids: fold the high ones in.
        return (hash.value ^ (hash.value >> 29)) % 100 < UInt64(percent) ? .canary : .shadow
    }

    /// The value for an explanation. Content stays out: of texts and lists only the size is told, unless they are ids or
    /// words of ours.
    private static func shown(_ step: Trace.Step) -> String {
        if let slot = step.slot, slot.path != "text", slot.path != "links", slot.path != "media" { return step.value.description }
        return switch step.value {
        case .string(let text): "text of \(text.unicodeScalars.count) characters"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .list(let elements): "list of \(elements.count)"
        case .map(let map): "record with \(map.count) fields"
        default: step.value.description
        }
    }
}
