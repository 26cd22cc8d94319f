// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Moderation
package import Policies

/// The desk over the store; changes are checked by `RuleState`.
package struct RuleService: RuleDesk {
    package struct Options: Sendable {
        package var approval: RuleApproval
        package var terms: StopTerms
        package var startMode: RuleMode
        /// Decisions a minute that an undo takes back.
        package var perMinute = 600

        package init(approval: RuleApproval, terms: StopTerms = StopTerms(), startMode: RuleMode = .normal) {
            self.approval = approval
            self.terms = terms
            self.startMode = startMode
        }
    }

    private let store: any RuleStore
    private let reports: any BacktestReports
    private let decisions: any CommitStore
    private let options: Options
    /// Whether a platform can carry out an effect.
    private let canPerform: @Sendable (EffectKind, PlatformID) async -> Bool
    /// After each change, so that this process follows at once.
    private let changed: @Sendable () async -> Void
    private let makeID: @Sendable () -> String
    private let now: @Sendable () -> Date

    package init(
        store: any RuleStore, reports: any BacktestReports, decisions: any CommitStore, options: Options,
        canPerform: @escaping @Sendable (EffectKind, PlatformID) async -> Bool,
        changed: @escaping @Sendable () async -> Void = {}, makeID: @escaping @Sendable () -> String,
        now: @escaping @Sendable () -> Date
    ) {
        self.store = store
        self.reports = reports
        self.decisions = decisions
        self.options = options
        self.canPerform = canPerform
        self.changed = changed
        self.makeID = makeID
        self.now = now
    }

    // MARK: - Looking

    package func overview() async throws -> RuleOverview {
        let state = try await store.ruleState()
        let numbers = try await store.counts(since: now().addingTimeInterval(-86_400))
        var rows: [RuleOverview.Row] = []
        for version in state.versions.values {
            guard version.isLoaded || state.stop(of: version.key) != nil || state.request(for: version.key) != nil else {
                continue
            }
            let standing = state.standing(of: version, approval: options.approval)
            var report: BacktestReport?
            if standing.shortfall != nil { report = try await reports.reports(of: version.key, limit: 1).first }
            rows.append(
                RuleOverview.Row(
                    version: version, standing: standing, seen: version.kinds.reduce(0) { $0 + (numbers.seen[$1] ?? 0) },
                    count: numbers.rules[version.key] ?? .init(), report: report))
        }
        rows.sort {
            ($0.version.isLoaded ? 0 : 1, $0.version.key.description) < ($1.version.isLoaded ? 0 : 1, $1.version.key.description)
        }
        return RuleOverview(
            rows: rows, requests: state.requests, stops: state.stops, undos: try await store.undos(limit: 20),
            mode: state.mode ?? options.startMode, approval: options.approval)
    }

    package func alarms() async throws -> RuleAlarms {
        let state = try await store.ruleState()
        return RuleAlarms(
            stops: state.stops.count, requests: state.requests.count, mode: state.mode ?? options.startMode)
    }

    package func text(of key: RuleKey) async throws -> String? { try await store.text(of: key) }

    package func key(_ name: String) async throws -> RuleKey {
        let versions = try await store.ruleState().versions
        if let key = RuleKey(name) {
            if versions[key] != nil { return key }
            // The beginning of a version is enough when it is the only one.
            let similar = versions.keys.filter { $0.rule == key.rule && $0.version.hasPrefix(key.version) }
            guard similar.count == 1, let only = similar.first else { throw RuleChangeError.noSuchVersion(key) }
            return only
        }
        let loaded = versions.values.filter { $0.key.rule == name && $0.isLoaded }
        guard loaded.count == 1, let only = loaded.first else { throw RuleChangeError.noSuchRule(name) }
        return only.key
    }

    // MARK: - Back-tests

    /// Keeps a back-test, on which a promotion of the same version can rest from then on.
    ///
    /// - Parameter source: where the events came from, for the ledger.
    package func record(_ report: BacktestReport, source: String) async throws {
        guard report.events > 0 else {
            throw RuleChangeError.invalid(
                "a back-test over no event of its kinds says nothing of \(report.key), so it is not recorded")
        }
        try await reports.put(report, ledger: [.backTest(report, source: source)])
    }

    // MARK: - Changing

    package func promote(_ wish: Promotion) async throws {
        var wish = wish
        if let id = wish.report {
            guard try await reports.report(id)?.key == wish.key else {
                throw RuleChangeError.invalid("'\(id)' is no back-test of \(wish.key)")
            }
        } else {
            wish.report = try await reports.reports(of: wish.key, limit: 1).first?.id
        }
        let (checked, approval, id, now) = (wish, options.approval, makeID(), now())
        try await change { state in try state.promote(checked, approval: approval, id: id, at: now) }
    }

    package func approve(_ request: String, by account: String) async throws {
        let now = now()
        try await change { state in try state.approve(request, by: account, at: now) }
    }

    package func refuse(_ request: String, by account: String, reason: String) async throws {
        let now = now()
        try await change { state in try state.refuse(request, by: account, reason: reason, at: now) }
    }

    package func stop(_ key: RuleKey, by account: String, reason: String) async throws {
        let (id, now) = (makeID(), now())
        try await change { state in try state.stop(key, .person, reason: reason, by: account, id: id, at: now) }
    }

    package func lift(_ stop: String, by account: String, reason: String) async throws {
        let (approval, now) = (options.approval, now())
        try await change { state in try state.lift(stop, by: account, reason: reason, approval: approval, at: now) }
    }

    package func turn(to mode: RuleMode, by account: String, reason: String) async throws {
        let (startMode, now) = (options.startMode, now())
        try await change { state in
            if state.mode == nil { state.mode = startMode }
            return try state.turn(to: mode, by: account, reason: reason, at: now)
        }
    }

    private func change(_ edit: @escaping @Sendable (inout RuleState) throws -> [LedgerEntry]) async throws {
        try await store.changeRules(edit)
        await changed()
    }

    // MARK: - Taking back

    package func previewUndo(of key: RuleKey) async throws -> RuleUndoPreview {
        let footprint = try await store.footprint(of: key)
        var preview = RuleUndoPreview(
            key: key, decisions: footprint.decisions, shared: footprint.shared, alreadyUndone: footprint.alreadyUndone,
            reversible: [:], irreversible: [:], waiting: [:], newest: [])
        for line in footprint.lines {
            switch line.state {
            case .pending, .held: preview.waiting[line.effect, default: 0] += line.count
            case .failed, .cancelled: break
            case .done:
                guard line.effect != .notify else { continue }
                if let inverse = line.effect.inverse, await canPerform(inverse, line.platform) {
                    preview.reversible[line.effect, default: 0] += line.count
                } else {
                    preview.irreversible[line.effect, default: 0] += line.count
                }
            }
        }
        for use in try await store.newestUses(of: key, limit: 20) where !use.isUndone {
            if let decision = try await decisions.decision(use.decision) { preview.newest.append(decision) }
        }
        return preview
    }

    @discardableResult
    package func startUndo(of key: RuleKey, by account: String, reason: String, perMinute: Int?) async throws -> RuleUndo {
        guard try await store.ruleState().versions[key] != nil else { throw RuleChangeError.noSuchVersion(key) }
        guard !reason.isEmpty else { throw RuleChangeError.reasonMissing }
        let pace = perMinute ?? options.perMinute
        guard (1...1_000_000).contains(pace) else {
            throw RuleChangeError.invalid("an undo takes back 1 to 1,000,000 decisions a minute")
        }
        if let running = try await store.undos(limit: 1_000).first(where: { $0.key == key && $0.state != .done }) {
            throw RuleChangeError.invalid("undo \(running.id) of this version is \(running.state.rawValue)")
        }
        let undo = RuleUndo(
            id: makeID(), key: key, at: now(), by: account, reason: reason, perMinute: pace,
            total: try await store.footprint(of: key).decisions)
        try await store.put(undo, ledger: [.undo("rule.undo-started", undo, by: account, at: now())])
        await changed()
        return undo
    }

    package func pauseUndo(_ id: String, by account: String) async throws {
        try await change(undo: id, from: .running, to: .paused, "rule.undo-paused", by: account)
    }

    package func resumeUndo(_ id: String, by account: String) async throws {
        try await change(undo: id, from: .paused, to: .running, "rule.undo-resumed", by: account)
    }

    private func change(
        undo id: String, from before: RuleUndo.State, to state: RuleUndo.State, _ kind: String, by account: String
    ) async throws {
        guard var undo = try await store.undo(id) else { throw RuleChangeError.noSuchUndo(id) }
        undo.state = state
        guard try await store.update(undo, expecting: [before], ledger: [.undo(kind, undo, by: account, at: now())]) else {
            throw RuleChangeError.invalid("undo \(id) is not \(before.rawValue)")
        }
        await changed()
    }

    package func undos(limit: Int) async throws -> [RuleUndo] { try await store.undos(limit: limit) }
}

extension LedgerEntry {
    static func backTest(_ report: BacktestReport, source: String) -> LedgerEntry {
        var facts = ["back_test": report.id, "events": String(report.events), "source": source, "hash": report.hash]
        facts["from"] = report.from?.formatted(.iso8601)
        facts["until"] = report.until?.formatted(.iso8601)
        return LedgerEntry(
            kind: "rule.back-tested", at: report.at, actor: "person:\(report.by)", subject: report.key.description, facts: facts)
    }

    static func undo(_ kind: String, _ undo: RuleUndo, by account: String, at: Date) -> LedgerEntry {
        LedgerEntry(
            kind: kind, at: at, actor: account == "system" ? account : "person:\(account)", subject: undo.id,
            facts: [
                "rule": undo.key.description, "reason": undo.reason, "total": String(undo.total), "undone": String(undo.undone),
                "kept": String(undo.kept), "failed": String(undo.failed),
            ])
    }
}
