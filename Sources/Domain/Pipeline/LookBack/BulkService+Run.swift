// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Signals

extension BulkService {
    private enum Ending: Sendable { case applied, skipped, failed }

    /// Does the next items.
    func goOn(with bulk: BulkDecision) async throws {
        if board.mode == .caseOnly {
            let now = now()
            _ = try await change(bulk.id, in: [.running]) { bulk in
                bulk.state = .paused
                return .bulk("bulk.paused", bulk, by: "system", at: now)
            }
            return
        }
        let items = try await store.items(of: bulk.id, after: bulk.cursor, limit: allowance(of: bulk))
        let endings = try await work(on: items, of: bulk)
        let now = now()
        do {
            // It may be paused or taken back by now; what was done counts all the same.
            _ = try await change(bulk.id, in: [.running, .paused, .undoing]) { bulk in
                bulk.cursor = items.last?.number ?? bulk.cursor
                for ending in endings {
                    switch ending {
                    case .applied: bulk.applied += 1
                    case .skipped: bulk.skipped += 1
                    case .failed: bulk.failed += 1
                    }
                }
                guard items.isEmpty, bulk.state == .running else { return nil }
                bulk.state = .done
                return .bulk("bulk.done", bulk, by: "system", at: now)
            }
        } catch BulkError.wrongState {
            // Another process has ended it.
        }
    }

    private func work(on items: [BulkItem], of bulk: BulkDecision) async throws -> [Ending] {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            var endings: [Ending] = []
            for item in items.prefix(options.concurrency) { group.addTask { try await self.work(on: item, of: bulk) } }
            var waiting = items.dropFirst(options.concurrency).makeIterator()
            while let ending = try await group.next() {
                endings.append(ending)
                LookBackMetrics.item("\(ending)")
                if let item = waiting.next() { group.addTask { try await self.work(on: item, of: bulk) } }
            }
            return endings
        }
    }

    private nonisolated func work(on item: BulkItem, of bulk: BulkDecision) async throws -> Ending {
        let id = Self.decisionID(of: item.number, in: bulk.id)
        // Done before a crash that came before the count was written.
        if try await decisions.decision(id) != nil { return .applied }
        var commit: Commit
        switch try await look.look(at: item, for: bulk.request.queries) {
        case .skip: return .skipped
        case .unknown: return .failed
        case .same(let target, let current, let media):
            commit = try self.commit(id, target, item, of: bulk)
            let evidence = try preservation.preserve(current, media: media, at: now())
            commit.evidence = evidence
            commit.ledger += evidence.map { .preserved($0, decision: id, at: now()) }
        case .cannotLook(let target): commit = try self.commit(id, target, item, of: bulk)
        }
        // The platform may have taken its time: what has closed meanwhile stays as it is.
        if let space = item.target.space,
            try await events.privacy(of: space, on: item.target.platform) ?? .public != .public
        {
            return .skipped
        }
        switch try await commits.submit([commit]).first {
        case .applied, .superseded: return .applied
        case .refused, .leaseLost, .outdated, nil: return .failed
        }
    }

    private nonisolated func commit(
        _ id: DecisionID, _ target: Target, _ item: BulkItem, of bulk: BulkDecision
    ) throws -> Commit {
        let effects = bulk.effects
        let verdict: Verdict =
            effects.contains { $0.kind == .remove }
            ? .remove : effects.contains { $0.kind.isDestructive } ? .restrict : .review
        let decision = Decision(
            id: id, at: now(), by: Self.decider(of: bulk), verdict: verdict, target: target, clause: bulk.clause,
            reason: bulk.reason, explanations: [Self.explanation(of: item, in: bulk)], effects: effects)
        var commit = Commit(decision: decision, actions: enforcement.plan(decision, eventAt: item.at))
        if let review = effects.first(where: { $0.kind == .review }) {
            commit.opens = preservation.newCase(
                target: target, priority: Int(review.parameters["priority"] ?? "") ?? 40, reason: bulk.reason, privacy: .public,
                at: now())
        }
        commit.ledger = [.decision(decision)]
        commit.outcomes = [MatchOutcome(fingerprint: item.fingerprint, decision: id, kind: .matched, at: now())]
        return commit
    }

    /// `b-<bulk>-` and the item's number, so that the order of ids is that of items.
    static func decisionID(of number: Int, in bulk: BulkID) -> DecisionID {
        let digits = String(number)
        return DecisionID(idPrefix(of: bulk) + String(repeating: "0", count: max(0, 9 - digits.count)) + digits)
    }

    static func idPrefix(of bulk: BulkID) -> String { "b-\(bulk)-" }

    private static func decider(of bulk: BulkDecision) -> Decider {
        let by = bulk.startedBy ?? bulk.by
        return by == "system" ? .rules([rule(of: bulk)]) : .person(AccountID(by))
    }

    private static func rule(of bulk: BulkDecision) -> RuleReference {
        RuleReference(policy: "look-back", id: "look-back.copy", version: bulk.id.rawValue)
    }

    private static func explanation(of item: BulkItem, in bulk: BulkDecision) -> Explanation {
        let entry = FingerprintID("fp-\(item.fingerprint)")
        let kind = bulk.request.queries.first { $0.key == item.fingerprint }?.kind ?? .pdq
        let match = Match(bank: "look-back", trust: .verified, distance: item.distance, entry: entry.rawValue)
        let signal = Signal(
            name: "look-back", kind: kind == .pdq ? .pdq : .sha256, state: .matched([match]), version: bulk.id.rawValue)
        return Explanation(
            rule: rule(of: bulk), condition: "a copy of \(entry)", result: "true",
            steps: [.init(expression: "distance", value: String(item.distance))], signals: [signal])
    }
}
