// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is wrong in the folder of models: where, what, and what belongs there.
package struct ManifestProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// From 1; 0 where it is the file as a whole.
    package var line: Int
    package var message: String
    package var expected: String?

    package init(file: String, line: Int, message: String, expected: String? = nil) {
        self.file = file
        self.line = line
        self.message = message
        self.expected = expected
    }

    /// `Models/faces.yaml:3: …; expected …`, as editors understand it.
    package var description: String {
        "\(file)\(line > 0 ? ":\(line)" : ""): \(message)" + (expected.map { "; expected \($0)" } ?? "")
    }
}
