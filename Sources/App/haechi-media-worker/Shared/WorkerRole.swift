// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a worker does with messages once the box is closed.
protocol WorkerRole {
    /// Its first message: `ready role=… ` with the given words for its defences, and its own.
    func greeting(defences: String) -> String
    /// Nil when the message makes no sense; then the process ends.
    func answer(_ message: [UInt8]) -> (lines: String, parts: [[UInt8]])?
}

/// Why a role cannot start, in words for the operator.
struct WorkerStartProblem: Error {
    var message: String
}
