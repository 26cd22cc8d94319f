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
        // Warm before the first picture; if that fails, the first picture tells.
        var worker = try? start()
        while let job = queue.take() {
            job.answer(examine(job.bytes, with: &worker))
        }
        roster.set(nil, of: number)
        worker = nil
        roster.threadEnded()
    }

    /// At most two attempts, the second in a fresh process.
    private func examine(
        _ bytes: [UInt8], with worker: inout MediaWorkerProcess?
    ) -> Result<MediaWorkerReply, MediaError> {
        // A worker that ended while idle (or is due) is not this picture's fault.
        if let idle = worker, idle.isUnusable || idle.pictures >= options.picturesPerWorker { worker = nil }
        var reason = ""
        for attempt in 1...2 {
            do throws(MediaWorkerProcess.Failure) {
                let current = if let worker { worker } else { try start() }
                worker = current
                roster.set(MediaWorkerState(processID: current.processID, isBusy: true), of: number)
                let reply = try current.examine(bytes, within: options.deadline)
                guard let answer = MediaWorkerReply.parse(reply) else { throw .nonsense }
                roster.set(MediaWorkerState(processID: current.processID, isBusy: false), of: number)
                return answer
            } catch {
                worker = nil
                roster.set(nil, of: number)
                switch error {
                case .cannotStart(let why): return .failure(.unavailable(why))
                case .died: reason = "it ends the decoder"
                case .deadline: reason = "decoding takes longer than \(options.deadline)"
                case .nonsense: reason = "it confuses the decoder"
                }
                logger.warning(
                    "media worker lost", metadata: ["attempt": "\(attempt)", "reason": "\(reason)", "bytes": "\(bytes.count)"])
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
