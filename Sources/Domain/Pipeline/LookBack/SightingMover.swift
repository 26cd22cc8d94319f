// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
import Moderation
import ServiceLifecycle
package import Signals

/// Moves sightings from the queue, where they were written with their event's conclusion, into the look-back; lets old days go, and
/// forgets spaces and actors.
///
/// The look-back knows the sequence number of its last sighting, so one that is cut off between the two neither loses nor repeats any.
package actor SightingMover: Service {
    package struct Options: Sendable {
        /// Days (UTC) that are kept besides today.
        package var days = 30
        /// Sightings that are written together.
        package var batch = 4_000
        package var pollInterval: Duration = .seconds(1)
        /// Seconds between two looks at what is old.
        package var upkeepInterval: Double = 3_600

        package init() {}
    }

    /// Where subjects wait that are to be forgotten and are not yet.
    static let forgetKey = "lookback.forget"

    private let queue: any SightingQueue
    private let lookBack: any LookBack
    private let state: any StateStore
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let wake = Wake()
    /// Who moves does not forget meanwhile: what was read from the queue would come back after it was forgotten.
    private let turnstile = Turnstile()
    private var upkeepDue: Date?
    private var forgetAgain: Date?

    package init(
        queue: any SightingQueue, lookBack: any LookBack, state: any StateStore, options: Options = Options(), logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.queue = queue
        self.lookBack = lookBack
        self.state = state
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                // One that fails does not keep the others from their work.
                await attempt("forget") { try await self.forgetDue() }
                await attempt("move") { try await self.move() }
                await attempt("keep up") { try await self.keepUp() }
                await wake.wait(atMost: options.pollInterval)
            }
        } onGracefulShutdown: {
            self.wake.signal()
        }
    }

    private func attempt(_ what: String, _ work: @Sendable () async throws -> Void) async {
        do { try await work() } catch {
            logger.error("the look-back fails", metadata: ["step": "\(what)", "error": "\(error)"])
        }
    }

    /// Moves everything that is queued; returns how many sightings it was.
    @discardableResult
    package func move() async throws -> Int {
        var moved = 0
        while true {
            let count = try await turnstile.alone { [queue, lookBack, options] in
                let last = await lookBack.lastSequence
                let some = try await queue.sightings(after: last, limit: options.batch)
                if !some.isEmpty { try await lookBack.append(some) }
                let through = some.last?.sequence ?? last
                // Also what an earlier run had moved and not deleted.
                if through > 0 { try await queue.deleteSightings(through: through) }
                return some.count
            }
            moved += count
            if count > 0 { LookBackMetrics.moved(count) }
            if count < options.batch { return moved }
        }
    }

    /// Has everything of a space or an actor forgotten, soon and for good: durable on return, whatever happens then.
    package func forget(_ subject: LookBackSubject) async throws {
        try await turnstile.alone { [state] in
            var waiting = try await Self.waiting(in: state)
            if !waiting.contains(subject) { waiting.append(subject) }
            try await Self.put(waiting, in: state)
        }
        forgetAgain = nil
        wake.signal()
    }

    private func forgetDue() async throws {
        guard forgetAgain.map({ now() >= $0 }) ?? true else { return }
        do { try await forgetAll() } catch {
            // A damaged file stays damaged for a while, and looking through all of the look-back is work.
            forgetAgain = now().addingTimeInterval(options.upkeepInterval)
            throw error
        }
    }

    /// Forgets what is to be forgotten now; returns how many sightings went. What cannot be forgotten waits on, the rest is done.
    @discardableResult
    package func forgetAll() async throws -> Int {
        try await turnstile.alone { [state, queue, lookBack] in
            var gone = 0
            var failure: (any Error)?
            for subject in try await Self.waiting(in: state) {
                do {
                    gone += try await queue.deleteSightings(of: subject)
                    gone += try await lookBack.delete(subject)
                    try await Self.put(try await Self.waiting(in: state).filter { $0 != subject }, in: state)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return gone
        }
    }

    /// Lets days go that are older than they may be, and packs those that are over.
    package func keepUp() async throws {
        let now = now()
        guard upkeepDue.map({ now >= $0 }) ?? true else { return }
        upkeepDue = now.addingTimeInterval(options.upkeepInterval)
        try await turnstile.alone { [lookBack, options] in
            _ = try await lookBack.delete(daysBefore: now.addingTimeInterval(-Double(options.days) * 86_400))
            try await lookBack.maintain(at: now)
        }
        let statistics = try await lookBack.statistics()
        LookBackMetrics.kept(sightings: statistics.sightings, bytes: statistics.bytes, missing: statistics.missing.count)
        for gap in statistics.missing {
            logger.error("a part of the look-back cannot be read", metadata: ["file": "\(gap.file)", "why": "\(gap.reason)"])
        }
    }

    /// Leaves the process that moves sightings a note that somebody is to be forgotten.
    package static func note(_ subject: LookBackSubject, in state: any StateStore) async throws {
        let noted = try await waiting(in: state)
        if !noted.contains(subject) { try await put(noted + [subject], in: state) }
    }

    private static func waiting(in state: any StateStore) async throws -> [LookBackSubject] {
        guard let text = try await state.state(forgetKey), !text.isEmpty else { return [] }
        return try JSONDecoder().decode([LookBackSubject].self, from: Data(text.utf8))
    }

    private static func put(_ subjects: [LookBackSubject], in state: any StateStore) async throws {
        try await state.setState(forgetKey, to: String(decoding: try JSONEncoder().encode(subjects), as: UTF8.self))
    }
}
