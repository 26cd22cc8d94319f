// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// Where the time of one file goes. Steps alternate row by row, so each call books what has passed since the last one.
struct StepClock {
    enum Step: Int, CaseIterable {
        case decode, hash, shrink
    }

    private var nanoseconds = [UInt64](repeating: 0, count: Step.allCases.count)
    private var last = StepClock.now

    mutating func book(_ step: Step) {
        let now = Self.now
        nanoseconds[step.rawValue] += now &- last
        last = now
    }

    /// `time STEP MICROSECONDS`, for steps that were made.
    var lines: [String] {
        Step.allCases.filter { nanoseconds[$0.rawValue] > 0 }.map { "time \($0) \(nanoseconds[$0.rawValue] / 1_000)" }
    }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
