// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Policies

/// The parts of a case page, as the templates want them.
enum CaseText {
    static func reports(_ file: CaseFile, _ visit: ConsoleRequest) -> [[String: Any]] {
        file.reports.map { report in
            var values: [String: Any] = [
                "category": report.category, "text": report.text, "at": Shown.moment(report.at, at: visit.now, visit.language),
            ]
            values["reporter"] = report.reporter?.rawValue
            return values
        }
    }

    /// What was sealed several times, by a rule and by a report, is one thing to look at.
    static func distinct(
        _ role: EvidenceReference.Role, _ file: CaseFile, _ examination: CaseExamination?
    ) -> [[EvidenceReference]] {
        let groups = examination?.sameTexts ?? []
        let names = Dictionary(file.evidence.map { ($0.id, $0.sha256) }) { first, _ in first }
        /// Items that differ in form only are known by the first of them.
        func key(_ reference: EvidenceReference) -> String {
            let group = groups.first { $0.contains { names[$0] == reference.sha256 } }
            return group?.first.flatMap { names[$0] } ?? reference.sha256
        }
        var order: [String] = []
        var found: [String: [EvidenceReference]] = [:]
        for reference in file.evidence where reference.role == role {
            let key = key(reference)
            if found[key] == nil { order.append(key) }
            found[key, default: []].append(reference)
        }
        return order.compactMap { found[$0] }
    }

    /// - Parameter copies: of the same content, at least one.
    static func evidence(_ copies: [EvidenceReference], _ file: CaseFile, _ lease: Lease, _ visit: ConsoleRequest) -> [String:
        Any]
    {
        guard let first = copies.first else { return [:] }
        var values = evidence(first, file, lease)
        let times = copies.compactMap(\.sealedAt).sorted()
        values["sealed"] = times.enumerated().map { place, time in
            Shown.moment(time, at: visit.now, visit.language).merging(["follows": place > 0]) { one, _ in one }
        }
        values["isSealed"] = !times.isEmpty
        return values
    }

    private static func evidence(_ reference: EvidenceReference, _ file: CaseFile, _ lease: Lease) -> [String: Any] {
        func address(_ reference: EvidenceReference) -> String {
            let folder = reference.role == .item ? "text" : "evidence"
            let path = "/console/cases/\(Shown.path(file.case.id.rawValue))/\(folder)/\(Shown.path(reference.id.rawValue))"
            return "\(path)?token=\(lease.token)"
        }
        let isShown = ServedPicture.types.contains(reference.type.lowercased())
        // What browsers do not show, or should not be made to, is shown as the small picture that we made of it, or of the same bytes.
        let previews = Set(file.evidence.filter { $0.sha256 == reference.sha256 }.map(\.id.preview))
        let preview = file.evidence.last { $0.role == .preview && previews.contains($0.id) }
        return [
            "src": address(preview ?? reference), "original": address(reference), "type": reference.type,
            "size": Shown.size(reference.size), "sha256": Shown.short(reference.sha256),
            "isPicture": isShown || preview != nil, "isPreview": preview != nil,
        ]
    }

    /// Why rules put it here: each condition, what its parts were worth and what the detectors saw.
    ///
    /// - Parameter isHeld: whether it is for who holds the case: what was taken out of the item's words is shown to nobody else.
    static func explanations(_ file: CaseFile, _ language: ConsoleLanguage, isHeld: Bool) -> [[String: Any]] {
        file.decisions.flatMap(\.explanations).map { explanation in
            [
                "rule": explanation.rule.id, "policy": explanation.rule.policy, "version": Shown.short(explanation.rule.version),
                "condition": explanation.condition, "result": StoredWords.shown(explanation.result, language),
                "fired": explanation.result == "true",
                "steps": explanation.tree.flatMap { Self.rows($0, depth: 0, language) },
                "hasSteps": !explanation.steps.isEmpty,
                "signals": explanation.signals.map { signal($0, language, isHeld: isHeld) },
                "hasSignals": !explanation.signals.isEmpty,
                "state": explanation.stateLines, "hasState": !explanation.stateLines.isEmpty,
            ]
        }
    }

    /// A sub-expression and, below it and further in, those that it is made of. Of a model's value only that it is one.
    private static func rows(_ node: Explanation.Node, depth: Int, _ language: ConsoleLanguage) -> [[String: Any]] {
        let row: [String: Any] = [
            "expression": node.expression,
            "value": node.isModelValue ? ConsoleStrings.text("why.modelValue", language) : node.value,
            "indent": String(repeating: "\u{2003}", count: depth),
        ]
        return [row] + node.children.flatMap { rows($0, depth: depth + 1, language) }
    }

    private static func signal(_ signal: Signal, _ language: ConsoleLanguage, isHeld: Bool) -> [String: Any] {
        var values: [String: Any] = [
            "name": signal.name, "kind": signal.kind.rawValue, "version": Shown.short(signal.version),
            "took": CaseSignals.took(signal.microseconds),
        ]
        switch signal.state {
        case .matched(let matches):
            let isCovered = !isHeld && (signal.kind == .contact || signal.kind == .personal)
            values["matches"] = matches.map { match in
                var match = SignalEntries.values(match, signal.kind, language)
                    .merging(["distance": String(match.distance), "isNear": signal.kind == .pdq]) { one, _ in one }
                if isCovered { match["entry"] = ConsoleStrings.text("why.covered", language) }
                return match
            }
        case .absent: values["absent"] = true
        case .unknown(let why): values["unknown"] = StoredWords.shown(why, language)
        case .measured:
            let sentences =
                signal.topic == .intent
                ? SignalSentences.intent(signal.measurements, language) : SignalSentences.all(signal, language)
            values["measurements"] = sentences.map { ["said": $0] }
        }
        return values
    }

    /// - Parameter elsewhere: what was decided about the same item outside the case belongs to its history.
    static func history(
        _ file: CaseFile, _ elsewhere: DecisionsElsewhere, _ visit: ConsoleRequest, clauses: ClauseCatalogue
    ) -> [[String: Any]] {
        let actions = Dictionary(grouping: file.actions + elsewhere.actions, by: \.decision)
        return (file.decisions + elsewhere.decisions).sorted { $0.at < $1.at }.map { decision in
            DecisionText.values(decision, actions[decision.id] ?? [], visit, clauses: clauses)
        }
    }

    /// Who removed the item already, and when; nil when it stands, as far as is known here.
    static func removal(
        _ file: CaseFile, _ elsewhere: DecisionsElsewhere, _ visit: ConsoleRequest
    ) -> [String: Any]? {
        let decisions = file.decisions + elsewhere.decisions
        let undone = Set(decisions.compactMap(\.undoes))
        let removals = (file.actions + elsewhere.actions).filter { action in
            action.effect.kind == .remove && (action.state == .done || action.state == .pending)
        }
        let standing = decisions.filter { !undone.contains($0.id) }.sorted { $0.at < $1.at }
        guard let last = standing.last(where: { decision in removals.contains { $0.decision == decision.id } }) else {
            return nil
        }
        let isDone = removals.contains { $0.decision == last.id && $0.state == .done }
        return [
            "text": ConsoleStrings.text(isDone ? "case.removed" : "case.beingRemoved", visit.language),
            "by": Shown.decider(last.by, visit.language), "at": Shown.moment(last.at, at: visit.now, visit.language),
        ]
    }
}

enum DecisionText {
    static func values(
        _ decision: Decision, _ actions: [Action], _ visit: ConsoleRequest, clauses: ClauseCatalogue
    ) -> [String: Any] {
        var values: [String: Any] = [
            "id": decision.id.rawValue, "shortID": Shown.short(decision.id.rawValue), "path": Shown.path(decision.id.rawValue),
            "at": Shown.moment(decision.at, at: visit.now, visit.language), "by": Shown.decider(decision.by, visit.language),
            "verdict": decision.verdict.rawValue, "verdictText": Shown.verdict(decision.verdict, visit.language),
            "actions": actions.map { Console.shown($0, visit.language) }, "hasActions": !actions.isEmpty,
            "target": decision.target.item?.rawValue ?? decision.target.actor?.rawValue ?? decision.target.space?.rawValue ?? "",
        ]
        if let clause = decision.clause {
            values["clause"] = clause.rawValue
            values["clauseText"] = clauses[clause]?.text(visit.language.rawValue)
        }
        // False rather than absent: a template would find the reason of the case around it.
        values["reason"] = decision.reason.isEmpty ? false : StoredWords.reason(decision, visit.language) as Any
        values["undoes"] = decision.undoes.map { Shown.short($0.rawValue) }
        return values
    }
}
