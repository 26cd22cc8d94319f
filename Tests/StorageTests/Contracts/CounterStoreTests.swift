// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies
import Testing

@testable import Storage

@Suite("Journal and snapshot of counts")
struct CounterStoreTests {
    private func increment(_ event: UInt64) -> CounterIncrement {
        CounterIncrement(
            identity: "posts", window: 600, isDistinct: false, keys: ["지인", "b"], member: .max, event: event,
            at: 1_790_000_000_125)
    }

    private func commit(_ sequence: Int64, counts: [CounterIncrement]) -> Commit {
        var commit = Commit(event: (sequence, .cleared, ""))
        commit.counts = counts
        return commit
    }

    private func journal(_ store: Store, after place: Int64 = 0) async throws -> [(place: Int64, events: [UInt64])] {
        try await store.counterJournal(after: place, limit: 10_000).map {
            ($0.place, try CounterIncrement.read($0.bytes).map(\.event))
        }
    }

    @Test("what events count is in the journal exactly when their conclusions are written", arguments: Engine.allCases)
    func together(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let events = try await store.acceptNew([Sample.event("$1"), Sample.event("$2"), Sample.event("$3")])
            let written = try await store.commit([
                commit(events[0], counts: [increment(1)]), commit(events[1], counts: []),
                commit(events[1], counts: [increment(9)]),
            ])
            #expect(written == [.applied(nil), .applied(nil), .superseded])
            // Again, as after a crash between writing and remembering that it was written.
            #expect(try await store.commit([commit(events[0], counts: [increment(1)])]) == [.superseded])
            #expect(try await store.commit([commit(events[2], counts: [increment(3), increment(4)])]) == [.applied(nil)])
            let journal = try await journal(store)
            #expect(journal.map(\.place) == [1, 2] && journal.map(\.events) == [[1], [3, 4]])
            #expect(try await store.counterJournal(after: 0, limit: 1).map(\.place) == [1])
            #expect(try await self.journal(store, after: 1).map(\.events) == [[3, 4]])
            #expect(try CounterIncrement.read(try await store.counterJournal(after: 0, limit: 1)[0].bytes) == [increment(1)])
        }
    }

    @Test("whoever follows the journal while many write misses nothing and sees nothing twice", arguments: Engine.allCases)
    func order(engine: Engine) async throws {
        try await engine.withEmptyURL { url in
            let stores = [
                try await Store.open(url: url, access: .tool, connections: 4, now: { Sample.now }),
                try await Store.open(url: url, access: .tool, connections: 4, now: { Sample.now }),
            ]
            let writers = 8
            let each = 30
            let events = try await stores[0].acceptNew((0..<writers * each).map { Sample.event("$\($0)") })
            let followed = try await withThrowingTaskGroup(of: [(place: Int64, events: [UInt64])].self) { group in
                for writer in 0..<writers {
                    group.addTask { [self] in
                        for number in 0..<each {
                            let sequence = events[writer * each + number]
                            _ = try await stores[writer % 2].commit([commit(sequence, counts: [increment(UInt64(sequence))])])
                        }
                        return []
                    }
                }
                group.addTask { [self] in
                    var seen: [(place: Int64, events: [UInt64])] = []
                    let deadline = Date().addingTimeInterval(60)
                    while seen.flatMap(\.events).count < events.count, Date() < deadline {
                        seen += try await journal(stores[1], after: seen.last?.place ?? 0)
                    }
                    return seen
                }
                return try await group.reduce([], +)
            }
            #expect(followed.map(\.place) == Array(1...Int64(followed.count)), "no place is skipped")
            #expect(followed.flatMap(\.events).sorted() == events.map(UInt64.init))
            for store in stores { await store.close() }
        }
    }

    @Test("of two who replace the same snapshot one does, and the journal goes up to its place", arguments: Engine.allCases)
    func snapshot(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.counterSnapshot() == nil)
            #expect(try await store.counterSnapshotPlace() == nil)
            #expect(try await !store.putCounterSnapshot([9], through: 5, replacing: 4), "there is none to replace")
            #expect(try await store.putCounterSnapshot([0, 255], through: 0, replacing: nil))
            #expect(try await !store.putCounterSnapshot([7], through: 0, replacing: nil), "there is one already")
            for (index, sequence) in try await store.acceptNew((1...4).map { Sample.event("$\($0)") }).enumerated() {
                _ = try await store.commit([commit(sequence, counts: [increment(UInt64(index + 1))])])
            }
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for byte in UInt8(1)...6 {
                    group.addTask { try await store.putCounterSnapshot([byte], through: 3, replacing: 0) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
            let kept = try #require(try await store.counterSnapshot())
            #expect(kept.through == 3 && kept.bytes.count == 1)
            #expect(try await store.counterSnapshotPlace() == 3)
            #expect(try await journal(store).map(\.place) == [4], "the rest is in the snapshot")
            let next = try await store.acceptNew([Sample.event("$5")])
            _ = try await store.commit([commit(next[0], counts: [increment(5)])])
            #expect(try await journal(store).map(\.place) == [4, 5], "places go on")
        }
    }
}
