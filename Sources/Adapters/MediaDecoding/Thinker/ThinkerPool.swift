// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
package import ModelInputs
package import Signals

/// Runs models in sandboxed processes that load them when they start and stay warm.
///
/// A question that ends its process gets one more chance in a fresh one. The asker waits no longer than its deadline; a process
/// is killed only when it hangs. A model that keeps ending processes is switched off for a while, and says so.
package final class ThinkerPool: ModelRunner {
    private let options: ThinkerOptions
    private let models: [String: ModelLoad]
    private let order: [String]
    private let queue: WorkerQueue
    private let roster: WorkerRoster
    private let breaker: ThinkerBreaker

    /// Starts the processes in the background; with no models there are none.
    ///
    /// - Parameters:
    ///   - native: the folder of native parts, absolute.
    ///   - models: one without a file is only prepared for, for a model server.
    package init(
        executable: String, native: String, models: [ModelLoad], options: ThinkerOptions = ThinkerOptions(), logger: Logger
    ) {
        self.options = options
        self.models = Dictionary(models.map { ($0.name, $0) }) { first, _ in first }
        order = models.map(\.name)
        queue = WorkerQueue(quick: WorkerQueue.Limit(jobs: options.queue))
        breaker = ThinkerBreaker(deathsInARow: options.deathsInARow, rest: options.rest)
        let threads = models.isEmpty ? 0 : max(0, options.workers)
        roster = WorkerRoster(role: .thinker, threads: threads, rest: options.restOfDeadly)
        let role = WorkerSupervisor.Role(
            name: .thinker, executable: executable,
            arguments: { without in
                options.arguments(native: native, models: models.filter { !without.contains($0.name) })
            }, startDeadline: options.startDeadline, jobsPerWorker: options.jobsPerWorker, pause: options.pause,
            replacesAtOnce: true)
        for number in 0..<threads {
            let supervisor = WorkerSupervisor(number: number, role: role, queue: queue, roster: roster, logger: logger)
            let thread = Thread { supervisor.run() }
            thread.name = "thinker-\(number)"
            thread.start()
        }
    }

    deinit { queue.close(threads: options.workers) }

    // MARK: - Asking

    package func run(
        _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ModelOutput {
        if let problem = state(of: model)?.problem, roster.greeting != nil { throw .notInstalled(problem) }
        switch try await ask(ThinkerQuestion(.run, model, input), until: deadline) {
        case .output(let output): return output
        case .unknown(let words): throw .refused(words)
        case .tensor: throw .refused("a tensor was not asked for")
        }
    }

    /// What a model would be given for a raster: for one on a server, so that there is one way of preparing it.
    package func prepare(
        _ model: String, _ raster: Raster, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> (shape: [Int], values: [Float]) {
        switch try await ask(ThinkerQuestion(.prepare, model, .raster(raster)), until: deadline) {
        case .tensor(let shape, let values): return (shape, values)
        case .unknown(let words): throw .refused(words)
        case .output: throw .refused("no tensor came")
        }
    }

    private func ask(
        _ question: ThinkerQuestion, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ThinkerReply.Answer {
        let name = question.model
        guard models[name] != nil else { throw .notInstalled("there is no model \(name)") }
        guard options.workers > 0 else { throw .notInstalled("no process here runs models (models.workers is 0)") }
        if let problem = question.problem { throw .refused(problem) }
        if let problem = breaker.problem(of: name) { throw .unavailable(problem) }
        guard ContinuousClock.now < deadline else { throw .deadline }
        let waiting = OneAnswer()
        let job = WorkerJob(
            message: { _ in question.message }, largestAnswer: question.largestAnswer, patience: options.patience,
            accept: { [breaker] bytes, _ in
                guard let reply = ThinkerReply.parse(bytes, to: question) else { return false }
                breaker.answered(name)
                waiting.resume(.success(reply.answer))
                return true
            }, fail: { waiting.resume(.failure(Self.error($0))) }, isWanted: { waiting.isOpen },
            lost: { [breaker] _, attempt in
                // One question, however many processes it costs: else two of them would be enough.
                if attempt == 1 { breaker.died(name) }
            })
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            waiting.resume(.failure(.deadline))
        }
        defer { timer.cancel() }
        let result = await withTaskCancellationHandler {
            await waiting.value { queue.put(job) }
        } onCancel: {
            waiting.resume(.failure(.deadline))
        }
        return try result.get()
    }

    private static func error(_ failure: WorkerFailure) -> ModelError {
        switch failure {
        case .shutDown: .unavailable("shut down")
        case .unwanted: .deadline
        case .queueIsFull: .busy("too many questions wait")
        case .cannotStart(let why), .lost(.cannotStart(let why, _)): .unavailable(why)
        case .lost(.died): .unavailable("it ends its process")
        case .lost(.deadline): .unavailable("it hangs")
        case .lost(.nonsense): .unavailable("it answers nonsense")
        }
    }

    // MARK: - State

    package var states: [ModelState] { order.compactMap(state) }

    private func state(of name: String) -> ModelState? {
        guard let load = models[name] else { return nil }
        func off(_ why: String) -> ModelState { ModelState(name: name, version: load.version, precision: "", problem: why) }
        guard options.workers > 0 else { return off("no process here runs models (models.workers is 0)") }
        if roster.leftOut.contains(name) { return off("it ends the process that loads it") }
        if let why = breaker.problem(of: name) { return off(why) }
        guard let greeting = roster.greeting else { return off(roster.startProblem ?? "it is being loaded") }
        return greeting.models.first { $0.name == name } ?? off("the process that runs models does not know it")
    }

    /// Waits until a process has loaded its models, or none can be started, or the deadline.
    package func waitUntilReady(until deadline: ContinuousClock.Instant) async {
        guard !order.isEmpty, options.workers > 0 else { return }
        await roster.waitUntilGreeted(until: deadline)
    }

    /// The processes that run now.
    package var workers: [MediaWorkerState] { roster.workers }

    /// How they are, and which defences are on.
    package var health: MediaWorkerHealth { roster.health(queue.depth) }

    /// Answers waiting questions with `unavailable`, lets those in work end, and returns when no process runs any more.
    package func shutdown() async {
        queue.close(threads: options.workers)
        await roster.waitUntilEmpty()
    }
}
