// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Logging
package import Moderation
package import Policies
import ServiceLifecycle
import Synchronization

package import struct Foundation.Date

/// The counters of this process: in memory for reading, in the store's journal for good.
///
/// Several processes may count in one database: each follows the journal of all, and what it has counted itself is not counted
/// twice, because an event counts once.
package final class CounterKeeper: Service, Sendable {
    package struct Options: Sendable {
        /// How often the journal of others is looked at.
        package var pollInterval: Duration = .seconds(1)
        /// After so many journal entries a snapshot is made.
        package var snapshotEvery = 5_000
        package var limits = CounterTable.Limits()

        package init() {}
    }

    private struct State {
        /// Nil until it is loaded.
        var table: CounterTable?
        /// The last journal entry that is in it.
        var through: Int64 = 0
        /// The policies whose counters it keeps.
        var version = ""
        var entriesSinceSnapshot = 0
    }

    private let store: any CounterStore
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    package init(store: any CounterStore, options: Options = Options(), logger: Logger, now: @escaping @Sendable () -> Date) {
        self.store = store
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.step()
                } catch {
                    self.logger.error("counters cannot be followed, trying again", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: self.options.pollInterval)
            }
        }
    }

    /// Loads the counters, or brings them up to date with what other processes counted; makes a snapshot when it is time.
    package func step() async throws {
        let place = try await store.counterSnapshotPlace()
        let isBehind = state.withLock { state in state.table == nil || place.map { $0 > state.through } ?? true }
        if isBehind { try await load() }
        try await follow()
        if state.withLock({ $0.entriesSinceSnapshot }) >= options.snapshotEvery { try await makeSnapshot() }
    }

    // MARK: - Reading and counting

    /// What counters say to an event.
    package func read(_ wanted: [CounterKeys], for event: Event, _ policies: PolicySet) -> [String: CounterReading] {
        state.withLock { state in
            adopt(policies, &state)
            var readings: [String: CounterReading] = [:]
            for keys in wanted {
                readings[keys.counter] =
                    state.table?.read(keys, for: event)
                    ?? CounterReading(name: keys.counter, value: 0, quality: .unknown("counters are being loaded"))
            }
            return readings
        }
    }

    /// What is to be written with the event's conclusion.
    package func increments(_ writes: [CounterKeys], for event: Event, _ policies: PolicySet) throws -> [CounterIncrement] {
        if writes.isEmpty { return [] }
        return try state.withLock { state in
            adopt(policies, &state)
            guard let table = state.table else { throw CountersNotLoaded() }
            return writes.compactMap { table.increment($0, for: event) }
        }
    }

    /// Counts what is durable now.
    package func record(_ increments: [CounterIncrement]) {
        if increments.isEmpty { return }
        state.withLock { state in
            for increment in increments { state.table?.record(increment) }
        }
    }

    /// New counters begin now, and are written down as begun with the next snapshot, which is made soon.
    private func adopt(_ policies: PolicySet, _ state: inout State) {
        guard state.version != policies.version, var table = state.table else { return }
        state.version = policies.version
        let known = table.identities
        state.table = nil  // so that it is changed in place
        table.declare(policies.keptCounters, since: now())
        if table.identities != known { state.entriesSinceSnapshot = options.snapshotEvery }
        state.table = table
    }

    // MARK: - Keeping

    private func load() async throws {
        var table: CounterTable
        var through: Int64
        if let snapshot = try await store.counterSnapshot() {
            through = snapshot.through
            do {
                table = try CounterTable(snapshot: snapshot.bytes, limits: options.limits)
            } catch {
                logger.error("the counts cannot be read and begin anew", metadata: ["error": "\(error)"])
                table = CounterTable(hash: .withRandomKey, limits: options.limits)
                guard try await store.putCounterSnapshot(table.snapshot, through: through, replacing: through) else { return }
            }
        } else {
            // The key of the hashes must be kept before anything is counted with it.
            table = CounterTable(hash: .withRandomKey, limits: options.limits)
            through = 0
            guard try await store.putCounterSnapshot(table.snapshot, through: 0, replacing: nil) else { return }
        }
        state.withLock { state in
            state.table = table
            state.through = through
            state.version = ""
            state.entriesSinceSnapshot = 0
        }
    }

    private func follow() async throws {
        while true {
            let from = state.withLock { $0.through }
            let entries = try await store.counterJournal(after: from, limit: 500)
            guard let last = entries.last else { return }
            let increments = try entries.flatMap { try CounterIncrement.read($0.bytes) }
            state.withLock { state in
                for increment in increments { state.table?.record(increment) }
                state.through = last.place
                state.entriesSinceSnapshot += entries.count
            }
        }
    }

    /// From the last snapshot and the journal, so that it holds exactly what the journal up to its place says.
    private func makeSnapshot() async throws {
        guard let snapshot = try await store.counterSnapshot() else { return }
        var table = try CounterTable(snapshot: snapshot.bytes, limits: options.limits)
        var place = snapshot.through
        while case let entries = try await store.counterJournal(after: place, limit: 500), let last = entries.last {
            for entry in entries {
                for increment in try CounterIncrement.read(entry.bytes) { table.record(increment) }
            }
            place = last.place
        }
        table.begin(
            like: state.withLock { state in
                state.entriesSinceSnapshot = 0
                return state.table?.beginnings ?? [:]
            })
        _ = try await store.putCounterSnapshot(table.snapshot, through: place, replacing: snapshot.through)
    }
}

/// An event that is to be counted waits until the counters are there.
struct CountersNotLoaded: Error, CustomStringConvertible {
    var description: String { "the counters are not loaded yet" }
}

extension SipHash {
    fileprivate static var withRandomKey: SipHash {
        SipHash(key0: .random(in: UInt64.min...UInt64.max), key1: .random(in: UInt64.min...UInt64.max))
    }
}
