// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
package import Moderation

extension PolicySet {
    /// What comes out when a stored explanation is evaluated again.
    package enum Replay: Hashable, Sendable, CustomStringConvertible {
        case same
        case different(String)
        /// The rule is not there any more, or in another version only.
        case otherVersion(String?)
        /// What was stored is not enough.
        case incomplete(String)

        package var description: String {
            switch self {
            case .same: "the same result comes out again"
            case .different(let result): "ANOTHER RESULT comes out: \(result)"
            case .otherVersion(let version?): "these policies have version \(version) of the rule, so it was not evaluated again"
            case .otherVersion(nil): "these policies do not have the rule, so it was not evaluated again"
            case .incomplete(let why): "it cannot be evaluated again: \(why)"
            }
        }
    }

    /// Evaluates a rule again on the readings that were stored with a decision.
    ///
    /// Content is not stored, so a part that reads text, links or media counts with the value it had then; everything that leads from
    /// there to the result, and everything that reads signals, counters, labels and the event, is evaluated.
    package func replay(_ explanation: Explanation) -> Replay {
        let known = rules.first { $0.reference.id == explanation.rule.id && $0.reference.policy == explanation.rule.policy }
        guard let rule = known, rule.reference == explanation.rule else { return .otherVersion(known?.reference.version) }
        guard let facts = explanation.event else { return .incomplete("it was stored before readings were kept") }
        guard !explanation.steps.isEmpty else { return .incomplete("its steps were not kept") }
        let event = Event(
            platform: facts.platform, id: facts.id, kind: facts.kind, at: facts.at, receivedAt: facts.at,
            space: Space(id: facts.space, privacy: .public), actor: Actor(id: facts.actor, createdAt: facts.actorCreatedAt),
            item: nil)
        var state = StateReadings(counters: Dictionary(explanation.counters.map { ($0.name, $0) }) { first, _ in first })
        for label in explanation.labels {
            if case .actor = label.subject { state.actorLabels.append(label) } else { state.spaceLabels.append(label) }
        }
        let replayer = Replayer(
            condition: rule.condition, inputs: RuleInputs(event, explanation.signals, state, warming: warming),
            stored: Dictionary(explanation.steps.map { ($0.expression, $0.value) }) { _, last in last })
        let result = replayer.value(rule.condition.program.checked.root).description
        return result == explanation.result ? .same : .different(result)
    }
}

/// Evaluates the parts of a condition that need no content, and joins them with what was stored of the others.
private struct Replayer {
    let condition: Condition
    let inputs: RuleInputs
    /// Expression to value, as stored.
    let stored: [String: String]

    func value(_ expression: Expression) -> Value {
        if !readsContent(expression) { return evaluate(expression) }
        switch expression.kind {
        case .and(let operands): return join(operands, decisive: false)
        case .or(let operands): return join(operands, decisive: true)
        case .call("!_", _, let operands) where operands.count == 1:
            let value = value(operands[0])
            return if case .bool(let bool) = value { .bool(!bool) } else { value }
        case .conditional(let test, let yes, let no):
            let test = value(test)
            return if case .bool(let bool) = test { value(bool ? yes : no) } else { test }
        default: return storedValue(expression)
        }
    }

    /// As `&&` and `||` are evaluated: the decisive value wins over what is unknown or failed.
    private func join(_ operands: [Expression], decisive: Bool) -> Value {
        var reasons: [String] = []
        var failure: Value?
        for operand in operands {
            switch value(operand) {
            case .bool(decisive): return .bool(decisive)
            case .bool: break
            case .unknown(let why): reasons += why.filter { !reasons.contains($0) }
            case let other: failure = failure ?? other
            }
        }
        if !reasons.isEmpty { return .unknown(reasons) }
        return failure ?? .bool(!decisive)
    }

    private func readsContent(_ expression: Expression) -> Bool {
        let checked = condition.program.checked
        switch checked.references[expression.id] {
        case .slot(let slot)?, .hasSlot(let slot)?: if Rule.content.contains(checked.slots[slot].path) { return true }
        default: break
        }
        var reads = false
        expression.forEachChild { if !reads, readsContent($0) { reads = true } }
        return reads
    }

    /// A part by itself: only parts that stand outside of loops are asked for, so it uses no names of its surroundings.
    private func evaluate(_ expression: Expression) -> Value {
        if expression === condition.program.checked.root { return condition.evaluate(inputs) }
        let text = condition.program.checked.source.excerpt(expression.range)
        do throws(CELError) {
            let part = try Program.compile(text, declarations: condition.names.declarations)
            return Condition(part, text: text, names: condition.names).evaluate(inputs)
        } catch {
            return .unknown(["a part cannot be compiled by itself"])
        }
    }

    private func storedValue(_ expression: Expression) -> Value {
        switch stored[condition.program.checked.source.excerpt(expression.range)] {
        case "true"?: .bool(true)
        case "false"?: .bool(false)
        // Not reached then, because another part had decided.
        case nil: .unknown(["a part that was not evaluated then"])
        case let text?: .unknown([text])
        }
    }
}
