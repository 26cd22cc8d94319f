// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Dispatch

/// Runs what waits for disks on threads of its own, so that it never keeps the server's tasks from running.
final class FileThread: SerialExecutor {
    private let queue = DispatchQueue(label: "haechi.look-back.write", qos: .utility)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// The threads of a sweep.
enum SweepThreads {
    private static let queue = DispatchQueue(label: "haechi.look-back.sweep", qos: .utility, attributes: .concurrent)

    static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { done in queue.async { done.resume(returning: work()) } }
    }
}
