// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch
import Synchronization

import class Foundation.Thread

/// Threads of its own for a client library that blocks, so that Swift's few shared threads never wait for a socket.
///
/// Each thread owns one `Worker`, made on it and never seen by another.
final class JobQueue<Worker>: Sendable {
    typealias Job = @Sendable (Worker) -> Void

    private struct State {
        var jobs: [Job] = []
        var next = 0
        var closed = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let threads: Int

    init(threads: Int, name: String, makeWorker: @escaping @Sendable () -> Worker) {
        self.threads = threads
        for number in 1...threads {
            let thread = Thread { [self] in
                let worker = makeWorker()
                while let job = take() { job(worker) }
            }
            thread.name = "\(name)-\(number)"
            thread.start()
        }
    }

    /// Runs a job on the next free thread; false when the queue is closed.
    func add(_ job: @escaping Job) -> Bool {
        let added = state.withLock { state in
            if !state.closed { state.jobs.append(job) }
            return !state.closed
        }
        if added { arrivals.signal() }
        return added
    }

    /// Lets the threads end after the jobs that were added before.
    func close() {
        let first = state.withLock { state in
            defer { state.closed = true }
            return !state.closed
        }
        guard first else { return }
        for _ in 0..<threads { arrivals.signal() }
    }

    /// Waits for a job; nil when the queue is closed and empty.
    private func take() -> Job? {
        arrivals.wait()
        return state.withLock { state in
            guard state.next < state.jobs.count else { return nil }
            let job = state.jobs[state.next]
            state.next += 1
            if state.next == state.jobs.count {
                state.jobs.removeAll(keepingCapacity: true)
                state.next = 0
            }
            return job
        }
    }
}
