// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One thing that is wrong with a policy file, for the person who wrote it.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// In code points, counted from 1.
    package var column: Int
    package var message: String
    package var expected: String?
    /// What the author may have meant, or what to write instead.
    package var hint: String?

    package init(file: String, line: Int, column: Int, message: String, expected: String? = nil, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.expected = expected
        self.hint = hint
    }

    package var description: String {
        var text = "\(file):\(line):\(column): \(message)"
        if let expected { text += "; expected \(expected)" }
        if let hint { text += " (\(hint))" }
        return text
    }
}

/// Policies that cannot be used, with everything that is wrong with them, sorted by place.
package struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics.sorted { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
    }

    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
