// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Why a pattern was refused, and where.
public struct RegexError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// `*`, `+`, `?` or `{n}` with nothing before it.
        case nothingToRepeat
        /// A repetition of a repetition, as `a**`.
        case stackedRepetition
        /// Bounds above 1,000 or upside down, or nested repetitions that multiply to more than that.
        case repetitionTooLarge
        case unknownEscape
        case trailingBackslash
        /// `\1`, `(?P=name)`: needs more than linear time.
        case backReference
        /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`: needs more than linear time.
        case lookAround
        /// Atomic and conditional groups, recursion, comments: not in the syntax.
        case unsupportedGroup
        /// `\C`, one byte of a character.
        case anyByte
        case missingClosingBracket
        case missingClosingParenthesis
        case unexpectedParenthesis
        case invalidRange
        case unknownClass
        case unknownProperty
        case invalidGroupName
        case repeatedGroupName
        case patternTooLong
        case nestedTooDeep
        case programTooLarge
    }

    public let kind: Kind
    /// What is wrong, in one sentence without a full stop.
    public let message: String
    /// UTF-8 bytes of the pattern.
    public let range: Range<Int>
    /// What to write instead, where there is something.
    public let hint: String?

    init(_ kind: Kind, _ message: String, _ range: Range<Int>, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.range = range
        self.hint = hint
    }

    public var description: String {
        "\(message), at byte \(range.lowerBound)" + (hint.map { ": \($0)" } ?? "")
    }
}
