// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A token: what it is and where it stands. Its text is read only where it matters.
struct Token {
    enum Kind: UInt8 {
        case end, identifier, quoted, integer, unsigned, double, string, bytes
        case wordTrue, wordFalse, wordNull, wordIn
        case equal, notEqual, lessOrEqual, greaterOrEqual, and, or, less, greater, plus, minus, times, divide, remainder, not
        case question, colon, dot, comma
        case openParenthesis, closeParenthesis, openBracket, closeBracket, openBrace, closeBrace
    }

    var kind: Kind
    var start: Int
    var end: Int

    /// Byte offsets into the source.
    var range: Range<Int> { start..<end }
}
