// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
package import Signals
import Synchronization

/// Decodes pictures and videos in sandboxed processes, a few of which are kept warm.
///
/// A file that kills its worker, or takes too long, costs that worker; it gets one more chance in a fresh one and is then
/// undecodable. Each worker has a thread of its own that does the waiting, so Swift's cooperative threads never block.
package final class MediaWorkerPool: MediaInspector {
    private let options: MediaWorkerOptions
    private let queue = MediaJobQueue()
    private let roster: MediaWorkerRoster

    /// Starts the workers in the background; a missing executable shows when the first picture comes.
    package init(executable: String, options: MediaWorkerOptions = MediaWorkerOptions(), logger: Logger) {
        self.options = options
        roster = MediaWorkerRoster(threads: max(1, options.workers))
        for number in 0..<max(1, options.workers) {
            let supervisor = MediaWorkerSupervisor(
                number: number, executable: executable, options: options, queue: queue, roster: roster, logger: logger)
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
        let result = await withCheckedContinuation {
            (waiting: CheckedContinuation<Result<MediaFacts, MediaError>, Never>) in
            queue.put(.init(bytes: bytes, request: request) { waiting.resume(returning: $0) })
        }
        return try result.get()
    }

    /// Answers waiting files with `unavailable`, lets those in work end, and returns when no worker runs any more.
    package func shutdown() async {
        queue.close(threads: max(1, options.workers))
        await roster.waitUntilEmpty()
    }

    /// The workers that run now.
    package var workers: [MediaWorkerState] { roster.workers }

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

/// A running worker, as health pages and tests see it.
package struct MediaWorkerState: Sendable, Hashable {
    package var processID: Int32
    /// Whether it has a picture in work.
    package var isBusy: Bool
}

/// Which workers run; written by their threads.
final class MediaWorkerRoster: Sendable {
    private struct State {
        var workers: [Int: MediaWorkerState] = [:]
        var threads: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(threads: Int) { state = Mutex(State(threads: threads)) }

    var workers: [MediaWorkerState] { state.withLock { state in state.workers.sorted { $0.key < $1.key }.map(\.value) } }

    func set(_ worker: MediaWorkerState?, of number: Int) { state.withLock { $0.workers[number] = worker } }

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
