// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
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

    static func evidence(
        _ reference: EvidenceReference, _ file: CaseFile, _ lease: Lease, _ language: ConsoleLanguage
    ) -> [String: Any] {
        func address(_ reference: EvidenceReference) -> String {
            let folder = reference.role == .item ? "text" : "evidence"
            let path = "/console/cases/\(Shown.path(file.case.id.rawValue))/\(folder)/\(Shown.path(reference.id.rawValue))"
            return "\(path)?token=\(lease.token)"
        }
        let isShown = ServedPicture.types.contains(reference.type.lowercased())
        // What browsers do not show, or should not be made to, is shown as the small picture that we made of it.
        let preview = isShown ? nil : file.evidence.last { $0.role == .preview && $0.media == reference.media }
        return [
            "src": address(preview ?? reference), "original": address(reference), "type": reference.type,
            "size": Shown.size(reference.size), "sha256": Shown.short(reference.sha256),
            "isPicture": isShown || preview != nil, "isPreview": preview != nil,
        ]
    }

    /// Why rules put it here: each condition, what its parts were worth and what the detectors saw.
    static func explanations(_ file: CaseFile, _ language: ConsoleLanguage) -> [[String: Any]] {
        file.decisions.flatMap(\.explanations).map { explanation in
            [
                "rule": explanation.rule.id, "policy": explanation.rule.policy, "version": Shown.short(explanation.rule.version),
                "condition": explanation.condition, "result": explanation.result, "fired": explanation.result == "true",
                "steps": explanation.tree.flatMap { Self.rows($0, depth: 0, language) },
                "hasSteps": !explanation.steps.isEmpty,
                "signals": explanation.signals.map(signal), "hasSignals": !explanation.signals.isEmpty,
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

    private static func signal(_ signal: Signal) -> [String: Any] {
        var values: [String: Any] = [
            "name": signal.name, "kind": signal.kind.rawValue, "version": Shown.short(signal.version),
            "took": signal.microseconds < 1000
                ? "\(signal.microseconds) µs" : String(format: "%.1f ms", Double(signal.microseconds) / 1000),
        ]
        switch signal.state {
        case .matched(let matches):
            values["matches"] = matches.map {
                [
                    "bank": $0.bank, "trust": $0.trust.rawValue, "distance": String($0.distance), "entry": Shown.short($0.entry),
                    "isNear": signal.kind == .pdq,
                ] as [String: Any]
            }
        case .absent: values["absent"] = true
        case .unknown(let why): values["unknown"] = why
        case .measured(let measurements):
            values["measurements"] = measurements.map { ["said": $0.reviewerText] }
        }
        return values
    }

    static func history(_ file: CaseFile, _ visit: ConsoleRequest, clauses: ClauseCatalogue) -> [[String: Any]] {
        let actions = Dictionary(grouping: file.actions, by: \.decision)
        return file.decisions.sorted { $0.at < $1.at }.map { decision in
            DecisionText.values(decision, actions[decision.id] ?? [], visit, clauses: clauses)
        }
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
        values["reason"] = decision.reason.isEmpty ? false : decision.reason as Any
        values["undoes"] = decision.undoes.map { Shown.short($0.rawValue) }
        return values
    }
}
