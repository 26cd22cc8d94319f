// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Exponential back-off with full jitter.
package enum Backoff {
    /// Seconds to wait before attempt number `attempt` + 1: uniform between half and the whole of `base` doubled each time.
    package static func delay(attempt: Int, base: Double = 0.25, ceiling: Double = 300) -> Double {
        let whole = min(ceiling, base * Double(1 << min(attempt, 30)))
        return Double.random(in: whole / 2...whole)
    }
}
