// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage
import Synchronization

/// Counters of several processes over one database, with a clock that the test moves.
struct CounterWorld {
    let clock = ManualClock()
    let store: Store
    let ports: HookedCounterStore

    init() async throws {
        let path = flowFolder.appending(path: "counters-\(UUID().uuidString).db").path
        let clock = clock
        store = try await Store.open(url: "sqlite:\(path)", access: .tool, now: { clock.now })
        ports = HookedCounterStore(store)
    }

    /// A process that has just started; `policies` nil when it does not know them yet.
    func start(_ policies: PolicySet?, snapshotEvery: Int = 5_000) async throws -> CounterKeeper {
        let clock = clock
        var options = CounterKeeper.Options()
        options.snapshotEvery = snapshotEvery
        let keeper = CounterKeeper(
            store: ports, options: options, logger: Logger(label: "counters") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now })
        if let policies { keeper.use(policies) }
        try await keeper.step()
        return keeper
    }

    /// What becomes durable for an event, as its conclusion does; false when it has been concluded before.
    func commit(_ queued: (event: Event, sequence: Int64), _ counts: [CounterIncrement]) async throws -> Bool {
        var commit = Commit(event: (queued.sequence, .cleared, ""))
        commit.counts = counts
        return try await store.commit([commit]) == [.applied(nil)]
    }

    func queue(_ event: Event) async throws -> (event: Event, sequence: Int64) {
        guard case .accepted(let sequence)? = try await store.accept([event]).first else { throw NotQueued() }
        return (event, sequence)
    }

    /// An event from its arrival to the memory of the process that worked on it.
    func count(_ event: Event, in keeper: CounterKeeper, _ policies: PolicySet) async throws {
        let counts = try keeper.increments(policies.writes(event), for: event, policies)
        if try await commit(try await queue(event), counts) { keeper.record(counts) }
    }

    struct NotQueued: Error {}

    /// A set with these counters and a rule that asks for all of them.
    static func policies(_ counters: [String: String]) throws -> PolicySet {
        let lines = counters.sorted { $0.key < $1.key }.map { "    \($0.key): { events: [message.posted], \($0.value) }" }
        let state = lines.isEmpty ? "" : "state:\n  counters:\n" + lines.joined(separator: "\n")
        let asks = counters.keys.sorted().map { "\($0) > 3" } + ["actor.id == \"nobody\""]
        return try PolicySet.load(files: [
            (
                "test.yaml",
                """
                policy: test
                owner: tests
                clauses: { t.1: { en: "A test clause" } }
                \(state)
                rules:
                  - id: asks
                    stage: shadow
                    events: [message.posted]
                    when: \(asks.joined(separator: " || "))
                    then: [ { review: { clause: t.1 } } ]
                    unknown: skip
                """
            )
        ])
    }
}

extension PolicySet {
    func writes(_ event: Event) -> [CounterKeys] {
        PublicEvent(event, whileSpaceIs: .public).map { counterWrites($0, given: []) } ?? []
    }

    func reads(_ event: Event) -> [CounterKeys] {
        PublicEvent(event, whileSpaceIs: .public).map { counterReads($0, given: []) } ?? []
    }
}

extension CounterKeeper {
    func readings(_ event: Event, _ policies: PolicySet) -> [String: CounterReading] {
        read(policies.reads(event), for: event, policies)
    }
}

/// Passes everything on; before the journal is read next, once, something else may happen.
final class HookedCounterStore: CounterStore {
    private let store: any CounterStore
    private let hook = Mutex<(@Sendable () async throws -> Void)?>(nil)

    init(_ store: any CounterStore) { self.store = store }

    func beforeJournal(_ work: @escaping @Sendable () async throws -> Void) { hook.withLock { $0 = work } }

    func counterSnapshot() async throws -> (through: Int64, bytes: [UInt8])? { try await store.counterSnapshot() }
    func counterSnapshotPlace() async throws -> Int64? { try await store.counterSnapshotPlace() }

    func counterJournal(after place: Int64, limit: Int) async throws -> [(place: Int64, bytes: [UInt8])] {
        let work = hook.withLock { hook in
            defer { hook = nil }
            return hook
        }
        try await work?()
        return try await store.counterJournal(after: place, limit: limit)
    }

    func putCounterSnapshot(_ bytes: [UInt8], through place: Int64, replacing previous: Int64?) async throws -> Bool {
        try await store.putCounterSnapshot(bytes, through: place, replacing: previous)
    }
}
