// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
package import Moderation
package import Policies
import ServiceLifecycle

/// Takes back everything that a version of a rule did, decision by decision, at a pace that the platforms bear.
///
/// Each undo is a decision with an id of its own, made from that of the decision it takes back, so that going on after any stop does
/// nothing twice. What another rule wanted too stays as it is.
package actor RuleUndoer: Service {
    package struct Options: Sendable {
        package var pollInterval: Duration = .seconds(1)
        /// Another process goes on when this one has not been heard of for so long, in seconds.
        package var leaseFor: Double = 30

        package init() {}
    }

    private let store: any RuleStore
    private let desk: any DecisionReversal
    private let options: Options
    private let holder: String
    private let feed: LiveFeed?
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let wake = Wake()
    private var pace = Pace<String>()

    /// - Parameters:
    ///   - holder: names this process.
    ///   - feed: hears of each step, for open pages.
    package init(
        store: any RuleStore, desk: any DecisionReversal, options: Options = Options(), holder: String,
        feed: LiveFeed? = nil, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.store = store
        self.desk = desk
        self.options = options
        self.holder = holder
        self.feed = feed
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await wake.rounds(every: options.pollInterval) { error in
            logger.error("an undo of a rule cannot go on, trying again", metadata: ["error": "\(error)"])
        } round: {
            try await step()
        }
    }

    package nonisolated func signal() { wake.signal() }

    /// Goes one step on with each undo that runs and is due; false when there was none.
    @discardableResult
    package func step() async throws -> Bool {
        var worked = false
        for undo in try await store.undos(limit: 1_000) where undo.state == .running {
            guard pace.isDue(undo.id, at: now()) else { continue }
            let until = now().addingTimeInterval(options.leaseFor)
            guard try await store.lease(undo: undo.id, holder: holder, at: now(), until: until) else { continue }
            // Read after the lease: nobody else changes its counts now.
            guard let current = try await store.undo(undo.id), current.state == .running else { continue }
            worked = true
            try await goOn(with: current)
            await feed?.publish(.rulesChanged)
        }
        return worked
    }

    private func goOn(with begun: RuleUndo) async throws {
        var undo = begun
        let some = pace.allowance(of: undo.id, perMinute: undo.perMinute, most: 50, at: now())
        let uses = try await store.uses(of: undo.key, after: undo.cursor, limit: some)
        for use in uses {
            try await takeBack(use, for: &undo)
            undo.cursor = use.sequence
        }
        var entries: [LedgerEntry] = []
        if uses.isEmpty {
            undo.state = .done
            entries = [.undo("rule.undo-done", undo, by: "system", at: now())]
            pace.forget(undo.id)
        }
        RuleMetrics.undone("undone", undo.undone - begun.undone)
        RuleMetrics.undone("kept", undo.kept - begun.kept)
        RuleMetrics.undone("failed", undo.failed - begun.failed)
        guard try await store.update(undo, expecting: [.running], ledger: entries) else {
            // Paused meanwhile: what was taken back counts, and it goes on from here.
            undo.state = .paused
            _ = try await store.update(undo, expecting: [.paused], ledger: [])
            return
        }
    }

    private func takeBack(_ use: RuleUseRow, for undo: inout RuleUndo) async throws {
        let keeping = Set(use.others.flatMap(\.effects).filter(\.isWorthKeeping))
        if !use.effects.contains(where: { $0.isWorthKeeping && !keeping.contains($0) }), !keeping.isEmpty {
            undo.kept += 1
            return
        }
        do {
            let result = try await desk.takeBack(
                use.decision, of: undo.key, by: AccountID(undo.by),
                reason: "\(undo.reason) (undo \(undo.id) of all that \(undo.key) did)", keeping: keeping)
            undo.undone += 1
            for kind in result.irreversible { undo.irreversible[kind.rawValue, default: 0] += 1 }
        } catch ReviewError.alreadyUndone {
            // By this undo before a stop, or by a person: either way it is undone.
            undo.undone += 1
        } catch let error as ReviewError {
            // The others are not kept waiting.
            logger.error("not undone", metadata: ["decision": "\(use.decision)", "why": "\(error.message)"])
            undo.failed += 1
        }
    }
}

/// Port of the undo: takes one decision back.
package protocol DecisionReversal: Sendable {
    /// - Parameters:
    ///   - rule: the version that was wrong; the decision counts against it, and not against others that had a part in it.
    ///   - keeping: effects that stand on other grounds too, and stay.
    /// - Returns: effects that were carried out and that the platform cannot take back.
    /// - Throws: `ReviewError`.
    func takeBack(
        _ decision: DecisionID, of rule: RuleKey, by account: AccountID, reason: String, keeping: Set<EffectKind>
    ) async throws -> (undo: Decision, irreversible: [EffectKind])
}

extension EffectKind {
    /// Leaves something behind that could be taken back.
    fileprivate var isWorthKeeping: Bool { inverse != nil }
}
