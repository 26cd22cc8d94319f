// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One question to a worker and what becomes of it. Exactly one of `accept` (with true) and `fail` ends it.
struct WorkerJob: Sendable {
    /// What is sent, as one message, in the first or second attempt.
    var message: @Sendable (_ attempt: Int) -> [[UInt8]]
    /// What it keeps in memory while it waits.
    var bytes = 0
    /// Whether it may take long, as a video does: then it waits behind what is quick.
    var isSlow = false
    /// The longest answer that makes sense, in bytes.
    var largestAnswer: Int
    /// How long a worker may think about it before it is killed.
    var patience: Duration
    /// Takes the answer; false when it makes no sense, and then the worker is killed.
    var accept: @Sendable (_ answer: [UInt8], _ attempt: Int) -> Bool
    var fail: @Sendable (WorkerFailure) -> Void
    /// Whether somebody still waits.
    var isWanted: @Sendable () -> Bool = { true }
    /// Told of each worker that this cost.
    var lost: @Sendable (WorkerProcess.Failure) -> Void = { _ in }
}

/// Why a job has no answer.
enum WorkerFailure: Error {
    case shutDown
    case queueIsFull
    /// No worker can be started.
    case cannotStart(String)
    /// It cost two workers; why the second.
    case lost(WorkerProcess.Failure)
    /// Nobody waited any more.
    case unwanted
}
