// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The smallest meaningful piece of an expression.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case identifier(String)
        /// A field name between backticks.
        case quoted(String)
        /// A whole number without its sign: the parser knows whether a minus stands before it.
        case integer(UInt64)
        case unsigned(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    enum Symbol: String, Sendable, CaseIterable {
        case equal = "==", notEqual = "!=", lessOrEqual = "<=", greaterOrEqual = ">=", and = "&&", or = "||"
        case less = "<", greater = ">", plus = "+", minus = "-", times = "*", divide = "/", remainder = "%", not = "!"
        case question = "?", colon = ":", dot = ".", comma = ","
        case openParenthesis = "(", closeParenthesis = ")", openBracket = "[", closeBracket = "]"
        case openBrace = "{", closeBrace = "}"
    }

    let kind: Kind
    /// Byte offsets into the source.
    let range: Range<Int>
}
