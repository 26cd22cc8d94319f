// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Foundation
package import Moderation
package import Policies
package import Records
import Signals

/// Turns what people decide into the same commits that rules make.
package struct ReviewService: ReviewDesk, DecisionReversal {
    private let cases: any CaseStore
    private let store: any CommitStore
    private let actions: any ActionStore
    private let evidence: any EvidenceStore
    private let ledger: any LedgerStore
    private let commits: GroupCommit<Commit, CommitResult>
    private let enforcement: Enforcement
    private let preservation: Preservation
    private let clauses: @Sendable () -> ClauseCatalogue
    private let outboxWake: Wake
    private let feed: LiveFeed
    private let now: @Sendable () -> Date

    package init(
        cases: any CaseStore, store: any CommitStore, actions: any ActionStore, evidence: any EvidenceStore,
        ledger: any LedgerStore, commits: GroupCommit<Commit, CommitResult>, enforcement: Enforcement, preservation: Preservation,
        clauses: @escaping @Sendable () -> ClauseCatalogue, outboxWake: Wake, feed: LiveFeed, now: @escaping @Sendable () -> Date
    ) {
        self.cases = cases
        self.store = store
        self.actions = actions
        self.evidence = evidence
        self.ledger = ledger
        self.commits = commits
        self.enforcement = enforcement
        self.preservation = preservation
        self.clauses = clauses
        self.outboxWake = outboxWake
        self.feed = feed
        self.now = now
    }

    package func decide(_ judgement: Judgement) async throws -> Decision {
        guard let file = try await cases.caseFile(judgement.caseID) else { throw CaseworkError.noSuchCase(judgement.caseID) }
        guard file.case.state == .open else { throw CaseworkError.caseClosed(judgement.caseID) }
        // The lease must be of this case: a token for another one says nothing here.
        guard file.workItem.id == judgement.lease.workItem else { throw CaseworkError.leaseLost }
        let decision = Decision(
            id: DecisionID("p-" + preservation.newID()), at: now(), by: .person(judgement.lease.holder),
            verdict: judgement.verdict, target: file.case.target, clause: judgement.clause, reason: judgement.reason,
            effects: try effects(of: judgement, on: file.case))
        var commit = Commit(
            lease: judgement.lease, decision: decision, actions: enforcement.plan(decision, eventAt: file.case.openedAt),
            caseID: file.case.id, ledger: [.decision(decision)])
        (commit.outcomes, commit.ruleOutcomes) = try await outcomes(of: judgement.verdict, on: file.case.id)
        if judgement.verdict == .escalate {
            var raised = file.case
            raised.priority = 200
            commit.opens = raised  // joins itself with the higher priority
            commit.keepsCaseOpen = true
        }
        try await write(commit)
        return decision
    }

    package func undo(_ id: DecisionID, by account: AccountID, reason: String) async throws -> Decision {
        try await takeBack(id, of: nil, by: account, reason: reason, keeping: []).undo
    }

    package func takeBack(
        _ id: DecisionID, of rule: RuleKey, by account: AccountID, reason: String, keeping: Set<EffectKind>
    ) async throws -> (undo: Decision, irreversible: [EffectKind]) {
        try await takeBack(id, of: .some(rule), by: account, reason: reason, keeping: keeping)
    }

    /// - Parameter rule: the one that was wrong: what it found in banks, and other rules, may have been right. Nil when all was wrong.
    private func takeBack(
        _ id: DecisionID, of rule: RuleKey?, by account: AccountID, reason: String, keeping: Set<EffectKind>
    ) async throws -> (undo: Decision, irreversible: [EffectKind]) {
        guard let original = try await store.decision(id) else { throw ReviewError.noSuchDecision(id) }
        guard original.undoes == nil else { throw ReviewError.nothingToUndo(id) }
        // While this is laid out an action may be carried out: then look again, it wants to be reversed and not cancelled.
        for _ in 0..<10 {
            let (undo, irreversible, laidOut) = try await layOutUndo(of: original, by: account, reason: reason, keeping)
            var commit = laidOut
            if let rule {
                commit.outcomes = []
                commit.ruleOutcomes.removeAll { $0.key != rule }
            }
            switch try await commits.submit([commit]).first {
            case .applied(let caseID):
                outboxWake.signal()
                if let caseID { await feed.publish(.caseChanged(caseID.rawValue)) }
                return (undo, irreversible)
            case .outdated: continue
            case .superseded: throw ReviewError.alreadyUndone(id)
            case .leaseLost, nil: throw CaseworkError.leaseLost
            case .refused(let why): throw ReviewError.notWritten(why)
            }
        }
        throw ReviewError.notWritten("its actions kept changing; please try again")
    }

    private func layOutUndo(
        of original: Decision, by account: AccountID, reason: String, _ keeping: Set<EffectKind>
    ) async throws -> (Decision, [EffectKind], Commit) {
        let actions = try await actions.actions(of: original.id).filter { !keeping.keeps($0.effect.kind) }
        var undo = Decision(
            // Made from the original's id: a second undo finds the first.
            id: DecisionID("u-\(original.id)"), at: now(), by: .person(account), verdict: .undo, target: original.target,
            clause: original.clause, reason: reason, effects: [], undoes: original.id)
        var unable: [EffectKind] = []
        for action in actions where action.state == .done {
            guard let inverse = action.effect.kind.inverse else { continue }
            if enforcement.canPerform(inverse, on: original.target.platform) {
                undo.effects.append(Effect(inverse, clause: original.clause))
            } else {
                unable.append(action.effect.kind)
            }
        }
        // What was done inside Haechi is taken back by the same commit.
        undo.effects += original.effects.filter { !$0.kind.isOnPlatform && !keeping.contains($0.kind) }.compactMap(\.inverse)
        if !unable.isEmpty {
            undo.reason += " (the platform cannot take back: \(unable.map(\.rawValue).joined(separator: ", ")))"
        }
        let cancelled = actions.filter { !$0.state.isTerminal }
        var commit = Commit(
            decision: undo, actions: enforcement.plan(undo, eventAt: now()), cancels: cancelled.map(\.id),
            ledger: [.decision(undo)])
        commit.ledger += cancelled.map { action in
            var action = action
            action.state = .cancelled
            return .action(action, at: now(), actor: "person:\(account)")
        }
        commit.outcomes = original.outcomes(.overturned, at: now())
        commit.ruleOutcomes = original.ruleOutcomes(.overturned)
        // A person's judgement that is taken back wants a new one.
        if case .person = original.by, original.verdict != .escalate { commit.reopensCaseOf = original.id }
        return (undo, unable, commit)
    }

    package func view(_ id: EvidenceID, under lease: LeaseGuard, case caseID: CaseID) async throws -> ViewedEvidence {
        guard let file = try await cases.caseFile(caseID) else { throw CaseworkError.noSuchCase(caseID) }
        guard file.case.state == .open else { throw CaseworkError.caseClosed(caseID) }
        guard file.workItem.id == lease.workItem, let held = file.workItem.lease, held.holder == lease.holder,
            held.token == lease.token, held.until > now()
        else { throw CaseworkError.leaseLost }
        guard file.evidence.contains(where: { $0.id == id }), let sealed = try await evidence.evidence(id) else {
            throw ReviewError.noSuchEvidence(id)
        }
        try await ledger.append([
            LedgerEntry(
                kind: "evidence.viewed", at: now(), actor: "person:\(lease.holder)", subject: id.rawValue,
                facts: ["case": caseID.rawValue])
        ])
        return ViewedEvidence(type: sealed.type, bytes: try EvidenceSealer.open(sealed))
    }

    package func resolveHeld(_ id: ActionID, carryOut: Bool, by account: AccountID) async throws {
        let held = try await actions.actions(in: [.held], limit: 10_000)
        guard var action = held.first(where: { $0.id == id }) else { throw ReviewError.noSuchAction(id) }
        action.state = carryOut ? .pending : .cancelled
        action.dueAt = now()
        action.note = carryOut ? "released by \(account)" : "given up by \(account)"
        let entry = LedgerEntry(
            kind: carryOut ? "action.released" : "action.cancelled", at: now(), actor: "person:\(account)", subject: id.rawValue,
            facts: ["decision": action.decision.rawValue])
        // Somebody else may have been quicker: then theirs is the word that counts.
        guard try await actions.record([ActionOutcome(action: action, ledger: entry)]).first == true else {
            throw ReviewError.noSuchAction(id)
        }
        // Whoever lets a rule's wish go, or gives it up, has judged it.
        if let decision = try await store.decision(action.decision) {
            _ = try await commits.submit([Commit(ruleOutcomes: decision.ruleOutcomes(carryOut ? .confirmed : .overturned))])
        }
        outboxWake.signal()
        await feed.publish(.action(id, effect: action.effect.kind, state: action.state))
    }

    /// What a person's verdict on a case says about the bank matches and the rules that led to it.
    private func outcomes(of verdict: Verdict, on caseID: CaseID) async throws -> ([MatchOutcome], [RuleOutcome]) {
        let isRight: Bool
        switch verdict {
        case .remove, .restrict: isRight = true
        case .noViolation: isRight = false
        case .escalate, .review, .undo: return ([], [])
        }
        let decisions = try await store.decisions(for: caseID)
        return (
            decisions.flatMap { $0.outcomes(isRight ? .confirmed : .overturned, at: now()) },
            decisions.flatMap { $0.ruleOutcomes(isRight ? .confirmed : .overturned) }
        )
    }

    private func effects(of judgement: Judgement, on file: Case) throws -> [Effect] {
        switch judgement.verdict {
        case .remove:
            let clause = try clause(of: judgement)
            return [Effect(.remove, clause: clause), Effect(.notify, clause: clause)]
        case .restrict:
            let clause = try clause(of: judgement)
            let hide: [Effect] = file.target.media.isEmpty ? [] : [Effect(.quarantine, clause: clause)]
            return hide + [Effect(.suspend, clause: clause), Effect(.notify, clause: clause)]
        case .noViolation, .escalate: return []
        case .review, .undo: throw ReviewError.verdictNotAllowed(judgement.verdict)
        }
    }

    private func clause(of judgement: Judgement) throws -> ClauseID {
        guard let clause = judgement.clause else { throw ReviewError.clauseMissing }
        guard clauses()[clause] != nil else { throw ReviewError.unknownClause(clause) }
        return clause
    }

    private func write(_ commit: Commit) async throws {
        switch try await commits.submit([commit]).first {
        case .applied(let caseID):
            if !commit.actions.isEmpty { outboxWake.signal() }
            if let id = commit.caseID ?? caseID { await feed.publish(.caseChanged(id.rawValue)) }
        case .leaseLost, .superseded, .outdated, nil: throw CaseworkError.leaseLost
        case .refused(let why): throw ReviewError.notWritten(why)
        }
    }
}

extension Set<EffectKind> {
    /// What hides a removed item's media belongs to the removal.
    fileprivate func keeps(_ kind: EffectKind) -> Bool { contains(kind) || (kind == .quarantine && contains(.remove)) }
}
