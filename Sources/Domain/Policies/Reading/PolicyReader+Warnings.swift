// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation
import Yams

/// What can be used, but was probably not meant.
extension PolicyReader {
    private static let confirmable: Set<SignalKind> = [.sha256, .pdq]

    mutating func warn(
        of rule: Rule, at node: Node, when: Node, _ parts: [String: Entry], _ context: RuleContext
    ) {
        if rule.effects.contains(where: \.kind.isDestructive) {
            if rule.quota == nil {
                warn(
                    parts["then"]?.key ?? node, "the rule takes something from people and has no quota",
                    hint: "a quota bounds what a mistake can do: quota: { per: 1h, max: 500 }")
            }
            let used = context.signals.filter { rule.condition.signals.contains($0.name) }
            if !used.contains(where: { Self.confirmable.contains($0.kind) }) {
                // What a model, a mark or a text says may be right or not: it calls a person.
                let guesses = Set(used.map(\.guess)).subtracting([""]).sorted().joined(separator: ", ")
                warn(
                    parts["then"]?.key ?? node,
                    guesses.isEmpty
                        ? "no signal of this rule is one that people have confirmed, so each hit waits for a person"
                        : "no signal of this rule is one that people have confirmed (\(guesses)), so each hit waits for a person",
                    hint: "a machine removes alone only verified copies (signals of kind sha256 and pdq)")
            }
        }
        switch rule.constantResult {
        case false?: warn(when, "the rule can never fire: its condition is always false")
        case true?: warn(when, "the rule fires on every event of its kinds: its condition is always true")
        case nil: break
        }
        if let cost = rule.cost, cost > Rule.dear {
            warn(
                when, "one evaluation can take \(cost) units, more than \(Rule.dear)",
                hint: "loops inside of loops and patterns over long texts are what takes most")
        }
        if let expires = rule.expires, let now, rule.stage != .retired {
            warn(ofEnd: expires, now, parts["expires"]?.value ?? node)
        }
    }

    /// What is doubtful or wrong in a condition beyond its types.
    mutating func lint(_ condition: Condition, at node: Node, _ context: RuleContext) {
        let map = ScalarMap(node, in: source)
        func place(_ range: Range<Int>) -> Range<PolicyText.Place> {
            let start = map.place(ofByte: range.lowerBound)
            return start..<max(map.end(ofByte: range.upperBound), start)
        }
        for doubt in ConditionLint(condition.program, labels: context.labels, ignoring: context.brokenNames).doubts {
            if doubt.isError {
                note(place(doubt.range), doubt.message, expected: doubt.expected, hint: doubt.hint)
            } else {
                warn(place(doubt.range), doubt.message, hint: doubt.hint)
            }
        }
        for problem in condition.program.warnings {
            warn(place(problem.span.offset..<problem.span.offset + problem.span.length), problem.message, hint: problem.hint)
        }
    }

    private mutating func warn(ofEnd expires: Date, _ now: Date, _ node: Node) {
        let days = expires.timeIntervalSince(now) / 86_400
        if days <= 0 {
            warn(node, "the rule has ended: it is treated as retired", hint: "give it a later day, or remove it")
        } else if days <= 14 {
            let left = Int(days.rounded(.up))
            warn(node, "the rule ends in \(left) day\(left == 1 ? "" : "s")", hint: "give it a later day if it is still needed")
        }
    }

    mutating func warnOfUnused(_ policy: Policy, _ outline: Outline) {
        let conditions = policy.rules.map(\.condition) + policy.counters.flatMap(\.conditions)
        let places = outline.state.places
        let signals = Set(conditions.flatMap(\.signals))
        let counters = Set(policy.rules.flatMap(\.condition.counters))
        let lists = Set(conditions.flatMap(\.lists)).union(policy.signals.map(\.bank))
        let clauses = Set(policy.rules.flatMap { $0.effects.compactMap(\.clause) })
        for clause in policy.clauses where !clauses.contains(clause.id) {
            warnUnused("clause", clause.id.rawValue, outline.clausePlaces[clause.id])
        }
        for signal in policy.signals where !signals.contains(signal.name) {
            warnUnused("signal", signal.name, places[signal.name])
        }
        for counter in policy.counters.map(\.declaration.name) where !counters.contains(counter) {
            warnUnused("counter", counter, places[counter])
        }
        for list in policy.lists where !lists.contains(list.name) { warnUnused("list", list.name, places[list.name]) }
    }

    private mutating func warnUnused(_ what: String, _ name: String, _ node: Node?) {
        guard let node else { return }
        warn(node, "no rule uses the \(what) '\(name)'", hint: what == "clause" ? "people may still cite it" : "remove it")
    }
}

extension SignalDeclaration {
    /// What it is in words where it may be taken for proof; empty where nobody would.
    fileprivate var guess: String {
        switch (source, kind) {
        case (.pictures, _): "text read in pictures"
        case (_, .model): "what the model '\(bank)' says"
        case (_, .provenance): "marks of origin"
        case (_, .contact), (_, .personal): "contacts and numbers"
        case (_, .sha256), (_, .pdq), (_, .text), (_, .link): ""
        }
    }
}
