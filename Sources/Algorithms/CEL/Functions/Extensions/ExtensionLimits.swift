// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How much one call of an extension function may make: an expression must not be able to fill the memory.
enum ExtensionLimits {
    /// Bytes of a text.
    static let textLength = 8 << 20
    /// Elements of a list.
    static let listCount = 100_000

    static let textTooLong = Value.failure(.limitExceeded, "the text would be longer than \(textLength) bytes")
    static let listTooLong = Value.failure(.limitExceeded, "the list would have more than \(listCount) elements")
}
