// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
package import Signals

/// Decodes pictures and videos in sandboxed processes, a few of which are kept warm.
///
/// A file that kills its worker, or takes too long, costs that worker; it gets another chance in a fresh one, without
/// what may be to blame, and is then undecodable. Each worker has a thread of its own that does the waiting, so Swift's cooperative threads never block.
package final class MediaWorkerPool: MediaInspector {
    private let options: MediaWorkerOptions
    private let queue: WorkerQueue
    private let roster: WorkerRoster

    /// Starts the workers in the background; a missing executable shows when the first picture comes.
    package init(executable: String, options: MediaWorkerOptions = MediaWorkerOptions(), logger: Logger) {
        self.options = options
        queue = options.makeQueue()
        roster = WorkerRoster(role: .decoder, threads: max(1, options.workers))
        let arguments = options.arguments
        let role = WorkerSupervisor.Role(
            name: .decoder, executable: executable, arguments: { _ in arguments }, startDeadline: options.startDeadline,
            jobsPerWorker: options.picturesPerWorker)
        for number in 0..<max(1, options.workers) {
            let supervisor = WorkerSupervisor(number: number, role: role, queue: queue, roster: roster, logger: logger)
            let thread = Thread { supervisor.run() }
            thread.name = "media-worker-\(number)"
            thread.start()
        }
    }

    deinit { queue.close(threads: max(1, options.workers)) }

    package func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts {
        try await inspect(bytes, MediaRequest())
    }

    package func inspect(_ bytes: [UInt8], _ request: MediaRequest) async throws(MediaError) -> MediaFacts {
        let largest = options.largestFile(for: request)
        guard bytes.count <= largest else { throw .tooLarge("\(bytes.count) bytes, more than the \(largest) allowed") }
        let patience = options.deadline(for: request)
        let isSlow = request.video != nil && MediaKind(beginningOf: bytes)?.mayMove == true
        let requests = request.attempts
        let ticket = queue.ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiting: CheckedContinuation<Result<MediaFacts, MediaError>, Never>) in
                let job = WorkerJob(
                    message: { [Array(requests[$0 - 1].line.utf8), bytes] }, attempts: requests.count, bytes: bytes.count,
                    isSlow: isSlow,
                    largestAnswer: request.largestReply, patience: patience,
                    accept: { reply, attempt in
                        guard let answer = MediaWorkerReply.parse(reply, to: requests[attempt - 1]) else { return false }
                        waiting.resume(returning: answer)
                        return true
                    },
                    fail: { [roster] failure in
                        if case .queueIsFull = failure { roster.count { $0.refused += 1 } }
                        waiting.resume(returning: .failure(Self.error(failure, patience: patience)))
                    })
                queue.put(job, ticket: ticket)
                if Task.isCancelled { queue.withdraw(ticket) }
            }
        } onCancel: {
            // What is in work goes on: its answer is remembered for whoever asks again.
            queue.withdraw(ticket)
        }
        return try result.get()
    }

    private static func error(_ failure: WorkerFailure, patience: Duration) -> MediaError {
        switch failure {
        case .shutDown: .unavailable("shut down")
        case .unwanted: .unavailable("nobody waits for it any more")
        case .queueIsFull: .unavailable("the decoder's queue is full")
        case .cannotStart(let why), .lost(.cannotStart(let why, _)): .unavailable(why)
        case .lost(.died): .undecodable("it ends the decoder")
        case .lost(.deadline): .undecodable("decoding takes longer than \(patience)")
        case .lost(.nonsense): .undecodable("it confuses the decoder")
        }
    }

    /// Answers waiting files with `unavailable`, lets those in work end, and returns when no worker runs any more.
    package func shutdown() async {
        queue.close(threads: max(1, options.workers))
        await roster.waitUntilEmpty()
    }

    /// The workers that run now.
    package var workers: [MediaWorkerState] { roster.workers }

    /// Waits until a worker is ready, or none can be started, or the deadline.
    package func waitUntilReady(until deadline: ContinuousClock.Instant) async { await roster.waitUntilGreeted(until: deadline) }

    /// How they are, and which defences are on.
    package var health: MediaWorkerHealth { roster.health(queue.depth) }

    /// The worker's executable: what `HAECHI_MEDIA_WORKER` names, else the one beside the running executable; nil when there
    /// is none.
    package static func locate(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        if let named = environment["HAECHI_MEDIA_WORKER"], !named.isEmpty { return named }
        let here = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = here.appendingPathComponent("haechi-media-worker").path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : nil
    }
}
