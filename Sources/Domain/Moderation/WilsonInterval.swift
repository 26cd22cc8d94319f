// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The interval in which a share lies with 95% confidence, after Wilson: fit for small numbers and for shares near 0 and 1.
package struct WilsonInterval: Hashable, Sendable {
    package var lower: Double
    package var upper: Double

    /// - Parameters:
    ///   - hits: how many of `trials` count.
    ///   - trials: 0 gives the whole interval from 0 to 1.
    package init(hits: Int, of trials: Int) {
        guard trials > 0 else {
            (lower, upper) = (0, 1)
            return
        }
        let z = 1.959963984540054  // of the normal distribution, 95% of it lie within ±z
        let (n, p) = (Double(trials), Double(min(max(0, hits), trials)) / Double(trials))
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        lower = hits <= 0 ? 0 : max(0, middle - reach)
        upper = hits >= trials ? 1 : min(1, middle + reach)
    }
}
