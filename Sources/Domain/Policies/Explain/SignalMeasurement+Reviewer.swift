// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Moderation

extension SignalMeasurement {
    /// What was measured and what it is worth; a bare score is not shown.
    package var reviewerText: String {
        var parts = [label.map { "\(output): \($0)" } ?? output]
        if !regions.isEmpty { parts.append("\(regions.count) found") }
        if let meaning {
            parts.append(
                "of 100 such items \(Self.percent(meaning.low)) to \(Self.percent(meaning.high)) were upheld "
                    + "(\(meaning.cases) reviewed, \(meaning.day))")
        } else if score != nil {
            parts.append("not calibrated here")
        }
        parts.append(counts ? "counts" : "does not count")
        return parts.joined(separator: ", ")
    }

    private static func percent(_ share: Double) -> String { String(Int((share * 100).rounded())) }
}
