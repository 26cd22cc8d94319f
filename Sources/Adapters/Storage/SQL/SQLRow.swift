// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// One row of a result; columns by position. Throws when a column does not hold what the code expects.
package struct SQLRow: Hashable, Sendable {
    package var values: [SQLValue]

    package init(_ values: [SQLValue]) { self.values = values }

    package func int(_ column: Int) throws(StorageError) -> Int64 {
        guard case .integer(let number) = values[column] else { throw unexpected(column, "an integer") }
        return number
    }

    package func text(_ column: Int) throws(StorageError) -> String {
        guard case .text(let text) = values[column] else { throw unexpected(column, "a text") }
        return text
    }

    package func real(_ column: Int) throws(StorageError) -> Double {
        guard case .real(let number) = values[column] else { throw unexpected(column, "a real") }
        return number
    }

    package func blob(_ column: Int) throws(StorageError) -> [UInt8] {
        guard case .blob(let bytes) = values[column] else { throw unexpected(column, "bytes") }
        return bytes
    }

    package func date(_ column: Int) throws(StorageError) -> Date { Date(milliseconds: try int(column)) }

    /// A word of an enumeration, such as a state.
    package func word<Word: RawRepresentable<String>>(_ column: Int) throws(StorageError) -> Word {
        let text = try text(column)
        guard let word = Word(rawValue: text) else { throw .corrupt("column \(column) holds '\(text)', not a \(Word.self)") }
        return word
    }

    package func isNull(_ column: Int) -> Bool { values[column] == .null }

    /// Nil for SQL's null, else what `read` makes of the column: `try row.optional(3, row.date)`.
    package func optional<T>(_ column: Int, _ read: (Int) throws(StorageError) -> T) throws(StorageError) -> T? {
        isNull(column) ? nil : try read(column)
    }

    private func unexpected(_ column: Int, _ expected: String) -> StorageError {
        .corrupt("column \(column) of a result holds \(values[column].kind), expected \(expected)")
    }
}

extension SQLValue {
    /// The kind of a value, for messages: never the value itself, which may be content.
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .real: "a real"
        case .text: "a text"
        case .blob: "bytes"
        }
    }
}
