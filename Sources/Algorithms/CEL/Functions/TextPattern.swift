// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex

/// A compiled regular expression: the one place that knows the engine.
final class TextPattern: Sendable {
    struct Problem: Error {
        let text: String
        let hint: String?
        /// In UTF-8 bytes of the pattern.
        let range: Range<Int>
    }

    let expression: LinearRegex

    init(_ pattern: String) throws(Problem) {
        do throws(RegexError) {
            expression = try LinearRegex(pattern)
        } catch {
            throw Problem(text: error.message, hint: error.hint, range: error.range)
        }
    }

    /// Whether the pattern is found anywhere in a text.
    func matches(_ text: String) -> Bool { expression.matches(text) }
}
