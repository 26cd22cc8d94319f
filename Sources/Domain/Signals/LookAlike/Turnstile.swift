// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Lets one task through at a time, also while it waits for something inside.
package actor Turnstile {
    package init() {}

    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package func alone<Value: Sendable>(_ work: @Sendable () async throws -> Value) async rethrows -> Value {
        if isTaken { await withCheckedContinuation { waiting.append($0) } }
        isTaken = true
        defer {
            // Handed on without being free in between, so that nobody overtakes.
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
        return try await work()
    }
}
