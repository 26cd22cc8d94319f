// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation

/// Time and chance, handed in so that tests decide both.
package struct ExchangeTiming: Sendable {
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

    package static let system = ExchangeTiming(
        now: { Date() }, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) })
}

/// How often and how patiently a call is tried again: exponential, with jitter, so that many clients spread out.
package struct ExchangePatience: Hashable, Sendable {
    /// Tries of one page in all, the first one included.
    package var attempts: Int
    /// Seconds that the first wait is at most.
    package var base: Double
    /// Seconds that any wait of ours is at most.
    package var cap: Double
    /// Seconds that a server may ask us to wait; for longer the round ends.
    package var longestRetryAfter: Double
    /// Rounds that may end at one and the same unreadable page before it is passed over.
    package var brokenRounds: Int

    package init(
        attempts: Int = 8, base: Double = 1, cap: Double = 120, longestRetryAfter: Double = 900, brokenRounds: Int = 5
    ) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
        self.longestRetryAfter = longestRetryAfter
        self.brokenRounds = brokenRounds
    }

    /// Seconds to wait after the try with this number (0 is the first): between half of the ceiling and all of it.
    func delay(after attempt: Int, random: Double) -> Double {
        var ceiling = base
        for _ in 0..<max(0, min(attempt, 30)) { ceiling = min(cap, ceiling * 2) }
        return min(cap, ceiling) * (0.5 + random / 2)
    }
}
