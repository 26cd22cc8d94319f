// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Signals
import Synchronization

/// Files that wait for a worker, in order of arrival. Tasks put them in without blocking; workers' threads block to take one.
final class MediaJobQueue: Sendable {
    struct Job: Sendable {
        var bytes: [UInt8]
        var request: MediaRequest
        var answer: @Sendable (Result<MediaFacts, MediaError>) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var next = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts waiting jobs; once closed it stays above zero.
    private let available = DispatchSemaphore(value: 0)

    func put(_ job: Job) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.waiting.append(job) }
            return state.isClosed
        }
        if isClosed { job.answer(.failure(.unavailable("shut down"))) } else { available.signal() }
    }

    /// Blocks until there is a job; nil when the queue is closed.
    func take() -> Job? {
        available.wait()
        return state.withLock { state in
            guard !state.isClosed, state.next < state.waiting.count else { return nil }
            let job = state.waiting[state.next]
            state.next += 1
            if state.next > 64, state.next * 2 > state.waiting.count {
                state.waiting.removeFirst(state.next)
                state.next = 0
            }
            return job
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Answers whatever waits and wakes every thread, the given number of them.
    func close(threads: Int) {
        let left: [Job] = state.withLock { state in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            defer { state.waiting = [] }
            return Array(state.waiting[state.next...])
        }
        for job in left { job.answer(.failure(.unavailable("shut down"))) }
        for _ in 0..<threads { available.signal() }
    }
}
