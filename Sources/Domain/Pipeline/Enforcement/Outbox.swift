// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
package import Moderation
import ServiceLifecycle

/// Carries pending actions out on their platforms and reads back that they hold.
///
/// An action that may have been begun before (by an earlier try, or by a process that was killed) is looked up on the platform
/// first, so nothing is done twice.
package actor Outbox: Service {
    package struct Options: Sendable {
        /// Actions in work at once on one platform: a platform that hangs does not hold up the others.
        package var concurrency = 16
        package var pollInterval: Duration = .seconds(1)
        /// After this many attempts (about half an hour) an action ends as `failed`.
        package var attempts = 14

        package init() {}
    }

    private let actions: any ActionStore
    private let connectors: ConnectorRegistry
    private let outcomes: GroupCommit<ActionOutcome, Bool>
    private let reversal: Reversal
    private let wake: Wake
    private let feed: LiveFeed
    private let removed: @Sendable (PlatformID, ItemID) async throws -> Void
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let startedAt: Date
    private var working: Set<ActionID> = []
    private var busy: [PlatformID: Int] = [:]

    /// - Parameter removed: told of every item whose removal was read back, before that is recorded; durable on return.
    package init(
        actions: any ActionStore, commits: GroupCommit<Commit, CommitResult>, connectors: ConnectorRegistry, wake: Wake,
        feed: LiveFeed, removed: @escaping @Sendable (PlatformID, ItemID) async throws -> Void = { _, _ in },
        options: Options = Options(),
        logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.actions = actions
        self.connectors = connectors
        self.outcomes = GroupCommit { try await actions.record($0) }
        self.reversal = Reversal(commits: commits, connectors: connectors, now: now)
        self.wake = wake
        self.feed = feed
        self.removed = removed
        self.options = options
        self.logger = logger
        self.now = now
        self.startedAt = now()
    }

    package func run() async throws {
        // A graceful stop takes no more actions and finishes those in work.
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled, !Task.isShuttingDownGracefully {
                    let batch = await self.nextBatch()
                    for action in batch { group.addTask { await self.work(on: action) } }
                    if batch.isEmpty { await self.wake.wait(atMost: self.options.pollInterval) }
                }
            }
        } onGracefulShutdown: {
            self.wake.signal()
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
        let full = Set(busy.filter { $0.value >= options.concurrency }.keys)
        // What is in work when the database is asked may be recorded by the time it has answered: it must not be taken for new.
        let before = working
        do {
            let due = try await actions.pendingActions(
                dueBy: now(), limit: working.count + 2 * options.concurrency, notOn: full)
            var batch: [Action] = []
            for action in due where !before.contains(action.id) && !working.contains(action.id) {
                let platform = action.target.platform
                guard busy[platform, default: 0] < options.concurrency else { continue }
                busy[platform, default: 0] += 1
                working.insert(action.id)
                batch.append(action)
            }
            return batch
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
        busy[action.target.platform, default: 1] -= 1
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
        case .notInEffect:
            throw ConnectorError.transient("the platform took the action, but it is not in effect", retryAfter: nil)
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
            if action.state == .done, action.verifiedAt != nil, action.effect.kind == .remove, let item = action.target.item {
                try await removed(action.target.platform, item)
            }
            let wasWanted = try await outcomes.submit([ActionOutcome(action: action, ledger: entry)]).first ?? true
            if !wasWanted, action.state == .done, try await reversal.takeBack(action) { wake.signal() }
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
