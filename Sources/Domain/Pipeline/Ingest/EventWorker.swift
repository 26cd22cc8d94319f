// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
package import Foundation
package import Logging
import Moderation
import ServiceLifecycle

/// Takes queued events through the flow, many at once, and writes their conclusions in shared transactions.
package actor EventWorker: Service {
    package struct Options: Sendable {
        /// Events in work at once.
        package var concurrency = 64
        /// How often the queue is looked at without being woken, for events that were put off.
        package var pollInterval: Duration = .seconds(1)
        /// After this many attempts an event ends as `failed`.
        package var attempts = 8

        package init() {}
    }

    private let events: any EventStore
    private let pipeline: EventPipeline
    private let commits: GroupCommit<Commit, CommitResult>
    private let wake: Wake
    private let outboxWake: Wake
    private let feed: LiveFeed
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private var working: Set<Int64> = []

    package init(
        events: any EventStore, pipeline: EventPipeline, commits: GroupCommit<Commit, CommitResult>, wake: Wake, outboxWake: Wake,
        feed: LiveFeed, options: Options = Options(), logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.events = events
        self.pipeline = pipeline
        self.commits = commits
        self.wake = wake
        self.outboxWake = outboxWake
        self.feed = feed
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let batch = await self.nextBatch()
                    for event in batch { group.addTask { await self.work(on: event) } }
                    if batch.isEmpty { await self.wake.wait(atMost: self.options.pollInterval) }
                }
            }
        }
    }

    /// Concludes every event that is due now; for tests and for tools that replay.
    package func drain() async {
        while case let batch = await nextBatch(), !batch.isEmpty {
            await withDiscardingTaskGroup { group in
                for event in batch { group.addTask { await self.work(on: event) } }
            }
        }
    }

    /// Due events that nobody works on yet, as many as may be in work at once.
    private func nextBatch() async -> [QueuedEvent] {
        let room = options.concurrency - working.count
        guard room > 0 else { return [] }
        do {
            // Those in work are still queued and come first, so ask for as many more.
            let queued = try await events.queued(dueBy: now(), after: 0, limit: working.count + room)
            let fresh = queued.filter { !working.contains($0.sequence) }.prefix(room)
            working.formUnion(fresh.map(\.sequence))
            return Array(fresh)
        } catch {
            logger.error("cannot read the queue", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func work(on queued: QueuedEvent) async {
        do {
            let commit = try await pipeline.conclude(queued)
            if case .applied? = try await commits.submit([commit]).first, let state = commit.event?.state {
                PipelineMetrics.concluded(state)
                if !commit.actions.isEmpty { outboxWake.signal() }
                await feed.publish(.event(queued.event.id, platform: queued.event.platform, state: state))
                if let opened = commit.opens { await feed.publish(.caseChanged(opened.id.rawValue)) }
            }
        } catch {
            await putOff(queued, after: error)
        }
        working.remove(queued.sequence)
        wake.signal()
    }

    /// Tries again later, or gives up visibly.
    private func putOff(_ queued: QueuedEvent, after error: any Error) async {
        let why = Self.describe(error)
        let attempt = queued.attempts + 1
        do {
            if attempt >= options.attempts {
                logger.error("event failed", metadata: ["sequence": "\(queued.sequence)", "error": "\(why)"])
                _ = try await commits.submit([Commit(event: (queued.sequence, .failed, why))])
                PipelineMetrics.concluded(.failed)
                await feed.publish(.event(queued.event.id, platform: queued.event.platform, state: .failed))
            } else {
                let until = now().addingTimeInterval(Backoff.delay(attempt: attempt))
                try await events.postpone(queued.sequence, until: until, reason: why)
            }
        } catch {
            // The store is out of reach: the event stays queued and comes again with the next poll.
            logger.error("cannot put an event off", metadata: ["sequence": "\(queued.sequence)", "error": "\(error)"])
            try? await Task.sleep(for: options.pollInterval)
        }
    }

    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as ConnectorError: error.message
        default: "\(error)"
        }
    }
}
