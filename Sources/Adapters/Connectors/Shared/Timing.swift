// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// Time and chance, handed in so that tests decide both.
package struct Timing: Sendable {
    package var now: @Sendable () -> Date
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 up to but not including 1.
    package var random: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    package static let system = Timing(
        now: { Date() }, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) })
}

/// How often and how patiently something is tried again: exponential, with full jitter, so that many clients spread out.
package struct Backoff: Hashable, Sendable {
    /// Tries in all, the first one included.
    package var attempts: Int
    /// Seconds that the first wait is at most.
    package var base: Double
    /// Seconds that any wait is at most.
    package var cap: Double

    package init(attempts: Int = 4, base: Double = 0.25, cap: Double = 8) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
    }

    /// Seconds to wait after the try with this number (0 is the first).
    func delay(after attempt: Int, random: Double) -> Double {
        var ceiling = base
        for _ in 0..<max(0, min(attempt, 30)) { ceiling = min(cap, ceiling * 2) }
        return min(cap, ceiling) * random
    }
}

struct DeadlineExceeded: Error {}

/// Runs work, but no longer than the limit: then it is cancelled and `DeadlineExceeded` is thrown.
func withDeadline<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw DeadlineExceeded()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw DeadlineExceeded() }
        return first
    }
}
