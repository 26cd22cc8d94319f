// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation
import Yams

/// What rules of one file may refer to.
struct RuleContext {
    let policy: String
    let owner: String
    let clauses: [ClauseID]
    let lists: [PolicyList]
    let signals: [SignalDeclaration]
    /// Of all files.
    let labels: [String: LabelDeclaration]
    let brokenNames: Set<String>
    let names: ConditionNames
    var compiledCounters: [CompiledCounter] = []

    init(_ outline: PolicyReader.Outline, _ known: KnownNames) {
        policy = outline.id
        owner = outline.owner
        clauses = outline.clauses.map(\.id)
        lists = outline.state.lists
        signals = outline.state.signals
        labels = known.declaredLabels
        let state = outline.state
        brokenNames = known.brokenLabels.union(state.brokenSignals).union(state.brokenCounters)
        names = ConditionNames(
            signals: signals.map(\.name) + state.brokenSignals.filter { PolicyReader.isIdentifier($0) },
            counters: state.counters.map(\.declaration.name) + state.brokenCounters.filter { PolicyReader.isIdentifier($0) },
            lists: outline.state.lists.filter { PolicyReader.isIdentifier($0.name) })
    }
}

extension PolicyReader {
    mutating func rules(_ node: Node, _ context: RuleContext, _ known: inout KnownNames) -> [Rule] {
        var rules: [Rule] = []
        for node in list(node, "the rules") {
            if let rule = rule(node, context, &known) { rules.append(rule) }
        }
        return rules
    }

    private static let optionalKeys = [
        "scope", "stage", "percent", "quota", "unknown", "owner", "expires", "at_most", "precision",
    ]

    private mutating func rule(_ node: Node, _ context: RuleContext, _ known: inout KnownNames) -> Rule? {
        guard
            let parts = mapping(
                node, "a rule", required: ["id", "events", "when", "then"], optional: Self.optionalKeys)
        else { return nil }
        let id = parts["id"].flatMap { name($0.value, "a rule's id") } ?? ""
        claim(id, parts["id"]?.value, "rule", in: &known.rules)
        if let scope = parts["scope"] { checkScope(scope.value) }
        let stage = parts["stage"].map { choice($0.value, "stage", of: RuleFinding.Stage.self) ?? .draft } ?? .draft
        let percent = percent(parts["percent"], stage, node)
        let kinds = parts["events"].map { eventKinds($0.value) } ?? []
        let effects = parts["then"].map { self.effects($0.value, context) } ?? []
        let quota = parts["quota"].flatMap { self.quota($0.value) }
        let unknown =
            parts["unknown"].map { choice($0.value, "meaning of unknown", of: RuleFinding.UnknownMeaning.self) ?? .hold } ?? .hold
        let owner = parts["owner"].flatMap { string($0.value, "the owner") }
        let expires = parts["expires"].flatMap { day($0.value, "the day on which a rule ends") }
        let atMost = parts["at_most"].flatMap { share($0.value, "the share of events that a rule may act on") }
        let precision = parts["precision"].flatMap { share($0.value, "a rule's precision") }
        guard let when = parts["when"], let text = string(when.value, "a condition"),
            let condition = condition(when.value, text, context.names)
        else { return nil }
        lint(condition, at: when.value, context)
        var rule = Rule(
            reference: RuleReference(policy: context.policy, id: id, version: ""), stage: stage, percent: percent, events: kinds,
            when: text, effects: effects, quota: quota, unknown: unknown, owner: owner ?? context.owner, expires: expires,
            atMost: atMost, precision: precision, text: written(node), condition: condition)
        rule.reference.version = RuleDigest.of(rule, in: context)
        warn(of: rule, at: node, when: when.value, parts, context)
        return rule
    }

    /// Rules act before anyone reports, so they see what is public and nothing else.
    private mutating func checkScope(_ node: Node) {
        guard let scope = string(node, "a scope"), scope != PrivacyClass.public.rawValue else { return }
        guard PrivacyClass(rawValue: scope) != nil else {
            note(
                node, "'\(scope)' is no scope", expected: PrivacyClass.public.rawValue,
                hint: Self.didYouMean(scope, PrivacyClass.allCases.map(\.rawValue)))
            return
        }
        note(
            node, "a rule cannot have the scope '\(scope)'", expected: "public, or leave it out",
            hint:
                "what is private or encrypted is read only when someone who was there reports it, by the person who takes the case"
        )
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

    private mutating func quota(_ node: Node) -> RuleFinding.Quota? {
        guard let parts = mapping(node, "a quota", required: ["per", "max"], optional: ["exceeded"]) else { return nil }
        let seconds = parts["per"].flatMap { duration($0.value, "the time of a quota", in: 1...365 * 86_400) }
        let maximum = parts["max"].flatMap { integer($0.value, "the maximum of a quota", in: 1...1_000_000_000) }
        let exceeded = parts["exceeded"].map {
            choice($0.value, "way to treat what exceeds a quota", of: RuleFinding.Quota.Exceeded.self) ?? .hold
        }
        guard let seconds, let maximum else { return nil }
        return RuleFinding.Quota(seconds: Double(seconds), maximum: maximum, exceeded: exceeded ?? .hold)
    }

    /// The rule as it stands in the file, without the lines of its neighbours.
    private func written(_ node: Node) -> String {
        let span = source.span(of: node)
        guard case .mapping(let mapping) = node, mapping.style != .flow else {
            return source.text(source.index(span.lowerBound)..<source.index(span.upperBound))
        }
        let indentation = span.lowerBound.column - 1
        var lines = [String(source.line(span.lowerBound.line).unicodeScalars.dropFirst(indentation))]
        var number = span.lowerBound.line + 1
        while number <= source.lineCount {
            let line = source.line(number)
            let blanks = line.unicodeScalars.prefix { $0 == " " }.count
            let isEmpty = blanks == line.unicodeScalars.count
            if !isEmpty, blanks < indentation { break }
            lines.append(isEmpty ? "" : String(line.unicodeScalars.dropFirst(indentation)))
            number += 1
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}
