// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Synchronization

/// Which workers run and what became of the others; written by their threads.
final class WorkerRoster: Sendable {
    private struct State {
        var workers: [Int: MediaWorkerState] = [:]
        var threads: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
        var health: MediaWorkerHealth
        var greeting: WorkerGreeting?
        /// Models that ended their process while they were loaded.
        var deadly: [String: LeftOut] = [:]
    }

    private struct LeftOut {
        var until: ContinuousClock.Instant
        var times: Int
    }

    private let state: Mutex<State>
    private let rest: Duration

    /// - Parameter rest: so long a model that ended its process while it was loaded is left out; twice as long each time more.
    init(role: MediaWorkerHealth.Role, threads: Int, rest: Duration = .seconds(600)) {
        self.rest = rest
        state = Mutex(State(threads: threads, health: MediaWorkerHealth(role: role, wanted: threads)))
    }

    var workers: [MediaWorkerState] { state.withLock { state in state.workers.sorted { $0.key < $1.key }.map(\.value) } }

    func health(_ depth: WorkerQueue.Depth) -> MediaWorkerHealth {
        state.withLock { state in
            var health = state.health
            health.running = state.workers.count
            health.busy = state.workers.values.count(where: \.isBusy)
            health.waiting = depth.quick + depth.slow
            health.waitingVideos = depth.slow
            return health
        }
    }

    /// Of the last worker that started; nil before the first.
    var greeting: WorkerGreeting? { state.withLock { $0.greeting } }
    var startProblem: String? { state.withLock { $0.health.problem } }
    /// Models that are not to be loaded now.
    var leftOut: Set<String> {
        state.withLock { state in Set(state.deadly.filter { ContinuousClock.now < $0.value.until }.keys) }
    }

    func set(_ worker: MediaWorkerState?, of number: Int) { state.withLock { $0.workers[number] = worker } }

    func count(_ event: (inout MediaWorkerHealth) -> Void) { state.withLock { event(&$0.health) } }

    func countDeath(_ reason: String) { state.withLock { $0.health.deaths[reason, default: 0] += 1 } }

    func started(_ greeting: WorkerGreeting) {
        state.withLock { state in
            state.greeting = greeting
            state.health.greeting = greeting.words.filter { $0.key != "role" }
            state.health.problem = nil
        }
    }

    func couldNotStart(_ why: String) { state.withLock { $0.health.problem = why } }

    /// False when it is left out already.
    func leaveOut(_ model: String) -> Bool {
        state.withLock { state in
            let before = state.deadly[model]
            if let before, ContinuousClock.now < before.until { return false }
            let times = (before?.times ?? 0) + 1
            // Up to a week: each try may cost all models the time of a start.
            state.deadly[model] = LeftOut(until: .now + rest * (1 << min(times - 1, 10)), times: times)
            return true
        }
    }

    /// Whether a model's time to be left out has ended since then: a fresh process may load it.
    func forgave(since start: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.deadly.values.contains { (start..<ContinuousClock.now).contains($0.until) } }
    }

    /// Until one is ready or cannot be started.
    func waitUntilGreeted(until deadline: ContinuousClock.Instant) async {
        while greeting == nil, startProblem == nil, ContinuousClock.now < deadline {
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return }
        }
    }

    func threadEnded() {
        let waiting = state.withLock { state in
            state.threads -= 1
            defer { if state.threads == 0 { state.waiting = [] } }
            return state.threads == 0 ? state.waiting : []
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.threads > 0 { state.waiting.append(continuation) }
                return state.threads == 0
            }
            if isEmpty { continuation.resume() }
        }
    }
}
