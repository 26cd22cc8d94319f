// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Pipeline
import Policies

/// Which rules may act, what they did, what waits for a second person, what was stopped, and the one switch.
extension Console {
    func showRules(_ visit: ConsoleRequest) async throws -> Response {
        guard let desk = ports.rules else {
            return pages.render("rules", visit, title: "title.rules", ["isOff": true])
        }
        var values = try await rules(visit, desk)
        values["isOn"] = true
        return pages.render("rules", visit, title: "title.rules", values)
    }

    func showRulesFragment(_ visit: ConsoleRequest) async throws -> Response {
        guard let desk = ports.rules else { throw ConsoleRefusal.notFound }
        return pages.render("rules_live", visit, try await rules(visit, desk))
    }

    private func rules(_ visit: ConsoleRequest, _ desk: any RuleDesk) async throws -> [String: Any] {
        let overview = try await desk.overview()
        let language = visit.language
        let mayChange = visit.visitor?.account.role == .admin
        let problems = ports.policyProblems()
        let signals = await ports.signals().map { RuleText.signal($0, language) }
        return [
            "signals": signals, "hasSignals": !signals.isEmpty,
            "mayChange": mayChange, "isCaseOnly": overview.mode == .caseOnly,
            "summary": RuleText.summary(overview, language),
            "modeText": ConsoleStrings.text("rules.mode.\(overview.mode.rawValue)", language),
            "problems": problems.prefix(20).map { ["text": $0] }, "hasProblems": !problems.isEmpty,
            "rules": overview.rows.map { RuleText.row($0, language) }, "noRules": overview.rows.isEmpty,
            "requests": overview.requests.map { RuleText.request($0, visit, mayChange: mayChange) },
            "hasRequests": !overview.requests.isEmpty,
            "stops": overview.stops.map { RuleText.stop($0, visit, mayChange: mayChange) },
            "hasStops": !overview.stops.isEmpty,
            "undos": overview.undos.map { RuleText.undo($0, visit, mayChange: mayChange) },
            "hasUndos": !overview.undos.isEmpty,
        ]
    }

    func showRule(_ visit: ConsoleRequest) async throws -> Response {
        let (desk, key) = try await ruleDesk(visit)
        let overview = try await desk.overview()
        let preview = try await desk.previewUndo(of: key)
        let mayChange = visit.visitor?.account.role == .admin
        var values: [String: Any] = [
            "key": key.description, "path": Shown.path(key.description), "rule": key.rule, "version": key.version,
            "text": try await desk.text(of: key) ?? "", "mayChange": mayChange,
            "footprint": RuleText.preview(preview, visit.language), "nothing": preview.decisions == 0,
            "hasDone": preview.decisions > 0,
            "stages": [RuleFinding.Stage.live, .canary, .shadow].map {
                ["value": $0.rawValue, "text": ConsoleStrings.text("stage.\($0.rawValue)", visit.language)]
            },
        ]
        if let row = overview.rows.first(where: { $0.version.key == key }) {
            values["row"] = RuleText.row(row, visit.language)
            values["policy"] = row.version.policy
            values["report"] = row.report?.id
            values["needsReport"] = row.standing.shortfall != nil && row.version.isDestructive && row.report == nil
            values["canStop"] = row.standing.stop == nil && row.version.isDestructive
        }
        return pages.render("rule", visit, title: "title.rule", values)
    }

    func turnSwitch(_ visit: ConsoleRequest) async throws -> Response {
        let account = try Self.visitor(visit).account
        guard let desk = ports.rules, let mode = visit.form["mode"].flatMap({ RuleMode(rawValue: $0) }) else {
            throw ConsoleRefusal.notFound
        }
        // Anybody may stop; who lets rules act again answers for it.
        if mode == .normal { try Self.mayChange(account) }
        try await desk.turn(to: mode, by: account.id.rawValue, reason: Self.reason(visit))
        return .redirectToPage("/console/rules?done=ruleChanged")
    }

    func changeRule(_ visit: ConsoleRequest) async throws -> Response {
        let account = try Self.visitor(visit).account
        let (desk, key) = try await ruleDesk(visit)
        switch visit.form["choice"] {
        case "stop": try await desk.stop(key, by: account.id.rawValue, reason: Self.reason(visit))
        case "promote":
            try Self.mayChange(account)
            guard let stage = visit.form["stage"].flatMap({ RuleFinding.Stage(rawValue: $0) }) else {
                throw ConsoleRefusal.notFound
            }
            try await desk.promote(
                Promotion(
                    key: key, stage: stage, percent: stage == .canary ? visit.form["percent"].flatMap { Int($0) } : nil,
                    by: account.id.rawValue, reason: Self.reason(visit)))
            let waits = try await desk.overview().requests.contains { $0.key == key }
            return .redirectToPage("/console/rules?done=" + (waits ? "promotionAsked" : "ruleChanged"))
        case "undo":
            try Self.mayChange(account)
            try await desk.startUndo(
                of: key, by: account.id.rawValue, reason: Self.reason(visit), perMinute: visit.form["pace"].flatMap { Int($0) })
            return .redirectToPage("/console/rules?done=undoStarted")
        default: throw ConsoleRefusal.notFound
        }
        return .redirectToPage("/console/rules?done=ruleChanged")
    }

    func resolvePromotion(_ visit: ConsoleRequest) async throws -> Response {
        let account = try Self.visitor(visit).account
        try Self.mayChange(account)
        guard let desk = ports.rules, let id = visit.parameters["request"] else { throw ConsoleRefusal.notFound }
        switch visit.form["choice"] {
        case "approve": try await desk.approve(id, by: account.id.rawValue)
        case "refuse": try await desk.refuse(id, by: account.id.rawValue, reason: Self.reason(visit))
        default: throw ConsoleRefusal.notFound
        }
        return .redirectToPage("/console/rules?done=ruleChanged")
    }

    func liftStop(_ visit: ConsoleRequest) async throws -> Response {
        let account = try Self.visitor(visit).account
        try Self.mayChange(account)
        guard let desk = ports.rules, let id = visit.parameters["stop"] else { throw ConsoleRefusal.notFound }
        try await desk.lift(id, by: account.id.rawValue, reason: Self.reason(visit))
        let holds = try await desk.overview().stops.contains { $0.id == id }
        return .redirectToPage("/console/rules?done=" + (holds ? "liftAsked" : "ruleChanged"))
    }

    func changeRuleUndo(_ visit: ConsoleRequest) async throws -> Response {
        let account = try Self.visitor(visit).account
        try Self.mayChange(account)
        guard let desk = ports.rules, let id = visit.parameters["undo"] else { throw ConsoleRefusal.notFound }
        switch visit.form["choice"] {
        case "pause": try await desk.pauseUndo(id, by: account.id.rawValue)
        case "resume": try await desk.resumeUndo(id, by: account.id.rawValue)
        default: throw ConsoleRefusal.notFound
        }
        return .redirectToPage("/console/rules?done=ruleChanged")
    }

    private func ruleDesk(_ visit: ConsoleRequest) async throws -> (any RuleDesk, RuleKey) {
        guard let desk = ports.rules, let name = visit.parameters["version"] else { throw ConsoleRefusal.notFound }
        return (desk, try await desk.key(name))
    }

    private static func mayChange(_ account: ModeratorAccount) throws {
        guard account.role == .admin else { throw ConsoleRefusal(status: .forbidden, message: "error.adminOnly") }
    }

    private static func reason(_ visit: ConsoleRequest) -> String {
        String((visit.form["reason"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines).prefix(500))
    }
}

/// What the pages about rules show.
enum RuleText {
    static func signal(_ standing: SignalStanding, _ language: ConsoleLanguage) -> [String: Any] {
        var words = [ConsoleStrings.text(standing.problem == nil ? "models.on" : "models.off", language)]
        words += [standing.detail, StoredWords.shown(standing.problem ?? "", language)].filter { !$0.isEmpty }
        for (key, count) in [("models.waiting", standing.waiting), ("models.shed", standing.shed)] where count > 0 {
            words.append("\(ConsoleStrings.text(key, language)) \(Shown.count(count))")
        }
        let name = "signal.\(standing.name)"
        return [
            "name": ConsoleStrings.has(name) ? ConsoleStrings.text(name, language) : standing.name,
            "isOn": standing.problem == nil, "text": words.joined(separator: " · "),
        ]
    }

    /// How everything stands, in a line that changes seldom: it is read out when it does.
    static func summary(_ overview: RuleOverview, _ language: ConsoleLanguage) -> String {
        let counts = [
            ("rules.summary.rules", overview.rows.count { $0.version.isLoaded }),
            ("rules.summary.stopped", overview.stops.count),
            ("rules.summary.requests", overview.requests.count),
            ("rules.summary.undos", overview.undos.count { $0.state == .running }),
        ]
        let parts = counts.map { key, count in
            ConsoleStrings.text(key, language).replacing("%@", with: Shown.count(count))
        }
        return (parts + [ConsoleStrings.text("rules.mode.\(overview.mode.rawValue)", language)]).joined(separator: " · ")
    }

    static func row(_ row: RuleOverview.Row, _ language: ConsoleLanguage) -> [String: Any] {
        let version = row.version
        let judged = version.confirmed + version.overturned
        let asked = version.isLoaded ? "stage.\(version.asked.rawValue)" : "rules.gone"
        var values: [String: Any] = [
            "path": Shown.path(version.key.description), "rule": version.key.rule, "version": version.key.version,
            "short": String(version.key.version.prefix(8)), "stage": row.standing.stage.rawValue,
            "stageText": ConsoleStrings.text("stage.\(row.standing.stage.rawValue)", language),
            "askedText": ConsoleStrings.text(asked, language),
            "isLower": version.isLoaded && version.asked != row.standing.stage, "isStopped": row.standing.stop != nil,
            "seen": Shown.count(row.seen), "fired": Shown.count(row.count.fired), "acted": Shown.count(row.count.acted),
            "held": Shown.count(row.count.held), "judged": judged == 0 ? "–" : "\(version.confirmed) / \(judged)",
        ]
        if row.standing.stage == .canary, let percent = row.standing.percent { values["percent"] = "\(percent) %" }
        if let why = row.standing.stop?.reason ?? row.standing.shortfall?.text { values["why"] = why }
        return values
    }

    static func request(_ one: PromotionRequest, _ visit: ConsoleRequest, mayChange: Bool) -> [String: Any] {
        [
            "id": Shown.path(one.id), "key": one.key.description, "path": Shown.path(one.key.description), "by": one.by,
            "stageText": ConsoleStrings.text("stage.\(one.stage.rawValue)", visit.language)
                + (one.percent.map { " \($0) %" } ?? ""),
            "reason": one.reason, "report": one.report ?? "–", "at": Shown.moment(one.at, at: visit.now, visit.language),
            // The one who asked cannot be the second person.
            "canApprove": mayChange && one.by != visit.visitor?.account.id.rawValue, "mayChange": mayChange,
        ]
    }

    static func stop(_ one: RuleStop, _ visit: ConsoleRequest, mayChange: Bool) -> [String: Any] {
        var values: [String: Any] = [
            "id": Shown.path(one.id), "key": one.key.description, "path": Shown.path(one.key.description), "reason": one.reason,
            "by": one.by, "at": Shown.moment(one.at, at: visit.now, visit.language),
            "canLift": mayChange && one.liftAskedBy != visit.visitor?.account.id.rawValue, "mayChange": mayChange,
        ]
        if let asked = one.liftAskedBy { values["liftAskedBy"] = asked }
        return values
    }

    static func undo(_ one: RuleUndo, _ visit: ConsoleRequest, mayChange: Bool) -> [String: Any] {
        let lost = one.irreversible.sorted { $0.key < $1.key }.map { name, count in
            (EffectKind(rawValue: name).map { Shown.effect($0, visit.language) } ?? name) + " \(Shown.count(count))"
        }
        return [
            "id": Shown.path(one.id), "key": one.key.description, "state": one.state.rawValue,
            "stateText": ConsoleStrings.text("undoState.\(one.state.rawValue)", visit.language), "by": one.by,
            "reason": one.reason, "at": Shown.moment(one.at, at: visit.now, visit.language), "total": max(1, one.total),
            "done": min(one.total, one.undone + one.kept + one.failed), "undone": Shown.count(one.undone),
            "kept": Shown.count(one.kept), "failed": Shown.count(one.failed), "lost": lost.joined(separator: ", "),
            "isLossy": !lost.isEmpty, "canPause": mayChange && one.state == .running,
            "canResume": mayChange && one.state == .paused, "isOpen": one.state != .done,
        ]
    }

    static func preview(_ preview: RuleUndoPreview, _ language: ConsoleLanguage) -> [String: Any] {
        func list(_ counts: [EffectKind: Int]) -> String {
            counts.sorted { $0.key.rawValue < $1.key.rawValue }
                .map { "\(Shown.effect($0.key, language)) \(Shown.count($0.value))" }.joined(separator: ", ")
        }
        return [
            "decisions": Shown.count(preview.decisions), "shared": Shown.count(preview.shared),
            "already": Shown.count(preview.alreadyUndone),
            "reversible": preview.reversible.isEmpty ? "–" : list(preview.reversible),
            "irreversible": list(preview.irreversible), "isLossy": !preview.irreversible.isEmpty,
            "waiting": list(preview.waiting), "someWait": !preview.waiting.isEmpty,
            "newest": preview.newest.map { decision in
                [
                    "id": decision.id.rawValue, "item": decision.target.item?.rawValue ?? decision.target.actor?.rawValue ?? "",
                    "text": Shown.time(decision.at),
                ]
            },
        ]
    }
}
