// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import PerceptualHashing
import Pipeline
import Signals
import Synchronization

/// The stores that the look-back needs, in memory, and a way to let any write be the last one before a crash.
final class LookBackWorld: BulkStore, SightingQueue, CommitStore, EventStore, StateStore, ReviewDesk {
    struct Crash: Error {}

    struct State {
        var bulks: [BulkDecision] = []
        var items: [BulkID: [BulkItem]] = [:]
        var queue: [(sequence: Int64, sighting: Sighting)] = []
        var decisions: [DecisionID: Decision] = [:]
        var actions: [Action] = []
        var evidence: [Preserved] = []
        var outcomes: [MatchOutcome] = []
        var ledger: [LedgerEntry] = []
        var privacy: [SpaceID: PrivacyClass] = [:]
        var facts: [String: String] = [:]
        var undone: [DecisionID] = []
        var lookedBack: [Int64: Int] = [:]
        var fallen: Set<Int64> = []
        /// So many writes still happen; after the last one the process is gone.
        var writesLeft: Int?
    }

    let state = Mutex(State())

    /// A write: when it is the one that a crash follows, it has happened all the same, but nobody hears of it.
    private func write<Value: Sendable>(_ change: (inout sending State) -> Value) throws -> Value {
        try state.withLock { state in
            if let left = state.writesLeft {
                guard left > 0 else { throw Crash() }
                state.writesLeft = left - 1
                let value = change(&state)
                if left == 1 { throw Crash() }
                return value
            }
            return change(&state)
        }
    }

    var kinds: [String] { state.withLock { $0.ledger.map(\.kind) } }

    // MARK: - BulkStore

    func put(_ bulk: BulkDecision, items: [BulkItem], ledger: [LedgerEntry]) async throws {
        try write { state in
            state.bulks.insert(bulk, at: 0)
            state.items[bulk.id] = items
            state.ledger += ledger
        }
    }

    func update(_ bulk: BulkDecision, expecting: Set<BulkDecision.State>, ledger: [LedgerEntry]) async throws -> Bool {
        try write { state in
            guard let place = state.bulks.firstIndex(where: { $0.id == bulk.id && expecting.contains($0.state) }) else {
                return false
            }
            state.bulks[place] = bulk
            state.ledger += ledger
            return true
        }
    }

    func bulk(_ id: BulkID) async throws -> BulkDecision? { state.withLock { $0.bulks.first { $0.id == id } } }

    func bulks(in states: Set<BulkDecision.State>, limit: Int) async throws -> [BulkDecision] {
        state.withLock { Array($0.bulks.filter { states.contains($0.state) }.prefix(limit)) }
    }

    func lookedBack(for fingerprints: [Int64]) async throws -> [Int64: Int] {
        state.withLock { state in state.lookedBack.filter { fingerprints.contains($0.key) } }
    }

    func setLookedBack(_ radii: [Int64: Int?]) async throws {
        try write { state in
            for (key, radius) in radii { state.lookedBack[key] = radius }
            return ()
        }
    }

    /// Fingerprints that are not verified any more.
    var fallen: Set<Int64> {
        get { state.withLock { $0.fallen } }
        set { state.withLock { $0.fallen = newValue } }
    }

    func items(of id: BulkID, after number: Int, limit: Int) async throws -> [BulkItem] {
        state.withLock { Array(($0.items[id] ?? []).filter { $0.number > number }.prefix(limit)) }
    }

    // MARK: - SightingQueue

    func sightings(after sequence: Int64, limit: Int) async throws -> [(sequence: Int64, sighting: Sighting)] {
        state.withLock { Array($0.queue.filter { $0.sequence > sequence }.prefix(limit)) }
    }

    func deleteSightings(through sequence: Int64) async throws {
        try write { state in state.queue.removeAll { $0.sequence <= sequence } }
    }

    func deleteSightings(of subject: LookBackSubject) async throws -> Int {
        try write { state in
            let before = state.queue.count
            state.queue.removeAll { subject.covers($0.sighting) }
            return before - state.queue.count
        }
    }

    func queuedSightings() async throws -> Int { state.withLock { $0.queue.count } }

    // MARK: - CommitStore

    func commit(_ commits: [Commit]) async throws -> [CommitResult] {
        try write { state in
            commits.map { commit in
                if let decision = commit.decision {
                    guard state.decisions[decision.id] == nil else { return .superseded }
                    state.decisions[decision.id] = decision
                }
                state.actions += commit.actions
                state.evidence += commit.evidence
                state.outcomes += commit.outcomes
                state.ledger += commit.ledger
                return .applied(nil)
            }
        }
    }

    func decision(_ id: DecisionID) async throws -> Decision? { state.withLock { $0.decisions[id] } }
    func decisions(limit: Int) async throws -> [Decision] { [] }
    func decisions(for case: CaseID) async throws -> [Decision] { [] }

    func decisions(idPrefix: String, after: DecisionID?, limit: Int) async throws -> [Decision] {
        state.withLock { state in
            let found = state.decisions.values.filter {
                $0.id.rawValue.hasPrefix(idPrefix) && $0.id.rawValue > after?.rawValue ?? ""
            }
            return Array(found.sorted { $0.id.rawValue < $1.id.rawValue }.prefix(limit))
        }
    }

    // MARK: - EventStore

    func privacy(of space: SpaceID, on platform: PlatformID) async throws -> PrivacyClass? {
        state.withLock { $0.privacy[space] }
    }

    func accept(_ events: [Event]) async throws -> [Acceptance] { [] }
    func queued(_ lane: EventLane, dueBy now: Date, limit: Int) async throws -> [QueuedEvent] { [] }
    func postpone(_ sequence: Int64, until: Date, reason: String) async throws {}
    func record(_ space: Space, on platform: PlatformID, at: Date) async throws -> Int { 0 }
    func status(of event: EventID, on platform: PlatformID) async throws -> EventStatus? { nil }
    func recent(limit: Int) async throws -> [EventStatus] { [] }
    func backlog() async throws -> Backlog {
        Backlog(events: [:], actions: [:], openCases: 0, oldestQueuedEvent: nil, oldestPendingAction: nil)
    }

    // MARK: - StateStore

    func state(_ key: String) async throws -> String? { state.withLock { $0.facts[key] } }
    func setState(_ key: String, to value: String) async throws { try write { $0.facts[key] = value } }

    // MARK: - ReviewDesk

    func undo(_ id: DecisionID, by account: AccountID, reason: String) async throws -> Decision {
        let undo = try write { state -> Decision? in
            guard let original = state.decisions[id], !state.undone.contains(id) else { return nil }
            state.undone.append(id)
            return Decision(
                id: DecisionID("u-\(id)"), at: original.at, by: .person(account), verdict: .undo, target: original.target,
                clause: nil, reason: reason, effects: [], undoes: id)
        }
        guard let undo else { throw ReviewError.alreadyUndone(id) }
        return undo
    }

    func decide(_ judgement: Judgement) async throws -> Decision { throw ReviewError.verdictNotAllowed(judgement.verdict) }
    func view(_ evidence: EvidenceID, under lease: LeaseGuard, case: CaseID) async throws -> ViewedEvidence {
        throw ReviewError.noSuchEvidence(evidence)
    }
    func resolveHeld(_ action: ActionID, carryOut: Bool, by account: AccountID) async throws {
        throw ReviewError.noSuchAction(action)
    }
}

/// A look-back in memory.
final class MemoryLookBack: LookBack {
    struct State {
        var entries: [(sequence: Int64, sighting: Sighting)] = []
        var last: Int64 = 0
        var missing: [SweepGap] = []
    }

    let state = Mutex(State())

    var lastSequence: Int64 { get async { state.withLock { $0.last } } }

    func append(_ sightings: [(sequence: Int64, sighting: Sighting)]) async throws(LookBackError) {
        state.withLock { state in
            for entry in sightings where entry.sequence > state.last {
                state.entries.append(entry)
                state.last = entry.sequence
            }
        }
    }

    func sweep(
        _ request: SweepRequest, after place: SweepPlace?,
        progress: @Sendable (SweepProgress) async throws -> Void, found: @Sendable ([SweepMatch]) async throws -> Void
    ) async throws {
        let (entries, missing) = state.withLock { ($0.entries.map(\.sighting), $0.missing) }
        try await found(
            entries.flatMap { sighting in
                request.queries.compactMap { query in
                    let distance = query.hash.distance(to: sighting.hash)
                    guard distance <= query.radius, query.kind == sighting.kind, sighting.at >= request.since ?? .distantPast
                    else { return nil }
                    return SweepMatch(query: query.key, distance: distance, sighting: sighting)
                }
            })
        try await progress(
            SweepProgress(
                done: entries.count, total: entries.count, place: SweepPlace(day: 0, entry: entries.count), missing: missing))
    }

    func delete(_ subject: LookBackSubject) async throws(LookBackError) -> Int {
        state.withLock { state in
            let before = state.entries.count
            state.entries.removeAll { subject.covers($0.sighting) }
            return before - state.entries.count
        }
    }

    func delete(daysBefore time: Date) async throws(LookBackError) -> Int {
        state.withLock { state in
            let before = state.entries.count
            state.entries.removeAll { $0.sighting.at < time }
            return before - state.entries.count
        }
    }

    func maintain(at now: Date) async throws(LookBackError) {}
    func statistics() async throws(LookBackError) -> LookBackStatistics { LookBackStatistics(days: []) }
}

extension LookBackSubject {
    fileprivate func covers(_ sighting: Sighting) -> Bool {
        switch self {
        case .space(let platform, let space): sighting.platform == platform && sighting.space == space
        case .actor(let platform, let actor): sighting.platform == platform && sighting.actor == actor
        }
    }
}
