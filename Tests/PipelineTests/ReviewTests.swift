// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Storage
import Testing

@Suite("Review")
struct ReviewTests {
    /// A flow with one case about a solicitation, leased by a person.
    private func leased(by holder: AccountID = "hana") async throws -> (Flow, CaseFile, LeaseGuard) {
        let flow = try await Flow()
        _ = try await flow.intake.accept([.sample(text: "here is a test solicitation phrase")])
        await flow.settle()
        let item = try #require(try await flow.store.leaseNext(holder: holder, at: flow.clock.now, until: flow.clock.now + 120))
        let lease = try #require(item.lease)
        let file = try #require(try await flow.store.caseFile(item.caseID))
        return (flow, file, LeaseGuard(workItem: item.id, holder: holder, token: lease.token))
    }

    private func judgement(_ file: CaseFile, _ lease: LeaseGuard, _ verdict: Verdict, clause: ClauseID? = "t.1") -> Judgement {
        Judgement(caseID: file.case.id, lease: lease, verdict: verdict, clause: clause, reason: "as the clause says")
    }

    @Test("a person's removal takes the same road as a rule's")
    func removal() async throws {
        let (flow, file, lease) = try await leased()
        let decision = try await flow.desk.decide(judgement(file, lease, .remove))
        await flow.settle()
        #expect(try await flow.store.actions(of: decision.id).map(\.state) == [.done])
        #expect(try await flow.store.caseFile(file.case.id)?.case.state == .closed)
        #expect(try await flow.ledgerKinds().contains("decision.made"))
    }

    @Test("no violation closes the case and does nothing to anybody")
    func noViolation() async throws {
        let (flow, file, lease) = try await leased()
        _ = try await flow.desk.decide(judgement(file, lease, .noViolation, clause: nil))
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.caseFile(file.case.id)?.case.state == .closed)
    }

    @Test("an escalated case stays open, is free again, and comes first")
    func escalation() async throws {
        let (flow, file, lease) = try await leased()
        _ = try await flow.desk.decide(judgement(file, lease, .escalate, clause: nil))
        let raised = try #require(try await flow.store.caseFile(file.case.id))
        #expect(raised.case.state == .open)
        #expect(raised.case.priority == 200)
        let next = try await flow.store.leaseNext(holder: "bo", at: flow.clock.now, until: flow.clock.now + 120)
        #expect(next?.caseID == file.case.id)
    }

    @Test("a removal needs a clause that exists")
    func clauses() async throws {
        let (flow, file, lease) = try await leased()
        await #expect(throws: ReviewError.clauseMissing) {
            try await flow.desk.decide(judgement(file, lease, .remove, clause: nil))
        }
        await #expect(throws: ReviewError.unknownClause("x.9")) {
            try await flow.desk.decide(judgement(file, lease, .remove, clause: "x.9"))
        }
    }

    @Test("who has lost the lease cannot decide any more")
    func fencing() async throws {
        let (flow, file, lease) = try await leased()
        flow.clock.advance(by: 121)
        let taken = try await flow.store.leaseNext(holder: "bo", at: flow.clock.now, until: flow.clock.now + 120)
        #expect(taken?.caseID == file.case.id)
        await #expect(throws: CaseworkError.leaseLost) { try await flow.desk.decide(judgement(file, lease, .remove)) }
        #expect(flow.connector.performed.isEmpty)
    }

    @Test("evidence opens only under the lease of its case, and each look is in the ledger")
    func looking() async throws {
        let (flow, file, lease) = try await leased()
        let reference = try #require(file.evidence.first)
        let seen = try await flow.desk.view(reference.id, under: lease, case: file.case.id)
        #expect(String(decoding: seen.bytes, as: UTF8.self).contains("test solicitation phrase"))
        #expect(try await flow.ledgerKinds().filter { $0 == "evidence.viewed" }.count == 1)

        let other = LeaseGuard(workItem: lease.workItem, holder: "bo", token: lease.token)
        await #expect(throws: CaseworkError.leaseLost) {
            try await flow.desk.view(reference.id, under: other, case: file.case.id)
        }
        flow.clock.advance(by: 121)
        await #expect(throws: CaseworkError.leaseLost) {
            try await flow.desk.view(reference.id, under: lease, case: file.case.id)
        }
        #expect(try await flow.ledgerKinds().filter { $0 == "evidence.viewed" }.count == 1)
    }

    @Test("undo cancels what waits, reverses what is done, and opens the case again")
    func undo() async throws {
        let (flow, file, lease) = try await leased()
        let decision = try await flow.desk.decide(judgement(file, lease, .restrict))
        await flow.settle()
        let undo = try await flow.desk.undo(decision.id, by: "bo", reason: "we were wrong")
        await flow.settle()
        let actions = try await flow.store.actions(of: undo.id)
        #expect(actions.map(\.effect.kind) == [.unsuspend])
        #expect(actions.allSatisfy { $0.state == .done })
        #expect(try await flow.store.caseFile(file.case.id)?.case.state == .open)
        await #expect(throws: ReviewError.alreadyUndone(decision.id)) {
            try await flow.desk.undo(decision.id, by: "bo", reason: "again")
        }
    }

    @Test("an undo that comes before the removal stops it")
    func undoInTime() async throws {
        let (flow, file, lease) = try await leased()
        let decision = try await flow.desk.decide(judgement(file, lease, .remove))
        _ = try await flow.desk.undo(decision.id, by: "hana", reason: "a slip of the key")
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.actions(of: decision.id).map(\.state) == [.cancelled])
    }

    @Test("an undo says what the platform cannot take back")
    func irreversible() async throws {
        let (flow, file, lease) = try await leased()
        let decision = try await flow.desk.decide(judgement(file, lease, .remove))
        await flow.settle()
        let undo = try await flow.desk.undo(decision.id, by: "bo", reason: "we were wrong")
        #expect(undo.reason.contains("cannot take back: remove"))
    }

    @Test(
        "a report of intimate imagery comes before other reports",
        arguments: [("intimate-imagery", 100), ("adult.ncii", 100), ("spam", 50)])
    func urgency(category: String, priority: Int) async throws {
        let flow = try await Flow()
        let report = Report(
            id: "r", platform: "test", externalID: "1", target: Target(platform: "test", item: "i"), reporter: nil, text: "words",
            category: category, at: .start, privacy: .public)
        _ = try await flow.intake.accept(IncomingReport(report: report, item: nil, media: []))
        #expect(try await flow.store.cases(.open, limit: 1).first?.case.priority == priority)
    }

    @Test("reports about one item are one case, with the reporters' words and a copy of the item")
    func reports() async throws {
        let flow = try await Flow()
        let target = Target(platform: "test", space: "den", item: "i1", actor: "ari")
        func report(_ id: String) -> IncomingReport {
            IncomingReport(
                report: Report(
                    id: ReportID("r-\(id)"), platform: "test", externalID: id, target: target, reporter: "bo",
                    text: "words of \(id)",
                    category: "ncii", at: .start, privacy: .private),
                item: Item(id: "i1", text: "what was said"), media: [])
        }
        let first = try await flow.intake.accept(report("1"))
        let second = try await flow.intake.accept(report("2"))
        #expect(first != nil && first == second)
        #expect(try await flow.intake.accept(report("2")) == nil)  // delivered again
        let caseID = try #require(first)
        let file = try #require(try await flow.store.caseFile(caseID))
        #expect(Set(file.reports.map(\.text)) == ["words of 1", "words of 2"])
        #expect(file.case.privacy == .private)
        #expect(!file.evidence.isEmpty)
    }

    @Test("what a rule removed by itself is found by the case that a report opens afterwards")
    func removedBefore() async throws {
        let flow = try await Flow()
        let media = try await flow.picture("p1", bytes: "known", trust: .verified)
        let event = Event(
            platform: "test", id: "e1", kind: .messagePosted, at: flow.clock.now, receivedAt: flow.clock.now,
            space: Space(id: "plaza", privacy: .public), actor: Actor(id: "ari"), item: Item(id: "m1", text: nil, media: [media]))
        _ = try await flow.intake.accept([event])
        await flow.settle()
        let removal = try #require(try await flow.store.decisions(limit: 1).first)
        #expect(removal.verdict == .remove)
        let report = Report(
            id: "r", platform: "test", externalID: "1", target: Target(platform: "test", space: "plaza", item: "m1"),
            reporter: "bo", text: "words", category: "ncii", at: flow.clock.now, privacy: .public)
        let id = try #require(try await flow.intake.accept(IncomingReport(report: report, item: nil, media: [])))
        let file = try #require(try await flow.store.caseFile(id))
        #expect(file.decisions.isEmpty)
        let elsewhere = try await flow.store.decisionsElsewhere(about: file.case.target, than: id)
        #expect(elsewhere.decisions.map(\.id) == [removal.id])
        #expect(elsewhere.actions.contains { $0.effect.kind == .remove && $0.state == .done })
    }
}
