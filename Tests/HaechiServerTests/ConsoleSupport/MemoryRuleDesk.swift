// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies

/// A registry in memory that changes as the real one does, without a database behind it.
actor MemoryRuleDesk: RuleDesk {
    static let key = RuleKey(rule: "flood", version: "0123456789abcdef")
    static let now = Date(timeIntervalSince1970: 1_772_400_000)

    private(set) var state = RuleState()
    private(set) var started: [RuleUndo] = []
    private var made = 0
    private let approval = RuleApproval.twoPeople

    init() {
        let reference = RuleReference(policy: "p", id: Self.key.rule, version: Self.key.version)
        let terms = { (version: String) in
            RuleTerms(
                reference: RuleReference(policy: reference.policy, id: reference.id, version: version), stage: .live,
                events: [.messagePosted], isDestructive: true, text: "when: text.contains(\"<b>\")")
        }
        _ = state.load([terms("first")], approval: .twoPeople, at: Self.now)
        _ = state.load([terms(Self.key.version)], approval: .twoPeople, at: Self.now)
    }

    private func id() -> String {
        made += 1
        return "id-\(made)"
    }

    func overview() -> RuleOverview {
        RuleOverview(
            rows: state.versions.values.filter(\.isLoaded).map {
                RuleOverview.Row(
                    version: $0, standing: state.standing(of: $0, approval: approval), seen: 1_234,
                    count: .init(fired: 3, acted: 2, held: 1), report: nil)
            }, requests: state.requests.filter { $0.state == .waiting }, stops: state.stops.filter { $0.liftedAt == nil },
            undos: started, mode: state.mode ?? .normal, approval: approval)
    }

    func alarms() -> RuleAlarms {
        RuleAlarms(stops: state.stops.count, requests: state.requests.count, mode: state.mode ?? .normal)
    }

    func text(of key: RuleKey) -> String? { "when: text.contains(\"<b>\")" }

    func key(_ name: String) throws -> RuleKey {
        if name == Self.key.rule { return Self.key }
        guard let key = RuleKey(name), state.versions[key] != nil else { throw RuleChangeError.noSuchRule(name) }
        return key
    }

    func promote(_ wish: Promotion) throws {
        var wish = wish
        if wish.report == nil, wish.reason != "without a back-test" { wish.report = "bt-1" }
        _ = try state.promote(wish, approval: approval, id: id(), at: Self.now)
    }

    func approve(_ request: String, by account: String) throws { _ = try state.approve(request, by: account, at: Self.now) }

    func refuse(_ request: String, by account: String, reason: String) throws {
        _ = try state.refuse(request, by: account, reason: reason, at: Self.now)
    }

    func stop(_ key: RuleKey, by account: String, reason: String) throws {
        _ = try state.stop(key, .person, reason: reason, by: account, id: id(), at: Self.now)
    }

    func lift(_ stop: String, by account: String, reason: String) throws {
        _ = try state.lift(stop, by: account, reason: reason, approval: approval, at: Self.now)
    }

    func turn(to mode: RuleMode, by account: String, reason: String) throws {
        _ = try state.turn(to: mode, by: account, reason: reason, at: Self.now)
    }

    func previewUndo(of key: RuleKey) -> RuleUndoPreview {
        RuleUndoPreview(
            key: key, decisions: 5, shared: 1, alreadyUndone: 0, reversible: [.quarantine: 4], irreversible: [.remove: 1],
            waiting: [.lock: 2], newest: [])
    }

    func startUndo(of key: RuleKey, by account: String, reason: String, perMinute: Int?) throws -> RuleUndo {
        guard !reason.isEmpty else { throw RuleChangeError.reasonMissing }
        let undo = RuleUndo(id: id(), key: key, at: Self.now, by: account, reason: reason, perMinute: perMinute ?? 600, total: 5)
        started.append(undo)
        return undo
    }

    func pauseUndo(_ id: String, by account: String) throws { try change(id, to: .paused) }
    func resumeUndo(_ id: String, by account: String) throws { try change(id, to: .running) }
    func undos(limit: Int) -> [RuleUndo] { started }

    private func change(_ id: String, to state: RuleUndo.State) throws {
        guard let index = started.firstIndex(where: { $0.id == id }) else { throw RuleChangeError.noSuchUndo(id) }
        started[index].state = state
    }
}
