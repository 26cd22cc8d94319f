// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Testing

@Suite("History of what rules were given")
struct HistoryTests {
    private func recorded(_ store: Store) async throws -> [RecordedEvent] {
        try await store.history(in: HistoryPeriod(), after: 0, limit: 1_000).map { try RecordedEvent(bytes: $0.bytes) }
    }

    @Test("is kept once for each public event that is concluded, with what rules were given and said")
    func recordedOnce() async throws {
        let flow = try await Flow(keeping: .history)
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        _ = try await flow.intake.accept([.sample(id: "e1", text: "good morning"), .sample(id: "e2", media: [picture])])
        _ = try await flow.intake.accept([.sample(id: "e1", text: "good morning")])
        await flow.settle()
        await flow.settle()
        let kept = try await recorded(flow.store)
        #expect(kept.map(\.event.id) == ["e1", "e2"])
        #expect(kept[0].event.item?.text == "good morning" && kept[0].findings.isEmpty)
        let finding = try #require(kept[1].findings.first { $0.key.rule == "known-file" })
        #expect(finding.stage == .live && finding.result == .fired && finding.effects.contains(.remove))
        let signal = try #require(kept[1].signals.first { $0.name == "known_file" })
        #expect(signal.matches.contains { $0.trust == .verified })
        #expect(kept[1].event.item?.media.first?.url == nil, "addresses are not kept")
    }

    @Test("is kept nowhere unless it is wanted")
    func off() async throws {
        let flow = try await Flow()
        let canary = "canary-\(UUID().uuidString)"
        _ = try await flow.intake.accept([.sample(text: canary)])
        await flow.settle()
        #expect(try await flow.state(of: "e1") == .cleared)
        #expect(try await flow.store.historyExtent(in: HistoryPeriod()).count == 0)
        #expect(await databaseContains(canary, in: flow) == false)
    }

    @Test("has nothing of what is private, and nothing of a space once it closes")
    func closes() async throws {
        let flow = try await Flow(keeping: .history)
        let canary = "canary-\(UUID().uuidString)"
        let other = Space(id: "garden", privacy: .public)
        _ = try await flow.intake.accept([.sample(id: "e0", privacy: .private, text: canary)])
        _ = try await flow.intake.accept([.sample(id: "e1", text: canary), .sample(id: "e2", space: other.id)])
        await flow.settle()
        #expect(try await recorded(flow.store).map(\.event.id) == ["e1", "e2"])
        // One is in the queue, one in the history.
        _ = try await flow.intake.accept([.sample(id: "e3", text: canary)])
        try await flow.intake.spaceChanged(Space(id: "lobby", privacy: .encrypted), on: "test", at: .start + 1)
        await flow.settle()
        #expect(try await flow.state(of: "e3") == .withdrawn)
        #expect(try await recorded(flow.store).map(\.event.id) == ["e2"])
        #expect(await databaseContains(canary, in: flow) == false)
    }

    @Test("holds the stage that a rule really had, and what a stopped one was kept from")
    func stages() async throws {
        let shadow = try await RuleWorld(approval: .twoPeople, keeping: .history)
        try await shadow.post(1)
        let said = try #require(try await recorded(shadow.flow.store).first?.findings.first)
        #expect(said.key == shadow.key && said.stage == .shadow && said.effects == [.quarantine] && !said.isRestrained)

        let stopped = try await RuleWorld(approval: .files, keeping: .history)
        try await stopped.rules.stop(stopped.key, by: "hana", reason: "too broad")
        try await stopped.post(1)
        let held = try #require(try await recorded(stopped.flow.store).first?.findings.first)
        #expect(held.stage == .live && held.isRestrained)
    }

    @Test("has what an event is when it is concluded after a failure, and nothing of one that failed for good")
    func failures() async throws {
        let flow = try await Flow(keeping: .history)
        let sequences = try await flow.store.accept([.sample(id: "e1")])
        guard case .accepted(let sequence) = sequences[0] else { throw CancellationError() }
        _ = try await flow.store.commit([Commit(event: (sequence, .failed, "given up"))])
        await flow.settle()
        #expect(try await recorded(flow.store).isEmpty)
    }

    @Test("a back-test over no event is not recorded, and one over some is what a promotion rests on")
    func reports() async throws {
        let world = try await RuleWorld(approval: .twoPeople)
        func report(_ events: Int) -> BacktestReport {
            BacktestReport(id: "bt-\(events)", key: world.key, at: world.flow.clock.now, by: "hana", events: events, hash: "00")
        }
        await #expect(throws: RuleChangeError.self) { try await world.rules.record(report(0), source: "history") }
        let wish = Promotion(key: world.key, stage: .live, by: "hana", reason: "tested")
        await #expect(throws: RuleChangeError.needsBackTest(world.key)) { try await world.rules.promote(wish) }
        try await world.rules.record(report(3), source: "history")
        try await world.rules.promote(wish)
        let request = try #require(try await world.flow.store.ruleState().request(for: world.key))
        #expect(request.report == "bt-3")
        #expect(try await world.flow.ledgerKinds().filter { $0 == "rule.back-tested" }.count == 1)
    }
}
