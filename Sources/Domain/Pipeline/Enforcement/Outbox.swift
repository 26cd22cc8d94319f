// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
import Moderation
import ServiceLifecycle

/// Carries pending actions out on their platforms and reads back that they hold.
///
/// An action that may have been begun before (by an earlier try, or by a process that was killed) is looked up on the platform
/// first, so nothing is done twice.
package actor Outbox: Service {
    package struct Options: Sendable {
        package var concurrency = 16
        package var pollInterval: Duration = .seconds(1)
        /// After this many attempts (about half an hour) an action ends as `failed`.
        package var attempts = 14

        package init() {}
    }

    private let actions: any ActionStore
    private let connectors: ConnectorRegistry
    private let outcomes: GroupCommit<ActionOutcome, Bool>
    private let wake: Wake
    private let feed: LiveFeed
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let startedAt: Date
    private var working: Set<ActionID> = []

    package init(
        actions: any ActionStore, connectors: ConnectorRegistry, wake: Wake, feed: LiveFeed, options: Options = Options(),
        logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.actions = actions
        self.connectors = connectors
        self.outcomes = GroupCommit { batch in
            try await actions.record(batch)
            return batch.map { _ in true }
        }
        self.wake = wake
        self.feed = feed
        self.options = options
        self.logger = logger
        self.now = now
        self.startedAt = now()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let batch = await self.nextBatch()
                    for action in batch { group.addTask { await self.work(on: action) } }
                    if batch.isEmpty { await self.wake.wait(atMost: self.options.pollInterval) }
                }
            }
        }
    }

    /// Carries out every action that is due now.
    package func drain() async {
        while case let batch = await nextBatch(), !batch.isEmpty {
            await withDiscardingTaskGroup { group in
                for action in batch { group.addTask { await self.work(on: action) } }
            }
        }
    }

    private func nextBatch() async -> [Action] {
        let room = options.concurrency - working.count
        guard room > 0 else { return [] }
        do {
            let due = try await actions.pendingActions(dueBy: now(), limit: working.count + room)
            let fresh = due.filter { !working.contains($0.id) }.prefix(room)
            working.formUnion(fresh.map(\.id))
            return Array(fresh)
        } catch {
            logger.error("cannot read the outbox", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func work(on action: Action) async {
        var action = action
        do {
            try await carryOut(&action)
        } catch let error as ConnectorError {
            settle(&action, after: error)
        } catch {
            settle(&action, after: .transient("\(error)", retryAfter: nil))
        }
        await record(action)
        working.remove(action.id)
        wake.signal()
    }

    private func carryOut(_ action: inout Action) async throws {
        guard let connector = connectors[action.target.platform] else {
            throw ConnectorError.permanent("no connector for platform \(action.target.platform)")
        }
        guard connector.capabilities.contains(action.effect.kind) else {
            throw ConnectorError.permanent("platform \(action.target.platform) has no way to \(action.effect.kind.rawValue)")
        }
        let mayHaveBegun = action.attempts > 0 || action.createdAt < startedAt
        action.attempts += 1
        var verification = mayHaveBegun ? try await connector.verify(action) : .notInEffect
        if verification != .inEffect {
            action.note = try await connector.perform(action)
            verification = try await connector.verify(action)
        }
        switch verification {
        case .inEffect: action.verifiedAt = now()
        case .cannotTell: break
        case .notInEffect: throw ConnectorError.transient("the platform took the action, but it is not in effect", retryAfter: nil)
        }
        action.state = .done
    }

    private func settle(_ action: inout Action, after error: ConnectorError) {
        action.note = error.message
        switch error {
        case .transient(_, let retryAfter) where action.attempts < options.attempts:
            action.attempts = max(action.attempts, 1)
            action.dueAt = now().addingTimeInterval(max(retryAfter ?? 0, Backoff.delay(attempt: action.attempts)))
        case .transient, .permanent:
            action.state = .failed
        }
    }

    private func record(_ action: Action) async {
        let entry: LedgerEntry? = action.state.isTerminal ? .action(action, at: now()) : nil
        do {
            _ = try await outcomes.submit([ActionOutcome(action: action, ledger: entry)])
        } catch {
            // Not recorded: it is looked up on the platform when it comes again.
            logger.error("cannot record an action", metadata: ["action": "\(action.id)", "error": "\(error)"])
            try? await Task.sleep(for: options.pollInterval)
            return
        }
        guard action.state.isTerminal else { return }
        PipelineMetrics.action(action.effect.kind, action.state)
        if action.state == .done, action.effect.kind.isDestructive {
            PipelineMetrics.timeToRemoval(seconds: now().timeIntervalSince(action.eventAt))
        }
        if action.state == .failed {
            logger.error("action failed", metadata: ["action": "\(action.id)", "why": "\(action.note)"])
        }
        await feed.publish(.action(action.id, effect: action.effect.kind, state: action.state))
    }
}
