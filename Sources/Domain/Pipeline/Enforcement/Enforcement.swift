// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Policies
package import Signals

package import struct Foundation.Date

/// The one place where decisions become effects: merges them, checks what a machine may do alone, applies quotas, and lays out
/// everything that one transaction writes.
package struct Enforcement: Sendable {
    private let board: RuleBoard
    private let quotas: Quotas
    private let connectors: ConnectorRegistry
    private let preservation: Preservation
    private let stopped: @Sendable () async -> Void
    private let now: @Sendable () -> Date

    /// - Parameter stopped: called when a rule was stopped here, to have that written before its decision is.
    package init(
        board: RuleBoard, quotas: Quotas, connectors: ConnectorRegistry, preservation: Preservation,
        stopped: @escaping @Sendable () async -> Void = {}, now: @escaping @Sendable () -> Date
    ) {
        self.board = board
        self.stopped = stopped
        self.quotas = quotas
        self.connectors = connectors
        self.preservation = preservation
        self.now = now
    }

    /// What rules found in a queued event, with the stages that they really have; counts it.
    package func judge(_ findings: [RuleFinding], on event: PublicEvent) -> [RuleFinding] {
        let findings = board.judge(findings, on: event.event, road: .queue)
        count(findings)
        return findings
    }

    /// What to write for an event that rules have judged.
    ///
    /// - Parameter findings: as `judge` gave them.
    package func plan(
        _ queued: QueuedEvent, _ event: PublicEvent, findings: [RuleFinding], media: [ExaminedMedia]
    ) async throws -> Commit {
        guard var plan = Merge(findings).plan else { return Commit(event: (queued.sequence, .cleared, "")) }
        let restraint = await restraint(of: plan, road: .queue)
        if case .drop(let why)? = restraint { plan.dropDestructive(because: why) }
        let decision = ruleDecision(plan, on: event.event, idSuffix: "rules")
        var commit = try self.commit(for: decision, plan: plan, event: event.event, media: media)
        commit.event = (queued.sequence, .decided, "")
        if case .hold(let why)? = restraint { hold(&commit, because: why) }
        return commit
    }

    /// What to write, and to answer, for an event that its platform has not accepted yet; nil when nothing speaks against it.
    ///
    /// Only what a machine may do alone refuses; everything else is left to the queue.
    package func planRefusal(_ event: PublicEvent, findings: [RuleFinding], media: [ExaminedMedia]) async throws -> Commit? {
        let findings = board.judge(findings, on: event.event, road: .acceptance)
        guard let plan = Merge(findings).plan, plan.isDestructive, await restraint(of: plan, road: .acceptance) == nil else {
            return nil
        }
        let decision = ruleDecision(plan, on: event.event, idSuffix: "refusal")
        var commit = try self.commit(for: decision, plan: plan, event: event.event, media: media)
        commit.actions = []
        commit.opens = nil
        return commit
    }

    /// What to write for a person's judgement.
    package func plan(_ decision: Decision, eventAt: Date) -> [Action] {
        actions(for: decision, eventAt: eventAt)
    }

    package func canPerform(_ effect: EffectKind, on platform: PlatformID) -> Bool {
        connectors.canPerform(effect, on: platform)
    }

    /// Why a plan must not act at once: its rules are stopped, the switch is on, a quota is spent, or one of its rules has just acted on
    /// too many events.
    private func restraint(of plan: Merge.Plan, road: RuleTally.Road) async -> Quotas.Restraint? {
        guard plan.isDestructive else { return nil }
        let keys = plan.uses.filter { $0.effects.contains(where: \.isDestructive) }.map(\.key)
        if let why = plan.restraint {
            board.holds(keys)
            return .hold(why)
        }
        if let restraint = await quotas.admit(plan, at: now()) {
            board.holds(keys)
            return restraint
        }
        guard let why = board.acts(keys, on: road) else { return nil }
        await stopped()
        return .hold(why)
    }

    /// What is destructive waits for a person, who finds a case with the evidence; and nobody is told of what has not happened.
    private func hold(_ commit: inout Commit, because reason: String) {
        for index in commit.actions.indices {
            let kind = commit.actions[index].effect.kind
            guard kind.isDestructive || kind == .notify else { continue }
            commit.actions[index].state = .held
            commit.actions[index].note = reason
        }
        guard commit.opens == nil, let decision = commit.decision else { return }
        commit.opens = preservation.newCase(
            target: decision.target, priority: 80, reason: "\(decision.reason); held: \(reason)", privacy: .public, at: now())
    }

    private func count(_ findings: [RuleFinding]) {
        for finding in findings {
            let result =
                switch finding.result {
                case .fired: "fired"
                case .notFired: "not-fired"
                case .unknown: "unknown"
                }
            PipelineMetrics.fired(finding.rule.id, stage: finding.stage.rawValue, result: result)
        }
    }

    private func ruleDecision(_ plan: Merge.Plan, on event: Event, idSuffix: String) -> Decision {
        Decision(
            id: DecisionID("d-" + preservation.digest("\(event.platform)|\(event.id)|\(idSuffix)").prefix(32)), at: now(),
            by: .rules(plan.rules), verdict: plan.isDestructive ? .remove : .review, target: Target(event), clause: plan.clause,
            reason: plan.reason, explanations: plan.explanations, effects: plan.effects)
    }

    private func commit(for decision: Decision, plan: Merge.Plan, event: Event, media: [ExaminedMedia]) throws -> Commit {
        var commit = Commit(decision: decision, actions: actions(for: decision, eventAt: event.at))
        commit.outcomes = decision.outcomes(.matched, at: now())
        commit.uses = plan.uses
        if plan.needsEvidence { commit.evidence = try preservation.preserve(event.item, media: media, at: now()) }
        if let review = plan.effects.first(where: { $0.kind == .review }) {
            commit.opens = preservation.newCase(
                target: decision.target, priority: Int(review.parameters["priority"] ?? "") ?? 40, reason: plan.reason,
                privacy: .public, at: now())
        }
        commit.ledger = [.decision(decision)] + commit.evidence.map { .preserved($0, decision: decision.id, at: now()) }
        return commit
    }

    /// One action for each effect on the platform. A removal also quarantines the media, where the platform keeps them apart.
    private func actions(for decision: Decision, eventAt: Date) -> [Action] {
        var effects = decision.effects.filter(\.kind.isOnPlatform)
        let platform = decision.target.platform
        if effects.contains(where: { $0.kind == .remove }), !effects.contains(where: { $0.kind == .quarantine }),
            !decision.target.media.isEmpty, canPerform(.quarantine, on: platform)
        {
            effects.append(Effect(.quarantine, clause: decision.clause))
        }
        // A platform without a channel to the author is no failure of the removal.
        effects.removeAll { $0.kind == .notify && !canPerform(.notify, on: platform) }
        let at = now()
        return effects.map { effect in
            Action(
                id: ActionID("\(decision.id)-\(effect.kind.rawValue)"), decision: decision.id, effect: effect,
                target: decision.target, state: .pending, createdAt: at, dueAt: at, eventAt: eventAt)
        }
    }
}
