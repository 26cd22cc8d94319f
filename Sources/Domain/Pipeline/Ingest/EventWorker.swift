// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
package import Foundation
package import Logging
import Moderation
import ServiceLifecycle
import Signals

/// Takes queued events through the flow, many at once, and writes their conclusions in shared transactions.
package actor EventWorker: Service {
    package struct Options: Sendable {
        /// Events in work at once.
        package var concurrency = 64
        /// Of these, at most so many that were put off before: new events must not wait for old trouble.
        package var retryConcurrency = 20
        /// How often the queue is looked at without being woken, for events that were put off.
        package var pollInterval: Duration = .seconds(1)
        /// After this many attempts (about half an hour) an event ends as `failed`.
        package var attempts = 14

        package init() {}
    }

    private let events: any EventStore
    private let pipeline: EventPipeline
    private let commits: GroupCommit<Commit, CommitResult>
    private let wake: Wake
    private let outboxWake: Wake
    private let feed: LiveFeed
    private let options: Options
    private let ready: @Sendable () async -> Void
    private let logger: Logger
    private let now: @Sendable () -> Date
    private var working: Set<Int64> = []
    private var retrying = 0

    /// - Parameter ready: waited for before the first event, and no longer than it takes: what is asked of models before they are
    ///   loaded would be concluded as unknown, for good. It must end by itself; a graceful stop cancels it.
    package init(
        events: any EventStore, pipeline: EventPipeline, commits: GroupCommit<Commit, CommitResult>, wake: Wake, outboxWake: Wake,
        feed: LiveFeed, options: Options = Options(), ready: @escaping @Sendable () async -> Void = {}, logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.events = events
        self.pipeline = pipeline
        self.commits = commits
        self.wake = wake
        self.outboxWake = outboxWake
        self.feed = feed
        self.options = options
        self.ready = ready
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [ready] in await ready() }
        // A graceful stop takes no more events and finishes those in work.
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled, !Task.isShuttingDownGracefully {
                    let batch = await self.nextBatch()
                    for event in batch { group.addTask { await self.work(on: event) } }
                    if batch.isEmpty { await self.wake.wait(atMost: self.options.pollInterval) }
                }
            }
        } onGracefulShutdown: {
            self.wake.signal()
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

    /// Refilled by quarters: each look at the queue reads again what is still in work.
    private var hasRoom: Bool { working.count <= options.concurrency * 3 / 4 }

    /// Due events that nobody works on yet, as many as may be in work at once.
    private func nextBatch() async -> [QueuedEvent] {
        guard hasRoom else { return [] }
        do {
            // Those in work are still queued and come first, so ask for as many more.
            let limit = options.concurrency + working.count
            // What was in work when the database was asked may be concluded by now: it must not be taken for new.
            var before = working
            let retries = try await events.queued(.retries, dueBy: now(), limit: limit)
            let again = retries.filter { !before.contains($0.sequence) && !working.contains($0.sequence) }
                .prefix(max(0, min(options.retryConcurrency - retrying, options.concurrency - working.count)))
            working.formUnion(again.map(\.sequence))
            retrying += again.count
            before = working
            let queued = try await events.queued(.fresh, dueBy: now(), limit: limit)
            let fresh = queued.filter { !before.contains($0.sequence) && !working.contains($0.sequence) }
                .prefix(max(0, options.concurrency - working.count))
            working.formUnion(fresh.map(\.sequence))
            return Array(again) + Array(fresh)
        } catch {
            logger.error("cannot read the queue", metadata: ["error": "\(error)"])
            return []
        }
    }

    private func work(on queued: QueuedEvent) async {
        do {
            let conclusion = try await pipeline.conclude(queued)
            let commit = conclusion.commit
            switch try await commits.submit([commit]).first {
            case .applied:
                pipeline.wasWritten(conclusion)
                await announce(commit, of: queued)
            case .refused(let why): throw EventRefused(why: why)
            case .superseded, .leaseLost, .outdated, nil: break  // concluded or withdrawn before
            }
        } catch {
            await putOff(queued, after: error)
        }
        working.remove(queued.sequence)
        if queued.attempts > 0 { retrying -= 1 }
        if hasRoom { wake.signal() }
    }

    private func announce(_ commit: Commit, of queued: QueuedEvent) async {
        guard let state = commit.event?.state else { return }
        PipelineMetrics.concluded(state)
        if !commit.actions.isEmpty { outboxWake.signal() }
        await feed.publish(.event(queued.event.id, platform: queued.event.platform, state: state))
        if let opened = commit.opens { await feed.publish(.caseChanged(opened.id.rawValue)) }
    }

    /// Tries again later, or gives up visibly.
    private func putOff(_ queued: QueuedEvent, after error: any Error) async {
        // Stopped in the middle: it is queued, and goes on with the next start.
        guard !Task.isCancelled else { return }
        let why = Self.describe(error)
        let attempt = queued.attempts + 1
        do {
            if attempt >= options.attempts {
                logger.error("event failed", metadata: ["sequence": "\(queued.sequence)", "error": "\(why)"])
                _ = try await commits.submit([Commit(event: (queued.sequence, .failed, why))])
                PipelineMetrics.concluded(.failed)
                await feed.publish(.event(queued.event.id, platform: queued.event.platform, state: .failed))
            } else {
                var seconds = Backoff.delay(attempt: attempt, base: 0.5)
                if case ConnectorError.transient(_, let retryAfter?) = error { seconds = max(seconds, retryAfter) }
                let until = now().addingTimeInterval(seconds)
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
        case let error as MediaError: error.message
        default: "\(error)"
        }
    }
}

/// The database refuses what is to be written about an event.
private struct EventRefused: Error, CustomStringConvertible {
    let why: String
    var description: String { "cannot be written: \(why)" }
}
