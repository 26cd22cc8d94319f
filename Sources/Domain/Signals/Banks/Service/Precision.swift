// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How often people agreed with matches, and the most that this can mean.
struct Precision: Sendable, Hashable {
    var confirmations: Int
    var overturns: Int

    var judged: Int { confirmations + overturns }

    /// Upper end of the Wilson interval at 95 %: a true share above it would have given numbers like these less than once in
    /// forty times. With few judged matches it stays near 1, so that bad luck demotes nobody.
    var upper: Double {
        guard judged > 0 else { return 1 }
        let z = 1.959_964
        let count = Double(judged)
        let share = Double(confirmations) / count
        let middle = share + z * z / (2 * count)
        let half = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
        return min(1, (middle + half) / (1 + z * z / count))
    }
}
