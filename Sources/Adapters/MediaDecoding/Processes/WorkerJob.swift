// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One question to a worker and what becomes of it. Exactly one of `accept` (with true) and `fail` ends it.
struct WorkerJob: Sendable {
    /// What is sent, as one message, in each attempt, the first being 1.
    var message: @Sendable (_ attempt: Int) -> [[UInt8]]
    /// How often it is tried, each time in a fresh process. All but the last attempt share the patience that each would have.
    var attempts = 2
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
    /// Told of each worker that this cost, with the attempt.
    var lost: @Sendable (WorkerProcess.Failure, _ attempt: Int) -> Void = { _, _ in }
}

/// Why a job has no answer.
enum WorkerFailure: Error {
    case shutDown
    case queueIsFull
    /// No worker can be started.
    case cannotStart(String)
    /// It cost a worker in each attempt; why the last.
    case lost(WorkerProcess.Failure)
    /// Nobody waited any more.
    case unwanted
}
