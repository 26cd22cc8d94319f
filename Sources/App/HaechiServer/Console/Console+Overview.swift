// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Pipeline
import Policies

extension Console {
    func showOverview(_ visit: ConsoleRequest) async throws -> Response {
        pages.render("overview", visit, title: "title.overview", try await overview(visit))
    }

    func showOverviewFragment(_ visit: ConsoleRequest) async throws -> Response {
        pages.render("overview_live", visit, try await overview(visit))
    }

    private func overview(_ visit: ConsoleRequest) async throws -> [String: Any] {
        let language = visit.language
        let backlog = try await ports.events.backlog()
        let recent = try await ports.events.recent(limit: 40)
        let actions = try await ports.actions.actions(in: Set(ActionState.allCases), limit: 400)
        let byDecision = Dictionary(grouping: actions, by: \.decision)

        var numbers: [[String: Any]] = [
            number("stat.removal", Self.medianRemoval(actions).map { Shown.latency($0, language) } ?? "–", language, wide: true),
            number("stat.cases", String(backlog.openCases), language, href: "/console/queue"),
            number("stat.queued", String(backlog.events[.queued] ?? 0), language),
        ]
        if let oldest = [backlog.oldestQueuedEvent, backlog.oldestPendingAction].compactMap(\.self).min() {
            numbers.append(number("stat.oldest", Shown.span(visit.now.timeIntervalSince(oldest), language), language))
        }
        for state in [EventState.decided, .cleared, .withdrawn] {
            numbers.append(number("stat.\(state.rawValue)", String(backlog.events[state] ?? 0), language))
        }
        let failed = (backlog.events[.failed] ?? 0) + (backlog.actions[.failed] ?? 0)
        numbers.append(number("stat.failed", String(failed), language, alarming: failed > 0))
        let held = backlog.actions[.held] ?? 0
        numbers.append(number("stat.held", String(held), language, href: "/console/held", alarming: held > 0))

        if let alarms = try await ports.rules?.alarms() {
            if alarms.mode == .caseOnly {
                numbers.append(
                    number(
                        "rules.switch", ConsoleStrings.text("rules.mode.case-only", language), language, href: "/console/rules",
                        alarming: true))
            }
            for (key, count) in [("stat.stopped", alarms.stops), ("stat.promotions", alarms.requests)] where count > 0 {
                numbers.append(number(key, String(count), language, href: "/console/rules", alarming: key == "stat.stopped"))
            }
        }
        return [
            "numbers": numbers,
            "events": recent.map { row($0, $0.decision.flatMap { byDecision[$0] } ?? [], visit) },
            "empty": recent.isEmpty,
        ]
    }

    private func number(
        _ key: String, _ value: String, _ language: ConsoleLanguage, href: String? = nil, alarming: Bool = false,
        wide: Bool = false
    ) -> [String: Any] {
        var values: [String: Any] = [
            "label": ConsoleStrings.text(key, language), "value": value, "alarming": alarming, "wide": wide,
        ]
        if let href { values["href"] = href }
        return values
    }

    /// One event: where it has got to and what was done about it, never what it says.
    private func row(_ status: EventStatus, _ actions: [Action], _ visit: ConsoleRequest) -> [String: Any] {
        let language = visit.language
        let visible = actions.filter { $0.effect.kind.isOnPlatform }
        var values: [String: Any] = [
            "id": status.id.rawValue, "shortID": Shown.short(status.id.rawValue), "platform": status.platform.rawValue,
            "kind": ConsoleStrings.text("kind.\(status.kind.rawValue)", language), "space": status.space.rawValue,
            "at": Shown.moment(status.at, at: visit.now, language), "state": status.state.rawValue,
            "stateText": ConsoleStrings.text("state.\(status.state.rawValue)", language),
            "actions": visible.map { Self.shown($0, language) }, "hasActions": !visible.isEmpty,
        ]
        if !status.note.isEmpty, status.state == .failed { values["note"] = status.note }
        if let seconds = actions.compactMap(Self.removalSeconds).max() { values["latency"] = Shown.latency(seconds, language) }
        return values
    }

    static func shown(_ action: Action, _ language: ConsoleLanguage) -> [String: Any] {
        var values: [String: Any] = [
            "effect": Shown.effect(action.effect.kind, language), "state": action.state.rawValue,
            "stateText": ConsoleStrings.text("action.\(action.state.rawValue)", language),
            "verified": action.verifiedAt != nil,
        ]
        if !action.note.isEmpty { values["note"] = StoredWords.shown(action.note, language) }
        return values
    }

    /// From the event on the platform to the removal read back from it.
    private static func removalSeconds(_ action: Action) -> TimeInterval? {
        guard action.state == .done, [.remove, .quarantine].contains(action.effect.kind), let verified = action.verifiedAt else {
            return nil
        }
        return verified.timeIntervalSince(action.eventAt)
    }

    /// Over the newest 100 removals, so that the number says how it is now.
    private static func medianRemoval(_ actions: [Action]) -> TimeInterval? {
        let all = actions.filter { $0.effect.kind == .remove }.compactMap(removalSeconds).prefix(100).sorted()
        return all.isEmpty ? nil : all[all.count / 2]
    }
}
