// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CBox

/// Tries in locked-down children what must not work.
enum SandboxCheck {
    /// Prints a line for each attempt; 0 when all of them were denied.
    static func run(_ limits: cbox_limits) -> Int32 {
        var limits = limits
        var worst: Int32 = 0
        for number in 0..<CBOX_TRY_COUNT.rawValue {
            let attempt = cbox_attempt(rawValue: number)
            guard cbox_is_tried(attempt, &limits) == 1 else { continue }
            let outcome = cbox_is_denied(attempt, &limits)
            var words = outcome == 1 ? "denied" : outcome == 0 ? "NOT DENIED" : "could not be tried"
            // What fails without the box too says nothing about the box.
            if outcome == 1, cbox_works_freely(attempt, &limits) != 1 {
                words = "denied (and not possible here without the sandbox)"
            }
            print("\(String(cString: cbox_attempt_name(attempt))): \(words)")
            if outcome != 1 { worst = 1 }
        }
        return worst
    }
}
