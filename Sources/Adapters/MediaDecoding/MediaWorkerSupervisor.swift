// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import Signals

/// Keeps one worker alive on one thread and feeds it from the queue.
struct MediaWorkerSupervisor: Sendable {
    let number: Int
    let executable: String
    let options: MediaWorkerOptions
    let queue: MediaJobQueue
    let roster: MediaWorkerRoster
    let logger: Logger

    /// Runs until the queue is closed.
    func run() {
        // Warm before the first file; if that fails, the first file tells.
        var worker = try? start()
        while let job = queue.take() {
            job.answer(examine(job, with: &worker))
        }
        roster.set(nil, of: number)
        worker = nil
        roster.threadEnded()
    }

    /// At most two attempts, the second in a fresh process.
    private func examine(
        _ job: MediaJobQueue.Job, with worker: inout MediaWorkerProcess?
    ) -> Result<MediaFacts, MediaError> {
        let deadline = options.deadline(for: job.request)
        // A worker that ended while idle (or is due) is not this file's fault.
        if let idle = worker, idle.isUnusable || idle.files >= options.picturesPerWorker { worker = nil }
        var reason = ""
        for attempt in 1...2 {
            do throws(MediaWorkerProcess.Failure) {
                let current = if let worker { worker } else { try start() }
                worker = current
                roster.set(MediaWorkerState(processID: current.processID, isBusy: true), of: number)
                let reply = try current.examine(
                    job.bytes, wishes: job.request.line, answerAtMost: job.request.largestReply, within: deadline)
                guard let answer = MediaWorkerReply.parse(reply, to: job.request) else { throw .nonsense }
                roster.set(MediaWorkerState(processID: current.processID, isBusy: false), of: number)
                return answer
            } catch {
                worker = nil
                roster.set(nil, of: number)
                switch error {
                case .cannotStart(let why): return .failure(.unavailable(why))
                case .died: reason = "it ends the decoder"
                case .deadline: reason = "decoding takes longer than \(deadline)"
                case .nonsense: reason = "it confuses the decoder"
                }
                logger.warning(
                    "media worker lost",
                    metadata: ["attempt": "\(attempt)", "reason": "\(reason)", "bytes": "\(job.bytes.count)"])
            }
        }
        return .failure(.undecodable(reason))
    }

    private func start() throws(MediaWorkerProcess.Failure) -> MediaWorkerProcess {
        do {
            let worker = try MediaWorkerProcess(executable: executable, options: options)
            roster.set(MediaWorkerState(processID: worker.processID, isBusy: false), of: number)
            logger.debug("media worker ready", metadata: ["pid": "\(worker.processID)", "defences": "\(worker.greeting)"])
            return worker
        } catch {
            if case .cannotStart(let why) = error { logger.error("media worker can't start", metadata: ["reason": "\(why)"]) }
            throw error
        }
    }
}
