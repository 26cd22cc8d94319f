// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One case that people have decided, and what a model had said of it.
package struct ReviewedScore: Sendable, Hashable {
    package var score: Double
    /// Whether people found that the model's words were right.
    package var isUpheld: Bool

    package init(score: Double, isUpheld: Bool) {
        self.score = score
        self.isUpheld = isUpheld
    }
}

/// Why nothing can be said of a model, in words for the operator.
package struct CalibrationProblem: Error, Hashable, Sendable {
    package var message: String

    package init(message: String) { self.message = message }
}
