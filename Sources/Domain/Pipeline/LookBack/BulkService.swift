// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
import Moderation
import Policies
import ServiceLifecycle
package import Signals

/// Finds every copy of something that was ever seen in public, and does to all of them, as one decision, what was decided.
///
/// Looking comes first (`preview`), a person lets it run (`start`), and all of it can be taken back (`undo`). It runs on where it was
/// after any stop: each item's decision has an id of its own, which the store takes once.
package actor BulkService: Service {
    package struct Options: Sendable {
        /// With more items than this a bulk decision does not start.
        package var largest = 10_000
        package var perMinute = 600
        /// With more items than this the one who asked for it cannot be the one who lets it run.
        package var aloneUpTo = 100
        /// Items in work at once.
        package var concurrency = 8
        /// After so many tries an item that the platform does not show counts as failed.
        package var attempts = 5
        package var pollInterval: Duration = .seconds(1)

        package init() {}
    }

    let lookBack: any LookBack
    let queue: any SightingQueue
    let store: any BulkStore
    let decisions: any CommitStore
    let events: any EventStore
    let look: BulkLook
    let enforcement: Enforcement
    let preservation: Preservation
    let commits: GroupCommit<Commit, CommitResult>
    let desk: any ReviewDesk
    let board: RuleBoard
    let options: Options
    let now: @Sendable () -> Date
    private let outboxWake: Wake
    let logger: Logger
    private let wake = Wake()
    /// Who changes a bulk decision reads it, changes it and writes it before the next one does.
    private let turnstile = Turnstile()
    private var pace = Pace<BulkID>()
    /// How far an undo has come.
    var undoneThrough: [BulkID: DecisionID] = [:]

    package init(
        lookBack: any LookBack, queue: any SightingQueue, store: any BulkStore, decisions: any CommitStore,
        events: any EventStore, media: MediaSource, connectors: ConnectorRegistry, standing: BulkStanding,
        enforcement: Enforcement,
        preservation: Preservation, commits: GroupCommit<Commit, CommitResult>, desk: any ReviewDesk, outboxWake: Wake,
        board: RuleBoard, options: Options = Options(), logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.lookBack = lookBack
        self.queue = queue
        self.store = store
        self.decisions = decisions
        self.events = events
        self.look = BulkLook(
            events: events, media: media, connectors: connectors, standing: standing, attempts: options.attempts, now: now)
        self.enforcement = enforcement
        self.preservation = preservation
        self.commits = commits
        self.desk = desk
        self.outboxWake = outboxWake
        self.board = board
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await wake.rounds(every: options.pollInterval) { error in
            logger.error("a bulk decision cannot go on", metadata: ["error": "\(error)"])
        } round: {
            try await step()
        }
    }

    /// Goes one step on with every bulk decision that runs or is taken back and is due; false when there was none.
    @discardableResult
    package func step() async throws -> Bool {
        var worked = false
        for bulk in try await store.bulks(in: [.running, .undoing], limit: 1_000) {
            // Somebody may have paused it while the ones before it were worked on.
            guard let bulk = try await store.bulk(bulk.id), bulk.state == .running || bulk.state == .undoing else { continue }
            guard pace.isDue(bulk.id, at: now()) else { continue }
            worked = true
            if bulk.state == .running { try await goOn(with: bulk) } else { try await takeBackMore(of: bulk) }
            outboxWake.signal()
        }
        return worked
    }

    // MARK: - What people do

    /// Lets a bulk decision run, or run on.
    ///
    /// - Parameter account: who takes responsibility; with more than `aloneUpTo` items not the one who asked for it.
    /// - Throws: `BulkError`.
    @discardableResult
    package func start(_ id: BulkID, by account: String) async throws -> BulkDecision {
        if board.mode == .caseOnly { throw BulkError.emergencyStop }
        let (alone, now) = (options.aloneUpTo, now())
        let started = try await change(id, in: [.preview, .paused]) { bulk in
            guard bulk.found.items <= bulk.largest else {
                throw BulkError.tooLarge(items: bulk.found.items, largest: bulk.largest)
            }
            if bulk.found.items > alone, account == bulk.by, bulk.startedBy == nil || bulk.startedBy == bulk.by {
                throw BulkError.needsAnotherPerson(bulk.by)
            }
            bulk.state = .running
            // Who first let it run stands behind all of it.
            bulk.startedBy = bulk.startedBy ?? account
            return .bulk("bulk.started", bulk, by: account, at: now)
        }
        pace.forget(id)
        wake.signal()
        return started
    }

    /// Lets a bulk decision of Haechi's own run without a person, when it is about few items.
    func startAlone(_ id: BulkID, upTo limit: Int) async throws -> BulkDecision {
        if board.mode == .caseOnly { throw BulkError.emergencyStop }
        let now = now()
        let started = try await change(id, in: [.preview]) { bulk in
            guard bulk.found.items <= min(limit, bulk.largest) else {
                throw BulkError.tooLarge(items: bulk.found.items, largest: min(limit, bulk.largest))
            }
            bulk.state = .running
            bulk.startedBy = "system"
            return .bulk("bulk.started", bulk, by: "system", at: now)
        }
        wake.signal()
        return started
    }

    /// Stops it after the items that are in work.
    @discardableResult
    package func pause(_ id: BulkID, by account: String) async throws -> BulkDecision {
        let now = now()
        return try await change(id, in: [.running]) { bulk in
            bulk.state = .paused
            return .bulk("bulk.paused", bulk, by: account, at: now)
        }
    }

    /// Gives up one that has done nothing.
    @discardableResult
    package func discard(_ id: BulkID, by account: String) async throws -> BulkDecision {
        let now = now()
        return try await change(id, in: [.preview]) { bulk in
            bulk.state = .discarded
            return .bulk("bulk.discarded", bulk, by: account, at: now)
        }
    }

    /// Takes all its decisions back, at the pace at which it made them.
    @discardableResult
    package func undo(_ id: BulkID, by account: String, reason: String) async throws -> BulkDecision {
        let now = now()
        let undoing = try await change(id, in: [.running, .paused, .done]) { bulk in
            bulk.state = .undoing
            bulk.undoneBy = account
            bulk.undoReason = reason
            bulk.undone = 0
            return .bulk("bulk.undoing", bulk, by: account, at: now)
        }
        pace.forget(id)
        undoneThrough[id] = nil
        wake.signal()
        return undoing
    }

    /// Changes a bulk decision that is in one of these states, with a ledger entry.
    @discardableResult
    func change(
        _ id: BulkID, in states: Set<BulkDecision.State>,
        _ edit: @escaping @Sendable (inout BulkDecision) throws -> LedgerEntry?
    ) async throws -> BulkDecision {
        let changed = try await turnstile.alone { [store] in
            guard var bulk = try await store.bulk(id) else { throw BulkError.noSuchBulk(id) }
            guard states.contains(bulk.state) else { throw BulkError.wrongState(id, bulk.state) }
            let before = bulk.state
            let entry = try edit(&bulk)
            guard try await store.update(bulk, expecting: [before], ledger: entry.map { [$0] } ?? []) else {
                throw BulkError.wrongState(id, try await store.bulk(id)?.state ?? before)
            }
            return (bulk, before)
        }
        if changed.0.state != changed.1 { LookBackMetrics.bulk(changed.0.state) }
        return changed.0
    }

    /// How many items may be done now.
    func allowance(of bulk: BulkDecision) -> Int {
        pace.allowance(of: bulk.id, perMinute: bulk.perMinute, most: 200, at: now())
    }
}

extension LedgerEntry {
    static func bulk(_ kind: String, _ bulk: BulkDecision, by actor: String, at: Date) -> LedgerEntry {
        LedgerEntry(
            kind: kind, at: at, actor: actor == "system" ? actor : "person:\(actor)", subject: bulk.id.rawValue,
            facts: [
                "items": String(bulk.found.items), "spaces": String(bulk.found.spaces), "actors": String(bulk.found.actors),
                "applied": String(bulk.applied), "skipped": String(bulk.skipped), "failed": String(bulk.failed),
                "undone": String(bulk.undone),
            ])
    }
}
