// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Synchronization
import Testing

@Suite("Enforcement")
struct EnforcementTests {
    /// Four known pictures against a quota of three an hour.
    private func flood(_ flow: Flow) async throws {
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        for number in 1...4 { _ = try await flow.intake.accept([.sample(id: "e\(number)", media: [picture])]) }
        await flow.settle()
    }

    @Test("past its quota a rule's removals wait for a person, who can let them go")
    func quota() async throws {
        let flow = try await Flow()
        try await flood(flow)
        let held = try await flow.store.actions(in: [.held], limit: 10)
        #expect(Set(held.map(\.effect.kind)) == [.remove, .quarantine])
        #expect(held.allSatisfy { $0.note.contains("quota of 3") })
        #expect(flow.connector.performed.count == 6)

        let removal = try #require(held.first { $0.effect.kind == .remove })
        try await flow.desk.resolveHeld(removal.id, carryOut: true, by: "hana")
        await flow.settle()
        #expect(flow.connector.performed.contains(removal.id))
        #expect(try await flow.ledgerKinds().contains("action.released"))
    }

    @Test("a quota remembers what was spent before a restart")
    func quotaAfterRestart() async throws {
        let flow = try await Flow(spent: [("known-file", .start - 60), ("known-file", .start - 50), ("known-file", .start - 40)])
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await !flow.store.actions(in: [.held], limit: 10).isEmpty)
    }

    @Test("the store tells the quotas what was spent")
    func spentIsStored() async throws {
        let flow = try await Flow()
        try await flood(flow)
        let spent = try await flow.store.destructiveActions(since: .start - 1)
        #expect(spent.contains { $0.rule == "known-file" })
    }

    @Test("with the emergency stop on, nothing destructive happens by rule")
    func emergencyStop() async throws {
        let flow = try await Flow(mode: .caseOnly)
        try await flood(flow)
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.actions(in: [.held], limit: 100).count == 8)
    }

    @Test("a passing failure is tried again, later and later, until it works")
    func retries() async throws {
        let flow = try await Flow()
        flow.connector.state.withLock {
            $0.failures = [
                .transient("busy", retryAfter: 30), .transient("busy", retryAfter: nil), .transient("busy", retryAfter: nil),
            ]
        }
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        let waiting = try await flow.store.actions(in: [.pending], limit: 10)
        #expect(!waiting.isEmpty)
        for _ in 0..<5 {
            flow.clock.advance(by: 60)
            await flow.settle()
        }
        #expect(try await flow.store.actions(in: [.pending], limit: 10).isEmpty)
        #expect(try await flow.store.actions(in: [.done], limit: 10).count == 2)
        #expect(flow.connector.performed.count == 2)
    }

    @Test("the platform's word on when to come back is obeyed")
    func retryAfter() async throws {
        let flow = try await Flow(connector: ScriptedConnector(capabilities: [.remove]))
        flow.connector.state.withLock { $0.failures = [.transient("slow down", retryAfter: 120)] }
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        flow.clock.advance(by: 119)
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        flow.clock.advance(by: 2)
        await flow.settle()
        #expect(flow.connector.performed.count == 1)
    }

    @Test("a failure that will not pass ends visibly, with its reason")
    func permanentFailure() async throws {
        let flow = try await Flow(connector: ScriptedConnector(capabilities: [.remove]))
        flow.connector.state.withLock { $0.failures = [.permanent("the room is gone")] }
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        let failed = try #require(try await flow.store.actions(in: [.failed], limit: 10).first)
        #expect(failed.note == "the room is gone")
        #expect(try await flow.ledgerKinds().contains("action.failed"))
    }

    @Test("after a crash an action that was already carried out is recognised, not repeated")
    func recognisedAfterCrash() async throws {
        let connector = ScriptedConnector(capabilities: [.remove])
        let first = try await Flow(connector: connector)
        let picture = try await first.picture("p", bytes: "pattern", trust: .verified)
        _ = try await first.intake.accept([.sample(media: [picture])])
        await first.worker.drain()
        // The platform took it, and the process died before it could write that down.
        let action = try #require(try await first.store.pendingActions(dueBy: .start, limit: 10, notOn: []).first)
        connector.state.withLock { _ = $0.inEffect.insert(ScriptedConnector.key(action, .remove)) }

        let second = try await Flow(connector: connector, path: first.path)
        second.clock.advance(by: 5)
        let outbox = second.restartedOutbox()
        await outbox.drain()
        #expect(connector.performed.isEmpty)
        #expect(try await second.store.actions(in: [.done], limit: 10).map(\.id) == [action.id])
    }

    @Test("the check before acceptance refuses what a machine may remove alone, and says why")
    func refusal() async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        let answer = try await flow.intake.verdict(on: .sample(media: [picture]), until: .now + .seconds(5))
        guard case .refuse(let decision, let clause, let texts, _) = answer else {
            Issue.record("it was allowed")
            return
        }
        #expect(clause == "t.1")
        #expect(texts["ko"] == "시험 조항")
        #expect(try await flow.store.decision(decision) != nil)
        #expect(try await flow.ledgerKinds().contains("decision.made"))
    }

    @Test("the check before acceptance leaves everything else to the queue", arguments: [Trust.claimed, .probation])
    func allowance(trust: Trust) async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: trust)
        #expect(try await flow.intake.verdict(on: .sample(media: [picture]), until: .now + .seconds(5)) == .allow)
        #expect(try await flow.store.decisions(limit: 10).isEmpty)
    }

    @Test("the check before acceptance does not look at what is not public", arguments: [PrivacyClass.private, .encrypted])
    func unlooked(privacy: PrivacyClass) async throws {
        let flow = try await Flow()
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        #expect(
            try await flow.intake.verdict(on: .sample(privacy: privacy, media: [picture]), until: .now + .seconds(5)) == .allow)
        #expect(flow.connector.state.withLock { $0.fetched.isEmpty })
    }

    @Test("with the emergency stop on, nothing is refused before acceptance either")
    func emergencyStopBindsRefusals() async throws {
        let flow = try await Flow(mode: .caseOnly)
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        #expect(try await flow.intake.verdict(on: .sample(media: [picture]), until: .now + .seconds(5)) == .allow)
    }

    @Test("what is held opens a case, so that whoever lets it go can look first")
    func heldOpensCase() async throws {
        let flow = try await Flow(connector: ScriptedConnector(capabilities: [.remove, .notify]), mode: .caseOnly)
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty, "nobody is told of a removal that did not happen")
        let file = try #require(try await flow.store.cases(.open, limit: 9).first)
        #expect(file.evidence.count == 2)
    }

    @Test("a verified match lends its authority to no other rule")
    func authorityIsPerRule() async throws {
        let policy = Flow.policy.replacing(
            "then: [ { review: { clause: t.1 } } ]", with: "then: [ { suspend: { clause: t.1 } } ]")
        let flow = try await Flow(policy: policy)
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(text: "a test solicitation phrase", media: [picture])])
        await flow.settle()
        let done = try await flow.store.actions(in: [.done], limit: 9).map(\.effect.kind)
        #expect(Set(done) == [.remove, .quarantine])
        #expect(try await flow.store.cases(.open, limit: 9).count == 1, "the words go to a person")
    }

    @Test("a hash that is claimed without bytes proves nothing")
    func claimedHash() async throws {
        let flow = try await Flow()
        let known = try await flow.picture("p", bytes: "pattern", trust: .verified)
        let claimed = Media(id: "gone", type: "image/png", sha256: sha256Hex(Array("pattern".utf8)))
        _ = try await flow.intake.accept([.sample(media: [claimed])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        // Nor do other bytes become the known ones by claiming its hash.
        _ = try await flow.picture("other", bytes: "other bytes")
        let lied = Media(id: "other", type: "image/png", url: "test:other", sha256: sha256Hex(Array("pattern".utf8)))
        _ = try await flow.intake.accept([.sample(id: "e2", media: [lied])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        _ = known
    }

    @Test("an address that serves other bytes later is looked at again")
    func changedBytes() async throws {
        let flow = try await Flow()
        _ = try await flow.picture("bad", bytes: "pattern", trust: .verified)
        let media = Media(id: "p", type: "image/png", url: "https://example.org/p.png")
        flow.connector.state.withLock { $0.media["p"] = Array("harmless".utf8) }
        _ = try await flow.intake.accept([.sample(media: [media])])
        await flow.settle()
        flow.connector.state.withLock { $0.media["p"] = Array("pattern".utf8) }
        _ = try await flow.intake.accept([.sample(id: "e2", media: [media])])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .cleared)
        #expect(try await flow.state(of: "e2") == .decided)
    }

    @Test("a platform whose clock is ahead cannot keep a space open that has closed")
    func clockAhead() async throws {
        let flow = try await Flow()
        _ = try await flow.intake.accept([.sample(at: .start + 3_600)])
        try await flow.intake.spaceChanged(Space(id: "lobby", privacy: .private), on: "test", at: .start)
        #expect(try await flow.state(of: "e1") == .withdrawn)
    }

    @Test("items that have the same number in two spaces are two cases")
    func casesBySpace() async throws {
        let flow = try await Flow()
        for (event, space) in [("e1", "a"), ("e2", "b")] {
            var sample = Event.sample(id: event, space: SpaceID(space), text: "a test solicitation phrase")
            sample.item?.id = "1"
            _ = try await flow.intake.accept([sample])
        }
        await flow.settle()
        #expect(try await flow.store.cases(.open, limit: 9).count == 2)
    }

    @Test("an action that was being carried out while its decision was undone is taken back")
    func undoneInFlight() async throws {
        let flow = try await Flow(connector: ScriptedConnector(capabilities: [.remove, .restore]))
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.worker.drain()
        let decision = try #require(try await flow.store.decisions(limit: 1).first)
        let desk = flow.desk
        flow.connector.whilePerforming { _ = try? await desk.undo(decision.id, by: "hana", reason: "a mistake") }
        await flow.outbox.drain()
        let undone = try await flow.store.actions(of: DecisionID("u-\(decision.id)"))
        #expect(undone.map(\.effect.kind) == [.restore])
        #expect(undone.allSatisfy { $0.state == .done })
        #expect(try await flow.store.actions(of: decision.id).map(\.state) == [.done], "the record says what happened")
        _ = try await flow.ledgerKinds()
    }

    @Test("many actions are each carried out once")
    func onceEach() async throws {
        let flow = try await Flow(policy: Flow.policy.replacing("max: 3", with: "max: 100000"))
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept((1...300).map { .sample(id: "e\($0)", media: [picture]) })
        let running = Task { try await flow.worker.run() }
        let acting = Task { try await flow.outbox.run() }
        while try await flow.store.actions(in: [.done], limit: 1_000).count < 600 { await Task.yield() }
        running.cancel()
        acting.cancel()
        _ = try? await (running.value, acting.value)
        #expect(flow.connector.performed.count == 600)
        #expect(Set(flow.connector.performed).count == 600)
    }
}
