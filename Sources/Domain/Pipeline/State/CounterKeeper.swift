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
        /// The policies that its counters are declared by, and the ones that are to be used.
        var version = ""
        var policies: PolicySet?
        /// The counters of the policies in use, each with the journal's place at which it was seen first.
        var places: [String: Int64] = [:]
        /// Counted while the table is being loaded.
        var isLoading = false
        var meanwhile: [CounterIncrement] = []
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
        var wasMoved = false
        for _ in 0..<5 {
            do {
                return try await step(mustLoad: wasMoved)
            } catch is JournalMoved {
                wasMoved = true
            }
        }
        throw JournalMoved()
    }

    private func step(mustLoad: Bool) async throws {
        let place = try await store.counterSnapshotPlace()
        let isBehind = state.withLock { state in state.table == nil || place.map { $0 > state.through } ?? true }
        if mustLoad || isBehind { try await load() }
        try await follow()
        // Without policies nobody can say which counters are still wanted.
        if state.withLock({ $0.policies != nil && $0.entriesSinceSnapshot >= options.snapshotEvery }) { try await makeSnapshot() }
    }

    // MARK: - Reading and counting

    /// From now on the counters of these policies are kept: new ones begin now, those that count the same as before go on, and the
    /// others are forgotten.
    package func use(_ policies: PolicySet) {
        state.withLock { use(policies, &$0) }
    }

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
            if state.isLoading { state.meanwhile += increments }
        }
    }

    private func use(_ policies: PolicySet, _ state: inout State) {
        state.policies = policies
        guard var table = state.table else { return }
        state.table = nil  // so that it is changed in place
        let before = (table.identities, table.unbegun)
        // What an event that began with other policies has brought up since does not count.
        if !state.places.isEmpty { table.drop(allBut: Set(state.places.keys)) }
        table.declare(policies.keptCounters, since: now())
        let wanted = table.declaredIdentities
        table.drop(allBut: wanted)
        // Beginnings are written down with the next snapshot, which is made soon.
        if before != (table.identities, []) { state.entriesSinceSnapshot = options.snapshotEvery }
        state.places = Dictionary(uniqueKeysWithValues: wanted.map { ($0, state.places[$0] ?? state.through) })
        state.version = policies.version
        state.table = table
    }

    /// An event is judged to its end by the policies that it began with, which may have been replaced meanwhile.
    private func adopt(_ policies: PolicySet, _ state: inout State) {
        guard state.version != policies.version else { return }
        if state.policies == nil { return use(policies, &state) }
        guard var table = state.table else { return }
        state.table = nil
        table.declare(policies.keptCounters, since: now())
        state.version = policies.version
        state.table = table
    }

    // MARK: - Keeping

    /// Reads the last snapshot and all of the journal behind it before anybody sees it.
    private func load() async throws {
        state.withLock { $0.isLoading = true }
        defer { state.withLock { ($0.isLoading, $0.meanwhile) = (false, []) } }
        guard let (begun, place) = try await lastSnapshot() else { return }
        var (table, through) = (begun, place)
        try await readJournal(after: place) { entry, increments in
            for increment in increments { table.record(increment) }
            through = entry
        }
        let count = Int(clamping: through - place)
        state.withLock { [table] state in
            state.table = table
            (state.through, state.version, state.entriesSinceSnapshot, state.places) = (through, "", count, [:])
            for increment in state.meanwhile { state.table?.record(increment) }
            if let policies = state.policies { use(policies, &state) }
        }
    }

    /// Nil when another process has made the first one just now.
    private func lastSnapshot() async throws -> (CounterTable, through: Int64)? {
        guard let snapshot = try await store.counterSnapshot() else {
            // The key of the hashes must be kept before anything is counted with it.
            let table = CounterTable(hash: .withRandomKey, limits: options.limits)
            return try await store.putCounterSnapshot(table.snapshot, through: 0, replacing: nil) ? (table, 0) : nil
        }
        do {
            return (try CounterTable(snapshot: snapshot.bytes, limits: options.limits), snapshot.through)
        } catch {
            logger.error("the counts cannot be read and begin anew", metadata: ["error": "\(error)"])
            let table = CounterTable(hash: .withRandomKey, limits: options.limits)
            let isWritten = try await store.putCounterSnapshot(
                table.snapshot, through: snapshot.through, replacing: snapshot.through)
            return isWritten ? (table, snapshot.through) : nil
        }
    }

    /// Counts what all processes have written since.
    private func follow() async throws {
        guard let place = state.withLock({ $0.table == nil ? nil : $0.through }) else { return }
        try await readJournal(after: place) { entry, increments in
            state.withLock { state in
                for increment in increments { state.table?.record(increment) }
                state.through = entry
                state.entriesSinceSnapshot += 1
            }
        }
    }

    private func readJournal(after place: Int64, _ use: (Int64, [CounterIncrement]) -> Void) async throws {
        var place = place
        while case let entries = try await store.counterJournal(after: place, limit: 500), !entries.isEmpty {
            for entry in entries {
                // Places follow one another, so what is missing is in a snapshot that was made meanwhile.
                guard entry.place == place + 1 else { throw JournalMoved() }
                use(entry.place, try CounterIncrement.read(entry.bytes))
                place = entry.place
            }
        }
        // Nothing more is to be read either when the rest is in a snapshot.
        if let newest = try await store.counterSnapshotPlace(), newest > place { throw JournalMoved() }
    }

    /// From the last snapshot and the journal, so that it holds exactly what the journal up to its place says.
    private func makeSnapshot() async throws {
        guard let snapshot = try await store.counterSnapshot() else { return }
        var table = try CounterTable(snapshot: snapshot.bytes, limits: options.limits)
        let known = table.identities
        var through = snapshot.through
        try await readJournal(after: through) { entry, increments in
            for increment in increments { table.record(increment) }
            through = entry
        }
        let (beginnings, places) = state.withLock { state in
            // Of the policies in use, whichever the last event was judged by.
            if let policies = state.policies, state.version != policies.version { adopt(policies, &state) }
            return (state.table?.beginnings ?? [:], state.places)
        }
        table.begin(
            like: beginnings.reduce(into: [:]) { all, one in
                var beginning = one.value
                // A process with other policies has made a snapshot without it since: part of its counts is gone.
                if !known.contains(one.key), let seen = places[one.key], seen < snapshot.through { beginning.move(to: now()) }
                all[one.key] = beginning
            })
        if try await store.putCounterSnapshot(table.snapshot, through: through, replacing: snapshot.through) {
            state.withLock { if $0.places == places { $0.entriesSinceSnapshot = 0 } }
        }
    }
}

/// Another process has put the next part of the journal into a snapshot.
private struct JournalMoved: Error, CustomStringConvertible {
    var description: String { "the journal of counts was shortened while it was read" }
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
