// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

extension Rule {
    /// What the rule says of an event, and why.
    ///
    /// Steps are recorded where somebody may ask for them: a rule that cannot tell, and is to be skipped then, only says why.
    func finding(_ inputs: RuleInputs, recordsAlways: Bool = false) -> RuleFinding {
        var trace = Trace()
        let bindings = ConditionInputs(condition: condition, inputs: inputs)
        let value = condition.program.evaluate(bindings, recording: &trace)
        let result = result(of: value)
        if case .unknown(_, then: .skip) = result, !recordsAlways { trace = Trace() }
        return RuleFinding(
            rule: reference, stage: effectiveStage(for: inputs.event), result: result, effects: result == .fired ? effects : [],
            quota: quota, explanation: explanation(value, trace, inputs))
    }

    private func explanation(_ value: Value, _ trace: Trace, _ inputs: RuleInputs) -> Explanation {
        let asksActor = condition.inputs.contains(.actorLabels)
        let asksSpace = condition.inputs.contains(.spaceLabels)
        let labels = (asksActor ? inputs.state.actorLabels : []) + (asksSpace ? inputs.state.spaceLabels : [])
        return Explanation(
            rule: reference, condition: when, result: value.description, steps: Self.steps(trace),
            signals: inputs.signals.filter { condition.signals.contains($0.name) },
            counters: counters.sorted().compactMap { inputs.state.counters[$0] },
            labels: labels.filter { $0.isInForce(at: inputs.event.at) }, event: Explanation.EventFacts(inputs.event))
    }

    func result(of value: Value) -> RuleFinding.Result {
        switch value {
        case .bool(let bool): bool ? .fired : .notFired
        case .unknown(let reasons): .unknown(reasons.joined(separator: "; "), then: unknown)
        case .error(let error): .unknown("the condition failed: \(error)", then: unknown)
        default: .unknown("the condition gave \(value.typeName), not a bool", then: unknown)
        }
    }

    func effectiveStage(for event: Event) -> RuleFinding.Stage {
        guard stage == .canary else { return stage }
        return CanaryShare.includes(rule: reference.id, event: event, percent: percent) ? .canary : .shadow
    }

    /// The steps in the order in which they were taken, each with its depth: how many other steps it is a part of.
    private static func steps(_ trace: Trace) -> [Explanation.Step] {
        let ranges = trace.steps.map { $0.span.offset..<$0.span.offset + $0.span.length }
        return trace.steps.indices.map { index in
            let depth = ranges.count {
                $0 != ranges[index] && $0.lowerBound <= ranges[index].lowerBound && $0.upperBound >= ranges[index].upperBound
            }
            return Explanation.Step(
                expression: trace.steps[index].text, value: shown(trace.steps[index]), depth: depth)
        }
    }

    /// The value for an explanation. Content stays out: of texts and lists only the size is told, unless they are ids or
    /// words of ours.
    private static func shown(_ step: Trace.Step) -> String {
        if let slot = step.slot, !content.contains(slot.path) { return step.value.description }
        return switch step.value {
        case .string(let text): "text of \(characters(text)) characters"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .list(let elements): "list of \(elements.count)"
        case .map(let map): "record with \(map.count) fields"
        default: step.value.description
        }
    }

    /// Code points, counted by their first bytes: going through them one by one takes longer than judging does.
    private static func characters(_ text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in bytes.count { $0 & 0xC0 != 0x80 } }
    }

    /// The inputs that hold what people wrote.
    static let content: Set<String> = ["text", "links", "media"]
}
