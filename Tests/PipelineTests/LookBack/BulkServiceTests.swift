// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import PerceptualHashing
import Pipeline
import Policies
import Signals
import Synchronization
import Testing

@Suite("Bulk decisions")
struct BulkServiceTests {
    private func previewed(_ flow: BulkFlow, by: String = "hana") async throws -> BulkDecision {
        try #require(try await flow.bulk.preview(BulkFlow.plan(by: by)))
    }

    @Test("a preview counts items, spaces and actors, and does nothing")
    func preview() async throws {
        let flow = BulkFlow()
        try await flow.fill(10)
        try await flow.fill(5, bits: 40)
        let bulk = try await previewed(flow)
        #expect(bulk.state == .preview)
        #expect((bulk.found.items, bulk.found.spaces, bulk.found.actors) == (10, 3, 1))
        #expect(flow.world.state.withLock { $0.decisions.isEmpty && $0.actions.isEmpty })
        #expect(flow.world.kinds == ["bulk.previewed"])
        let items = try await flow.world.items(of: bulk.id, after: 0, limit: 100)
        #expect(items.map(\.number) == Array(1...10))
        #expect(items.map(\.at) == items.map(\.at).sorted(by: >))
        #expect(items.allSatisfy { $0.distance == 3 && $0.fingerprint == 7 })
    }

    @Test("an item with several copies is one item, by its nearest; queued sightings are found too")
    func grouping() async throws {
        let flow = BulkFlow()
        let words = BulkFlow.hash.words
        func sighting(_ item: ItemID, _ index: Int, bits: Int) -> Sighting {
            Sighting(
                kind: .pdq, hash: PDQHash(words: words.0 ^ (1 << UInt64(bits) - 1), words.1, words.2, words.3), platform: "test",
                space: "room", item: item, actor: "ari", mediaIndex: index, at: .start)
        }
        try await flow.lookBack.append([(1, sighting("a", 0, bits: 9)), (2, sighting("a", 1, bits: 2))])
        // One has moved already and is still queued, one waits.
        flow.world.state.withLock {
            $0.queue = [(2, sighting("a", 1, bits: 2)), (3, sighting("b", 0, bits: 5))]
        }
        let bulk = try await previewed(flow)
        let items = try await flow.world.items(of: bulk.id, after: 0, limit: 10)
        #expect(Set(items.map { "\($0.target.item ?? "")-\($0.distance)" }) == ["a-2", "b-5"])
    }

    @Test("a bulk decision removes every copy, each with a decision, evidence and an outcome of its own")
    func run() async throws {
        let flow = BulkFlow()
        try await flow.fill(25)
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.settle()
        let done = try #require(try await flow.bulk(bulk.id))
        #expect(done.state == .done)
        #expect((done.applied, done.skipped, done.failed) == (25, 0, 0))
        let state = flow.world.state.withLock { $0 }
        #expect(state.decisions.count == 25)
        #expect(state.decisions.values.allSatisfy { $0.by == .person("hana") && $0.verdict == .remove && $0.clause == "t.1" })
        #expect(state.actions.map(\.effect.kind) == Array(repeating: .remove, count: 25))
        // The item and its picture.
        #expect(state.evidence.count == 50)
        #expect(Set(state.outcomes.map(\.decision)) == Set(state.decisions.keys))
        #expect(state.outcomes.allSatisfy { $0.fingerprint == 7 && $0.kind == .matched })
        #expect(flow.world.kinds.filter { $0.hasPrefix("bulk.") } == ["bulk.previewed", "bulk.started", "bulk.done"])
    }

    @Test("it keeps to its pace")
    func pace() async throws {
        let flow = BulkFlow()
        try await flow.fill(30)
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        // 300 a minute are five a second, however often it is asked.
        for _ in 0..<5 { try await flow.bulk.step() }
        #expect(try await flow.bulk(bulk.id)?.applied == 5)
        flow.clock.advance(by: 1)
        for _ in 0..<5 { try await flow.bulk.step() }
        #expect(try await flow.bulk(bulk.id)?.applied == 10)
    }

    @Test("many items need two people, too many never start, and the emergency stop keeps all from starting")
    func limits() async throws {
        let flow = BulkFlow()
        try await flow.fill(101)
        let bulk = try await previewed(flow)
        await #expect(throws: BulkError.needsAnotherPerson("hana")) { try await flow.bulk.start(bulk.id, by: "hana") }
        let small = try #require(try await flow.bulk.preview(BulkFlow.plan(largest: 100)))
        await #expect(throws: BulkError.tooLarge(items: 101, largest: 100)) { try await flow.bulk.start(small.id, by: "bo") }
        let stopped = flow.restarted(mode: .caseOnly)
        await #expect(throws: BulkError.emergencyStop) { try await stopped.bulk.start(bulk.id, by: "bo") }
        #expect(flow.world.state.withLock { $0.decisions.isEmpty })
        #expect(try await flow.bulk.start(bulk.id, by: "bo").startedBy == "bo")
    }

    @Test("one that runs is paused by the emergency stop")
    func stopWhileRunning() async throws {
        let flow = BulkFlow()
        try await flow.fill(20)
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.bulk.step()
        let stopped = flow.restarted(mode: .caseOnly)
        try await stopped.settle()
        #expect(try await flow.bulk(bulk.id)?.state == .paused)
        #expect(try await flow.bulk(bulk.id)?.applied == 5)
    }

    @Test("what is gone, different or private now is left alone; what cannot be seen fails")
    func lookAgain() async throws {
        let flow = BulkFlow()
        try await flow.fill(6) { SpaceID("room-\($0)") }
        let bulk = try await previewed(flow)
        let items = try await flow.world.items(of: bulk.id, after: 0, limit: 10).compactMap(\.target.item)
        flow.platform.state.withLock { state in
            state.items[items[0]] = nil
            state.bytes[MediaID("media-\(items[1])")] = Array(BulkFlow.hash.complement.hex.utf8)
            state.bytes[MediaID("media-\(items[2])")] = Array("broken".utf8)
        }
        flow.world.state.withLock { $0.privacy["room-4"] = .private }
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.settle()
        let done = try #require(try await flow.bulk(bulk.id))
        #expect((done.applied, done.skipped, done.failed) == (2, 3, 1))
        #expect(
            flow.world.state.withLock { Set($0.decisions.values.compactMap(\.target.space)) } == ["room-5", "room-6"])
    }

    @Test("a space that closes between preview and run, or while we look, is not touched")
    func privacy() async throws {
        let flow = BulkFlow()
        flow.world.state.withLock { $0.privacy["closed"] = .encrypted }
        try await flow.fill(4) { SpaceID($0 == 1 ? "closed" : "room-\($0)") }
        let bulk = try await previewed(flow)
        #expect(bulk.found.items == 3)
        let world = flow.world
        world.state.withLock { $0.privacy["room-2"] = .private }
        // A platform that answers late: the space closes between its first and its second answer.
        flow.platform.state.withLock { $0.failures = 1 }
        try await flow.bulk.start(bulk.id, by: "hana")
        flow.platform.state.withLock { $0.meanwhile = { world.state.withLock { $0.privacy["room-4"] = .private } } }
        try await flow.settle()
        #expect(flow.world.state.withLock { !$0.decisions.values.contains { $0.target.space == "room-2" } })
        #expect(flow.world.state.withLock { !$0.actions.contains { $0.target.space == "room-2" || $0.target.space == "closed" } })
    }

    @Test("where the platform cannot be asked, what is known must do")
    func cannotLook() async throws {
        let flow = BulkFlow()
        try await flow.fill(3)
        flow.platform.state.withLock { $0.canLook = false }
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.settle()
        #expect(flow.world.state.withLock { $0.actions.compactMap(\.target.item).count } == 3)
    }

    @Test("an undo takes back all of it, and says that the fingerprint was wrong")
    func undo() async throws {
        let flow = BulkFlow()
        try await flow.fill(23)
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        for _ in 0..<3 {
            try await flow.bulk.step()
            flow.clock.advance(by: 1)
        }
        try await flow.bulk.undo(bulk.id, by: "bo", reason: "the fingerprint was wrong")
        try await flow.bulk.step()
        flow.clock.advance(by: 1)
        // Another process goes on with it.
        try await flow.restarted().settle()
        let undone = try #require(try await flow.bulk(bulk.id))
        #expect(undone.state == .undone)
        #expect((undone.applied, undone.undone) == (15, 15))
        let state = flow.world.state.withLock { $0 }
        #expect(Set(state.undone) == Set(state.decisions.keys))
        #expect(Set(state.outcomes.filter { $0.kind == .overturned }.map(\.decision)) == Set(state.decisions.keys))
        #expect(flow.world.kinds.last == "bulk.undone")
    }

    @Test("killed after any write, it goes on, does nothing twice and forgets nothing")
    func crashes() async throws {
        var crashed = 0
        for writes in 1...60 {
            let flow = BulkFlow()
            try await flow.fill(12)
            let bulk = try await previewed(flow)
            try await flow.bulk.start(bulk.id, by: "hana")
            flow.world.state.withLock { $0.writesLeft = writes }
            do { try await flow.settle() } catch { crashed += 1 }
            let isOver = flow.world.state.withLock { state in
                defer { state.writesLeft = nil }
                return (state.writesLeft ?? 0) > 0
            }
            try await flow.restarted().settle()
            let done = try #require(try await flow.bulk(bulk.id))
            #expect(done.state == .done, "after \(writes) writes")
            #expect((done.applied, done.skipped, done.failed) == (12, 0, 0), "after \(writes) writes")
            #expect(flow.world.state.withLock { $0.actions.count } == 12, "after \(writes) writes")
            #expect(flow.world.state.withLock { Set($0.actions.map(\.id)).count } == 12)
            if isOver { break }
        }
        #expect(crashed > 5)
    }

    @Test("a pause holds it, a start lets it go on")
    func pause() async throws {
        let flow = BulkFlow()
        try await flow.fill(12)
        let bulk = try await previewed(flow)
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.bulk.step()
        try await flow.bulk.pause(bulk.id, by: "bo")
        flow.clock.advance(by: 10)
        #expect(try await !flow.bulk.step())
        #expect(try await flow.bulk(bulk.id)?.applied == 5)
        try await flow.bulk.start(bulk.id, by: "hana")
        try await flow.settle()
        #expect(try await flow.bulk(bulk.id)?.applied == 12)
        await #expect(throws: BulkError.wrongState(bulk.id, .done)) { try await flow.bulk.pause(bulk.id, by: "bo") }
    }

    @Test("a preview says which days could not be searched")
    func missing() async throws {
        let flow = BulkFlow()
        try await flow.fill(1)
        flow.lookBack.state.withLock { $0.missing = [SweepGap(day: 20_000, file: "x.seg", reason: "damaged")] }
        let bulk = try await previewed(flow)
        #expect(bulk.reason.contains("not complete"))
        #expect(bulk.reason.contains("2024-10-04"))
    }
}
