// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

/// What rules of one file may refer to.
struct RuleContext {
    let policy: String
    let clauses: [ClauseID]
    let signals: [SignalDeclaration]
}

extension PolicyReader {
    mutating func rules(_ node: Node, _ context: RuleContext, _ known: inout KnownNames) -> [Rule] {
        var rules: [Rule] = []
        for node in list(node, "the rules") {
            if let rule = rule(node, context, &known) { rules.append(rule) }
        }
        return rules
    }

    private mutating func rule(_ node: Node, _ context: RuleContext, _ known: inout KnownNames) -> Rule? {
        guard
            let parts = mapping(
                node, "a rule", required: ["id", "events", "when", "then"], optional: ["stage", "percent", "quota", "unknown"])
        else { return nil }
        let id = parts["id"].flatMap { name($0.value, "a rule's id") } ?? ""
        claim(id, parts["id"]?.value, "rule", in: &known.rules)
        let stage = parts["stage"].map { choice($0.value, "stage", of: RuleFinding.Stage.self) ?? .draft } ?? .draft
        let percent = percent(parts["percent"], stage, node)
        let events = parts["events"].map { list($0.value, "a list of events") } ?? []
        let kinds = events.compactMap { choice($0, "kind of event", of: EventKind.self) }
        let effects = parts["then"].map { self.effects($0.value, context) } ?? []
        let quota = parts["quota"].flatMap { self.quota($0.value) }
        let unknown =
            parts["unknown"].map { choice($0.value, "meaning of unknown", of: RuleFinding.UnknownMeaning.self) ?? .hold } ?? .hold
        guard let when = parts["when"], let text = string(when.value, "a condition"),
            let program = condition(when.value, text, context)
        else { return nil }
        let condition = Condition(program)
        let used = context.signals.filter { condition.signals.contains($0.name) }.sorted { $0.name < $1.name }
        let version = Rule.version(
            of: id, events: kinds.map(\.rawValue), when: text, effects: effects.map(Self.canonical),
            quota: quota.map { "\($0.seconds) \($0.maximum) \($0.exceeded)" } ?? "", unknown: unknown.rawValue,
            signals: used.map { "\($0.name) \($0.kind.rawValue) \($0.bank) \($0.radius)" })
        return Rule(
            reference: RuleReference(policy: context.policy, id: id, version: version), stage: stage, percent: percent,
            events: kinds,
            when: text, effects: effects, quota: quota, unknown: unknown, condition: condition)
    }

    private mutating func percent(_ entry: Entry?, _ stage: RuleFinding.Stage, _ rule: Node) -> Int {
        guard let entry else {
            if stage == .canary {
                note(rule, "a canary rule has no 'percent'", expected: "percent: the share of events it acts on, 1 to 99")
            }
            return 0
        }
        if stage != .canary { note(entry.key, "only a canary rule has a 'percent'") }
        return integer(entry.value, "a percentage", in: 1...99) ?? 0
    }

    /// Compiles the condition; its problems are told at their place in this file.
    private mutating func condition(_ node: Node, _ text: String, _ context: RuleContext) -> Program? {
        do throws(CELError) {
            let program = try Program.compile(text, declarations: Condition.declarations(signals: context.signals.map(\.name)))
            if program.resultType != .bool, program.resultType != .dyn {
                let isSignal = if case .message = program.resultType { true } else { false }
                note(
                    node, "the condition is no bool but \(program.resultType)", expected: "a condition that is true or false",
                    hint: isSignal ? "ask for its field '.matched'" : nil)
                return nil
            }
            return program
        } catch {
            let map = ScalarMap(node, in: self.text)
            for problem in error.problems {
                let place = map.place(ofByte: problem.span.offset)
                note(line: place.line, column: place.column, problem.message, expected: problem.expected, hint: problem.hint)
            }
            return nil
        }
    }

    private mutating func quota(_ node: Node) -> RuleFinding.Quota? {
        guard let parts = mapping(node, "a quota", required: ["per", "max"], optional: ["exceeded"]) else { return nil }
        let seconds = parts["per"].flatMap { duration($0.value, "the time of a quota") }
        let maximum = parts["max"].flatMap { integer($0.value, "the maximum of a quota", in: 1...1_000_000_000) }
        let exceeded = parts["exceeded"].map {
            choice($0.value, "way to treat what exceeds a quota", of: RuleFinding.Quota.Exceeded.self) ?? .hold
        }
        guard let seconds, let maximum else { return nil }
        return RuleFinding.Quota(seconds: Double(seconds), maximum: maximum, exceeded: exceeded ?? .hold)
    }
}
