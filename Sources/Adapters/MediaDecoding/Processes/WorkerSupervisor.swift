// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging

/// Keeps one worker alive on one thread and feeds it from the queue.
struct WorkerSupervisor: Sendable {
    /// What the workers of a role have in common.
    struct Role: Sendable {
        var name: MediaWorkerHealth.Role
        var executable: String
        /// Without the given models, which ended their process while they were loaded.
        var arguments: @Sendable (_ without: Set<String>) -> [String]
        var startDeadline: Duration
        /// A worker is replaced after so many, so that what leaks does not grow.
        var jobsPerWorker: Int
        /// After a start that failed there is none for so long.
        var pause = Duration.zero
        /// Where a start takes long, a worker is replaced when it is done, not when the next job comes.
        var replacesAtOnce = false
    }

    let number: Int
    let role: Role
    let queue: WorkerQueue
    let roster: WorkerRoster
    let logger: Logger

    /// What the thread keeps between jobs.
    private struct Kept {
        var worker: WorkerProcess?
        var started = ContinuousClock.now
        var failedStart: (at: ContinuousClock.Instant, why: String)?
    }

    /// Runs until the queue is closed.
    func run() {
        var kept = Kept()
        // Warm before the first job; if that fails, the first job tells.
        startIfNeeded(&kept)
        while let job = queue.take() {
            serve(job, &kept)
            queue.finished(job)
            if role.replacesAtOnce {
                retireIfDue(&kept)
                startIfNeeded(&kept)
            }
        }
        roster.set(nil, of: number)
        kept.worker = nil
        roster.threadEnded()
    }

    /// As many attempts as the job has, each but the first in a fresh process. However many, it takes no longer than two.
    private func serve(_ job: WorkerJob, _ kept: inout Kept) {
        retireIfDue(&kept)
        var last = WorkerProcess.Failure.died
        let begin = ContinuousClock.now
        for attempt in 1...job.attempts {
            let left = attempt == job.attempts ? job.patience : job.patience - begin.duration(to: .now)
            guard left > .zero else { continue }
            guard job.isWanted() else { return job.fail(.unwanted) }
            if attempt > 1 { roster.count { $0.retries += 1 } }
            do throws(WorkerProcess.Failure) {
                let worker = try worker(&kept)
                roster.set(MediaWorkerState(processID: worker.processID, isBusy: true), of: number)
                let answer = try worker.ask(job.message(attempt), answerAtMost: job.largestAnswer, within: left)
                // Free before the asker hears of it, and counted.
                roster.set(MediaWorkerState(processID: worker.processID, isBusy: false), of: number)
                roster.count { $0.jobs += 1 }
                guard job.accept(answer, attempt) else { throw .nonsense }
                return
            } catch {
                if case .cannotStart(let why, _) = error { return job.fail(.cannotStart(why)) }
                last = error
                kept.worker = nil
                roster.set(nil, of: number)
                roster.countDeath(error.name)
                job.lost(error, attempt)
                logger.warning(
                    "media worker lost", metadata: ["role": "\(role.name)", "attempt": "\(attempt)", "reason": "\(error.name)"])
            }
        }
        job.fail(.lost(last))
    }

    /// A worker that ended while idle is no job's fault.
    private func retireIfDue(_ kept: inout Kept) {
        guard let worker = kept.worker else { return }
        if worker.isUnusable {
            roster.countDeath(WorkerProcess.Failure.died.name)
        } else if worker.jobs >= role.jobsPerWorker || roster.forgave(since: kept.started) {
            roster.count { $0.replaced += 1 }
        } else {
            return
        }
        kept.worker = nil
        roster.set(nil, of: number)
    }

    private func startIfNeeded(_ kept: inout Kept) { _ = try? worker(&kept) }

    private func worker(_ kept: inout Kept) throws(WorkerProcess.Failure) -> WorkerProcess {
        if let worker = kept.worker { return worker }
        if let failed = kept.failedStart, failed.at.duration(to: .now) < role.pause {
            throw .cannotStart(failed.why, loading: nil)
        }
        kept.started = .now
        do {
            let worker = try start()
            (kept.worker, kept.failedStart) = (worker, nil)
            return worker
        } catch {
            if case .cannotStart(let why, _) = error { kept.failedStart = (.now, why) }
            throw error
        }
    }

    /// A model that ends the process while it is loaded is left out of the next, for a while.
    private func start() throws(WorkerProcess.Failure) -> WorkerProcess {
        while true {
            do {
                let worker = try WorkerProcess(
                    command: [role.executable] + role.arguments(roster.leftOut), role: role.name.rawValue,
                    deadline: role.startDeadline)
                roster.started(worker.greeting)
                roster.set(MediaWorkerState(processID: worker.processID, isBusy: false), of: number)
                logger.debug(
                    "media worker ready", metadata: ["role": "\(role.name)", "pid": "\(worker.processID)"])
                return worker
            } catch {
                roster.countDeath(error.name)
                guard case .cannotStart(let why, let model) = error else { throw error }
                if let model, roster.leaveOut(model) {
                    logger.error("a model ends the process that loads it, and is left out", metadata: ["model": "\(model)"])
                    continue
                }
                roster.couldNotStart(why)
                logger.error("media worker can't start", metadata: ["role": "\(role.name)", "reason": "\(why)"])
                throw error
            }
        }
    }
}
