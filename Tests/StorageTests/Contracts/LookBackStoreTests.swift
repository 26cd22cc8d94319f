// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
import Pipeline
import Signals
import Testing

@testable import Storage

@Suite("Sighting queue")
struct SightingQueueTests {
    private func sighting(_ number: Int, space: SpaceID = "!plaza", actor: ActorID = "@ann") -> Sighting {
        Sighting(
            kind: number % 2 == 0 ? .pdq : .sha256, hash: PDQHash(words: UInt64(number), 1, 2, .max), platform: "matrix",
            space: space, item: ItemID("$\(number)"), actor: actor, mediaIndex: number, at: Sample.now)
    }

    @Test("takes sightings with their event's conclusion, and none of one that is refused", arguments: Engine.allCases)
    func commits(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let events = try await store.acceptNew([Sample.event("$1"), Sample.event("$2")])
            let outcome = MatchOutcome(fingerprint: 7, decision: "d-1", kind: .matched, at: Sample.now)
            let commits = [
                Commit(event: (events[0], .cleared, ""), sightings: [sighting(1), sighting(2)]),
                Commit(
                    event: (events[1], .decided, ""), decision: Sample.decision("d-1"), sightings: [sighting(3)],
                    outcomes: [outcome]),
            ]
            #expect(try await store.commit(commits) == [.applied(nil), .applied(nil)])
            #expect(try await store.commit(commits) == [.superseded, .superseded])
            let queued = try await store.sightings(after: 0, limit: 9)
            #expect(Set(queued.map(\.sighting)) == [sighting(1), sighting(2), sighting(3)] && queued.count == 3)
            #expect(try await store.outcomes(of: 7) == [.matched: 1])
            #expect(try await store.sightings(after: queued[0].sequence, limit: 1).map(\.sequence) == [queued[1].sequence])
            try await store.deleteSightings(through: queued[2].sequence)
            #expect(try await store.queuedSightings() == 0)
            // A number that was seen never comes again.
            let third = try await store.acceptNew([Sample.event("$3")])
            _ = try await store.commit([Commit(event: (third[0], .cleared, ""), sightings: [sighting(4)])])
            #expect(try #require(try await store.sightings(after: 0, limit: 1).first).sequence > queued[2].sequence)
        }
    }

    @Test("forgets what was seen in a space that closes, or by an actor", arguments: Engine.allCases)
    func forgets(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let events = try await store.acceptNew([Sample.event("$1"), Sample.event("$2", space: "!other")])
            _ = try await store.commit([
                Commit(event: (events[0], .cleared, ""), sightings: [sighting(1)]),
                Commit(
                    event: (events[1], .cleared, ""),
                    sightings: [sighting(2, space: "!other"), sighting(3, space: "!other", actor: "@bo")]),
            ])
            #expect(try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now + 1) == 0)
            #expect(try await store.sightings(after: 0, limit: 9).map(\.sighting.item) == ["$2", "$3"])
            #expect(try await store.deleteSightings(of: .actor("matrix", "@bo")) == 1)
            #expect(try await store.deleteSightings(of: .space("telegram", "!other")) == 0)
            #expect(try await store.deleteSightings(of: .space("matrix", "!other")) == 1)
            #expect(try await store.queuedSightings() == 0)
        }
    }
}

@Suite("Bulk store")
struct BulkStoreTests {
    private func bulk(_ id: String) -> BulkDecision {
        var found = BulkCount()
        (found.items, found.first) = (3, Sample.now)
        let query = SweepRequest.Query(key: 4, hash: PDQHash(words: 1, 2, 3, 4), radius: 31)
        return BulkDecision(
            id: BulkID(id), at: Sample.now, by: "hana", request: SweepRequest(queries: [query], since: Sample.now),
            effects: [Effect(.remove, clause: "ncii.2")], clause: "ncii.2", reason: "known now", largest: 100, perMinute: 60,
            found: found)
    }

    @Test("remembers how far earlier copies have been looked for", arguments: Engine.allCases)
    func lookedBack(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.lookedBack(for: [1, 2]).isEmpty)
            try await store.setLookedBack([1: 31, 2: 10])
            try await store.setLookedBack([2: 31, 3: 0])
            #expect(try await store.lookedBack(for: [1, 2, 3, 4]) == [1: 31, 2: 31, 3: 0])
            try await store.setLookedBack([1: nil, 9: nil])
            #expect(try await store.lookedBack(for: [1, 2]) == [2: 31])
        }
    }

    @Test("keeps a bulk decision and its items, and changes it only from an expected state", arguments: Engine.allCases)
    func bulks(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let items = (1...45).map {
                BulkItem(number: $0, target: Sample.target("$\($0)"), at: Sample.now, fingerprint: 4, distance: $0 % 32)
            }
            try await store.put(bulk("1"), items: items, ledger: [Sample.entry("1")])
            try await store.put(bulk("2"), items: [], ledger: [])
            await #expect(throws: StorageError.self) { try await store.put(bulk("1"), items: items, ledger: []) }
            #expect(try await store.bulk("1") == bulk("1"))
            #expect(try await store.bulks(in: [.preview, .done], limit: 9).map(\.id) == ["2", "1"])
            #expect(try await store.bulks(in: [.preview], limit: 1).map(\.id) == ["2"])
            #expect(try await store.bulks(in: [.running], limit: 9).isEmpty)
            #expect(try await store.bulks(in: [], limit: 9).isEmpty)
            #expect(try await store.items(of: "1", after: 40, limit: 3) == Array(items[40..<43]))
            #expect(try await store.items(of: "2", after: 0, limit: 3) == [])
            var running = bulk("1")
            (running.state, running.startedBy, running.cursor) = (.running, "bo", 9)
            #expect(try await store.update(running, expecting: [.preview, .paused], ledger: [Sample.entry("run")]))
            #expect(try await store.update(running, expecting: [.preview], ledger: [Sample.entry("twice")]) == false)
            #expect(try await store.bulk("1") == running)
            #expect(try await store.bulk("3") == nil)
            #expect(try await store.bulks(in: [.running, .undoing], limit: 9) == [running])
            #expect(try await store.ledgerSubjects() == ["1", "run"])
        }
    }

    @Test("finds decisions by the beginning of their ids, whatever characters are in it", arguments: Engine.allCases)
    func prefixes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let ids = ["B-1-a", "b-1", "b-1-2", "b-1-10", "b-1-%", "b-1-_x", "b-1-é", "b-1-\u{10FFFF}z", "b-10-1", "b_1-1", "c"]
            _ = try await store.commit(ids.map { Commit(decision: Sample.decision($0)) })
            let found = try await store.decisions(idPrefix: "b-1-", after: nil, limit: 99).map(\.id.rawValue)
            #expect(found == ["b-1-%", "b-1-10", "b-1-2", "b-1-_x", "b-1-é", "b-1-\u{10FFFF}z"], "in the order of bytes")
            #expect(try await store.decisions(idPrefix: "b-1-", after: "b-1-10", limit: 2).map(\.id) == ["b-1-2", "b-1-_x"])
            #expect(try await store.decisions(idPrefix: "b-1-%", after: nil, limit: 9).map(\.id) == ["b-1-%"])
            #expect(try await store.decisions(idPrefix: "b-1-\u{10FFFF}", after: nil, limit: 9).count == 1)
            #expect(try await store.decisions(idPrefix: "", after: nil, limit: 99).count == ids.count)
        }
    }
}
