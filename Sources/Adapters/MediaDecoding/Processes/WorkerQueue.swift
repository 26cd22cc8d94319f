// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Synchronization

/// Jobs that wait for a worker: quick ones first, each kind in order of arrival, no more than the limits. Tasks put them in
/// without blocking; workers' threads block to take one.
final class WorkerQueue: Sendable {
    /// What may wait of one kind.
    struct Limit: Sendable, Hashable {
        var jobs = Int.max
        /// Together; one job alone may be larger.
        var bytes = Int.max
    }

    /// How much waits.
    struct Depth: Sendable, Hashable {
        var quick = 0
        var slow = 0
    }

    private struct State {
        var quick = WorkerLane()
        var slow = WorkerLane()
        var slowInWork = 0
        var tickets: UInt64 = 0
        var isClosed = false
    }

    private let quick: Limit
    private let slow: Limit
    private let mostSlowInWork: Int
    private let state = Mutex(State())
    /// At least as many as there are jobs that may be taken; once closed it stays above zero. A thread that wakes for nothing
    /// sleeps again.
    private let available = DispatchSemaphore(value: 0)

    /// - Parameter workers: one of several is never taken by a slow job.
    init(quick: Limit = Limit(), slow: Limit = Limit(), workers: Int = 1) {
        self.quick = quick
        self.slow = slow
        mostSlowInWork = max(1, workers - 1)
    }

    /// A number to put a job in with, and to take it back.
    func ticket() -> UInt64 {
        state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
    }

    /// Fails a job for which there is no room.
    func put(_ job: WorkerJob, ticket: UInt64 = 0) {
        let refusal: WorkerFailure? = state.withLock { state in
            if state.isClosed { return .shutDown }
            let hasRoom =
                job.isSlow
                ? state.slow.append(job, ticket: ticket, within: slow) : state.quick.append(job, ticket: ticket, within: quick)
            return hasRoom ? nil : .queueIsFull
        }
        if let refusal { job.fail(refusal) } else { available.signal() }
    }

    /// Fails a job that still waits, for whoever does not wait any more; one that is in work or done is left alone.
    func withdraw(_ ticket: UInt64) {
        let job = state.withLock { $0.quick.remove(ticket) ?? $0.slow.remove(ticket) }
        job?.fail(.unwanted)
    }

    /// Blocks until there is a job; nil when the queue is closed. Whoever takes one tells `finished` of it.
    func take() -> WorkerJob? {
        while true {
            available.wait()
            if let job = takeNow() { return job }
            if state.withLock({ $0.isClosed }) { return nil }
        }
    }

    /// Nil when nothing waits, or only slow jobs for which no worker may be taken now.
    func takeNow() -> WorkerJob? {
        state.withLock { state in
            if let job = state.quick.removeFirst() { return job }
            guard state.slowInWork < mostSlowInWork, let job = state.slow.removeFirst() else { return nil }
            state.slowInWork += 1
            return job
        }
    }

    func finished(_ job: WorkerJob) {
        guard job.isSlow else { return }
        let nextMayGo = state.withLock { state in
            state.slowInWork -= 1
            return state.slow.count > 0
        }
        if nextMayGo { available.signal() }
    }

    var depth: Depth { state.withLock { Depth(quick: $0.quick.count, slow: $0.slow.count) } }

    /// Answers whatever waits and wakes every thread, the given number of them.
    func close(threads: Int) {
        let left: [WorkerJob] = state.withLock { state in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            return state.quick.removeAll() + state.slow.removeAll()
        }
        for job in left { job.fail(.shutDown) }
        for _ in 0..<threads { available.signal() }
    }
}

/// Jobs of one kind that wait, in order of arrival. They are few, so that taking the first may move the others.
private struct WorkerLane {
    private var waiting: [(ticket: UInt64, job: WorkerJob)] = []
    private var bytes = 0

    var count: Int { waiting.count }

    /// False when there is no room.
    mutating func append(_ job: WorkerJob, ticket: UInt64, within limit: WorkerQueue.Limit) -> Bool {
        guard waiting.count < limit.jobs, waiting.isEmpty || job.bytes <= limit.bytes - bytes else { return false }
        waiting.append((ticket, job))
        bytes += job.bytes
        return true
    }

    mutating func removeFirst() -> WorkerJob? { waiting.isEmpty ? nil : remove(at: 0) }

    mutating func remove(_ ticket: UInt64) -> WorkerJob? {
        waiting.firstIndex { $0.ticket == ticket }.map { remove(at: $0) }
    }

    mutating func removeAll() -> [WorkerJob] {
        defer { self = WorkerLane() }
        return waiting.map(\.job)
    }

    private mutating func remove(at place: Int) -> WorkerJob {
        let job = waiting.remove(at: place).job
        bytes -= job.bytes
        return job
    }
}
