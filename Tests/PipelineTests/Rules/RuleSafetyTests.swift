// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Testing

@Suite("Rules that change")
struct RuleSafetyTests {
    @Test("what was adopted acts at once; a version that nobody agreed to only watches")
    func shadow() async throws {
        let adopted = try await RuleWorld(before: nil)
        try await adopted.post(2)
        #expect(try await adopted.actions(.done).count == 2)

        let edited = try await RuleWorld()
        try await edited.post(2)
        #expect(try await edited.actions(.done, .held, .pending).isEmpty)
        await edited.keeper.flush()
        let row = try #require(try await edited.rules.overview().rows.first)
        #expect(row.standing.stage == .shadow && row.count.fired == 2 && row.count.acted == 0 && row.seen == 2)
    }

    @Test("a canary acts on its share of events, always the same ones")
    func canary() async throws {
        let world = try await RuleWorld()
        try await world.promote(.canary, percent: 30)
        // Beside many others, or its share would be too large.
        try await world.post(1_000, bad: false, prefix: "good")
        try await world.post(100)
        let acted = Set(try await world.actions(.done).map(\.target.item))
        #expect((15...45).contains(acted.count))
        let chosen = (0..<100).filter { CanaryShare.includes(rule: "flood", event: .sample(id: "e\($0)"), percent: 30) }
        #expect(acted == Set(chosen.map { ItemID("item-e\($0)") }))
    }

    @Test("a version that acts on too large a share is stopped by itself, and holds what it would have done")
    func share() async throws {
        let world = try await RuleWorld()
        try await world.promote()
        // At most 10% of 50 events: five are done, the sixth is one too many.
        try await world.post(20)
        #expect(try await world.actions(.done).count == 5)
        #expect(try await world.actions(.held).count == 15)
        let stop = try #require(try await world.flow.store.ruleState().stops.first)
        #expect(stop.cause == .share && stop.key == world.key && stop.reason.contains("6 of "))
        #expect(try await world.flow.ledgerKinds().filter { $0 == "rule.stopped" }.count == 1)
        #expect(try await world.flow.store.cases(.open, limit: 99).count == 15, "a person finds each of them")
    }

    @Test("a stop outlives the process, and two people lift it")
    func restart() async throws {
        let first = try await RuleWorld(before: nil, approval: .twoPeople)
        try await first.rules.stop(first.key, by: "hana", reason: "it looks wrong")
        let second = try await RuleWorld(approval: .twoPeople, path: first.flow.path)
        try await second.post(3)
        #expect(try await second.actions(.done).isEmpty)
        #expect(try await second.actions(.held).count == 3)

        let stop = try #require(try await second.rules.overview().stops.first)
        try await second.rules.lift(stop.id, by: "hana", reason: "it was right")
        try await second.post(1, prefix: "still")
        #expect(try await second.actions(.done).isEmpty)
        try await second.rules.lift(stop.id, by: "bo", reason: "I have looked too")
        try await second.post(1, prefix: "after")
        #expect(try await second.actions(.done).count == 1)
    }

    @Test("another process follows within a round")
    func otherProcess() async throws {
        let one = try await RuleWorld(before: nil)
        let other = try await RuleWorld(path: one.flow.path)
        try await one.rules.stop(one.key, by: "hana", reason: "it looks wrong")
        await other.keeper.round()
        try await other.post(1)
        #expect(try await other.actions(.held).count == 1)
    }

    @Test("a version whose decisions people overturn is stopped, whatever its share")
    func precision() async throws {
        let world = try await RuleWorld(before: nil)
        try await world.post(6)
        let decisions = try await world.flow.store.decisions(limit: 9)
        for (number, decision) in decisions.enumerated() {
            await world.keeper.round()
            let isFree = try await world.flow.store.ruleState().stops.isEmpty
            #expect(isFree == (number < 5), "after \(number) of them")
            _ = try await world.flow.desk.undo(decision.id, by: "hana", reason: "it is harmless")
        }
        await world.keeper.round()
        let stop = try #require(try await world.flow.store.ruleState().stops.first)
        #expect(stop.cause == .precision && stop.reason.contains("5 of 5"))
        try await world.post(1, prefix: "next")
        #expect(try await world.actions(.held).count == 1)
    }

    @Test("what people confirm speaks for a version", arguments: [true, false])
    func held(carryOut: Bool) async throws {
        let world = try await RuleWorld(RuleWorld.policy(quota: 1), before: nil)
        try await world.post(2)
        let held = try #require(try await world.actions(.held).first)
        try await world.flow.desk.resolveHeld(held.id, carryOut: carryOut, by: "hana")
        let version = try #require(try await world.flow.store.ruleState().versions[world.key])
        #expect(version.confirmed == (carryOut ? 1 : 0) && version.overturned == (carryOut ? 0 : 1))
    }

    @Test("a judgement of its case speaks for or against a version", arguments: [Verdict.remove, .noViolation, .escalate])
    func judged(verdict: Verdict) async throws {
        let effects = "{ quarantine: { clause: t.1 } }, { review: {} }"
        let world = try await RuleWorld(RuleWorld.policy(effects: effects), before: nil)
        try await world.post(1)
        let now = world.flow.clock.now
        let work = try #require(try await world.flow.store.leaseNext(holder: "hana", at: now, until: now + 60))
        let lease = LeaseGuard(workItem: work.id, holder: "hana", token: try #require(work.lease).token)
        _ = try await world.flow.desk.decide(
            Judgement(
                caseID: work.caseID, lease: lease, verdict: verdict, clause: verdict == .remove ? "t.1" : nil, reason: ""))
        let version = try #require(try await world.flow.store.ruleState().versions[world.key])
        #expect(version.confirmed == (verdict == .remove ? 1 : 0))
        #expect(version.overturned == (verdict == .noViolation ? 1 : 0))
    }

    @Test("the one switch is turned while everything runs, and survives it")
    func switched() async throws {
        let world = try await RuleWorld(before: nil)
        try await world.rules.turn(to: .caseOnly, by: "hana", reason: "something is wrong")
        try await world.post(2)
        #expect(try await world.actions(.done).isEmpty)
        #expect(try await world.actions(.held).count == 2)
        let next = try await RuleWorld(path: world.flow.path)
        #expect(next.board.mode == .caseOnly)
        try await next.rules.turn(to: .normal, by: "hana", reason: "it is over")
        try await next.post(1, prefix: "after")
        #expect(try await next.actions(.done).count == 1)
        #expect(try await next.flow.ledgerKinds().filter { $0 == "rules.switched" }.count == 2)
    }

    @Test("beside a stopped rule another one acts as before")
    func besideStopped() async throws {
        let more = """
              - id: second
                stage: live
                events: [message.posted]
                when: known_file.matched
                then: [ { suspend: { clause: t.1 } } ]
            """
        let world = try await RuleWorld(RuleWorld.policy(more: more), before: nil)
        try await world.rules.stop(world.key, by: "hana", reason: "it looks wrong")
        try await world.post(1)
        #expect(try await world.actions(.done).map(\.effect.kind) == [.suspend])
        #expect(try await world.actions(.held).isEmpty)
        #expect(try await world.flow.store.cases(.open, limit: 9).count == 1, "and a person is asked")
    }
}

@Suite("Taking back what a version did")
struct RuleUndoTests {
    private func finish(_ world: RuleWorld) async throws {
        for _ in 0..<200 where try await world.flow.store.undos(limit: 9).contains(where: { $0.state == .running }) {
            try await world.undoer.step()
            world.flow.clock.advance(by: 10)
        }
        await world.flow.settle()
    }

    @Test("everything is taken back at its pace, and what the platform cannot take back is told")
    func everything() async throws {
        let effects = "{ preserve: {} }, { remove: { clause: t.1 } }, { suspend: { clause: t.1 } }"
        let world = try await RuleWorld(RuleWorld.policy(effects: effects), before: nil)
        try await world.post(30)
        let preview = try await world.rules.previewUndo(of: world.key)
        #expect(preview.decisions == 30 && preview.alreadyUndone == 0 && preview.shared == 0)
        #expect(preview.reversible == [.suspend: 30, .quarantine: 30] && preview.irreversible == [.remove: 30])
        #expect(preview.newest.count == 20)

        let undo = try await world.rules.startUndo(of: world.key, by: "hana", reason: "a mistake", perMinute: 600)
        #expect(try await world.undoer.step())
        #expect(try await world.flow.store.undo(undo.id)?.undone == 10)
        #expect(try await !world.undoer.step(), "not before its time")
        try await finish(world)
        let done = try #require(try await world.flow.store.undo(undo.id))
        #expect(done.state == .done && done.undone == 30 && done.failed == 0 && done.irreversible == ["remove": 30])
        let reversed = try await world.actions(.done).filter { $0.decision.rawValue.hasPrefix("u-") }
        #expect(reversed.filter { $0.effect.kind == .unsuspend }.count == 30)
        #expect(reversed.filter { $0.effect.kind == .unquarantine }.count == 30)
        let kinds = try await world.flow.ledgerKinds()
        #expect(kinds.filter { $0 == "rule.undo-started" }.count == 1 && kinds.filter { $0 == "rule.undo-done" }.count == 1)
        #expect(try await world.rules.previewUndo(of: world.key).decisions == 0)
    }

    @Test("killed in the middle, it goes on in another process and takes nothing back twice")
    func killed() async throws {
        let world = try await RuleWorld(before: nil)
        try await world.post(25)
        let undo = try await world.rules.startUndo(of: world.key, by: "hana", reason: "a mistake", perMinute: 300)
        let before = try #require(try await world.flow.store.undo(undo.id))
        try await world.undoer.step()
        // As if it had died before it wrote how far it had come.
        #expect(try await world.flow.store.update(before, expecting: [.running], ledger: []))
        let next = try await RuleWorld(path: world.flow.path, connector: world.flow.connector, clock: world.flow.clock)
        #expect(try await !next.undoer.step(), "another process may still be at it")
        world.flow.clock.advance(by: 60)
        try await finish(next)
        #expect(try await next.flow.store.undo(undo.id)?.undone == 25)
        let reversed = try await next.actions(.done).filter { $0.effect.kind == .unquarantine }
        #expect(reversed.count == 25 && Set(reversed.map(\.target.item)).count == 25)
    }

    @Test("what another rule wanted too stays")
    func shared() async throws {
        let more = """
              - id: second
                stage: live
                events: [message.posted]
                when: known_file.matched
                then: [ { suspend: { clause: t.1 } } ]
            """
        let world = try await RuleWorld(
            RuleWorld.policy(effects: "{ quarantine: { clause: t.1 } }, { suspend: { clause: t.1 } }", more: more), before: nil)
        try await world.post(2)
        #expect(try await world.rules.previewUndo(of: world.key).shared == 2)
        let second = try await world.rules.key("second")
        _ = try await world.rules.startUndo(of: second, by: "hana", reason: "a mistake", perMinute: nil)
        try await finish(world)
        #expect(try await world.flow.store.undos(limit: 1).map(\.kept) == [2])
        #expect(try await world.actions(.done).allSatisfy { $0.effect.kind != .unsuspend })

        _ = try await world.rules.startUndo(of: world.key, by: "hana", reason: "a mistake", perMinute: nil)
        try await finish(world)
        let reversed = try await world.actions(.done).filter { $0.decision.rawValue.hasPrefix("u-") }
        #expect(reversed.map(\.effect.kind) == [.unquarantine, .unquarantine])
        let versions = try await world.flow.store.ruleState().versions
        #expect(versions[world.key]?.overturned == 2, "it was wrong, though a part of what it wanted stays")
        #expect(versions[second]?.overturned == 0, "what it wanted stands")
    }

    @Test("one that is paused waits, and one that still waits is cancelled rather than reversed")
    func paused() async throws {
        let world = try await RuleWorld(RuleWorld.policy(quota: 1), before: nil)
        try await world.post(3)
        let undo = try await world.rules.startUndo(of: world.key, by: "hana", reason: "a mistake", perMinute: nil)
        try await world.rules.pauseUndo(undo.id, by: "bo")
        #expect(try await !world.undoer.step())
        await #expect(throws: RuleChangeError.self) {
            try await world.rules.startUndo(of: world.key, by: "bo", reason: "again", perMinute: nil)
        }
        try await world.rules.resumeUndo(undo.id, by: "bo")
        try await finish(world)
        #expect(try await world.actions(.cancelled).count == 2)
        #expect(try await world.actions(.held).isEmpty)
    }
}
