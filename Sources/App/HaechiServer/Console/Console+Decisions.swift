// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Pipeline

extension Console {
    func showDecisions(_ visit: ConsoleRequest) async throws -> Response {
        let decisions = try await ports.commits.decisions(limit: 100)
        let undone = Set(decisions.compactMap(\.undoes))
        let actions = Dictionary(
            grouping: try await ports.actions.actions(in: Set(ActionState.allCases), limit: 500), by: \.decision)
        let rows = decisions.map { decision in
            var values = DecisionText.values(decision, actions[decision.id] ?? [], visit, clauses: ports.clauses)
            values["undone"] = undone.contains(decision.id)
            values["canUndo"] = !undone.contains(decision.id) && Self.canUndo(decision)
            return values
        }
        return pages.render("decisions", visit, title: "title.decisions", ["decisions": rows, "empty": rows.isEmpty])
    }

    func undo(_ visit: ConsoleRequest) async throws -> Response {
        let visitor = try Self.visitor(visit)
        guard let id = visit.parameters["decision"] else { throw ConsoleRefusal.notFound }
        let reason = String((visit.form["reason"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines).prefix(1000))
        guard !reason.isEmpty else { throw ConsoleRefusal(status: .unprocessableContent, message: "error.reasonMissing") }
        _ = try await ports.desk.undo(DecisionID(id), by: visitor.account.id, reason: reason)
        let back = ConsoleRequest.localPath(visit.form["return"]) ?? "/console/decisions"
        return .redirectToPage(back + "?done=undone")
    }

    func showHeld(_ visit: ConsoleRequest) async throws -> Response {
        let held = try await ports.actions.actions(in: [.held], limit: 200)
        let rows = held.map { action in
            var values = Self.shown(action, visit.language)
            values["path"] = Shown.path(action.id.rawValue)
            values["decision"] = Shown.short(action.decision.rawValue)
            values["target"] =
                action.target.item?.rawValue ?? action.target.actor?.rawValue ?? action.target.space?.rawValue ?? ""
            values["created"] = Shown.moment(action.createdAt, at: visit.now, visit.language)
            return values
        }
        return pages.render("held", visit, title: "title.held", ["actions": rows, "empty": rows.isEmpty])
    }

    func resolveHeld(_ visit: ConsoleRequest) async throws -> Response {
        let visitor = try Self.visitor(visit)
        guard let id = visit.parameters["action"], let choice = visit.form["choice"], ["carry-out", "give-up"].contains(choice)
        else {
            throw ConsoleRefusal.notFound
        }
        try await ports.desk.resolveHeld(ActionID(id), carryOut: choice == "carry-out", by: visitor.account.id)
        return .redirectToPage("/console/held?done=" + (choice == "carry-out" ? "carriedOut" : "givenUp"))
    }

    /// The bar after a decision: what was just decided, with the way back. Nil for decisions of others, old or undone ones.
    func undoBar(_ visit: ConsoleRequest) async throws -> [String: Any]? {
        guard let id = visit.query["decided"].map({ DecisionID($0) }), let visitor = visit.visitor,
            let decision = try await ports.commits.decision(id), decision.by == .person(visitor.account.id),
            visit.now.timeIntervalSince(decision.at) < 3600,
            try await !ports.commits.decisions(limit: 100).contains(where: { $0.undoes == id })
        else { return nil }
        return [
            "path": Shown.path(id.rawValue), "return": ConsoleRequest.localPath(visit.path) ?? "/console/queue",
            "verdict": decision.verdict.rawValue, "verdictText": Shown.verdict(decision.verdict, visit.language),
            "canUndo": Self.canUndo(decision),
            "reason": ConsoleStrings.text("undo.quickReason", visit.language),
        ]
    }

    /// A person's decision, or a rule's that did something on the platform. An undo is not undone but decided anew, and an
    /// escalation leaves the case open anyway.
    private static func canUndo(_ decision: Decision) -> Bool {
        guard decision.verdict != .undo, decision.verdict != .escalate else { return false }
        if case .person = decision.by { return true }
        return decision.effects.contains { $0.kind.isOnPlatform }
    }
}
