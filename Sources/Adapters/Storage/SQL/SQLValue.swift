// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// A value as both engines know it. Times are milliseconds since 1970.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    /// A text; U+0000, which PostgreSQL can't keep, becomes U+FFFD on both engines, so that a name stays equal to itself.
    package init(_ text: String) {
        self = .text(text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text)
    }

    package init(_ text: String?) {
        if let text { self.init(text) } else { self = .null }
    }

    package init(_ date: Date) { self = .integer(date.milliseconds) }

    package init(_ date: Date?) {
        if let date { self.init(date) } else { self = .null }
    }

    package init(_ number: some BinaryInteger) { self = .integer(Int64(number)) }

    package init(_ number: Int?) {
        if let number { self.init(number) } else { self = .null }
    }

    package init(_ number: Double) { self = .real(number) }

    package init(_ number: Double?) {
        if let number { self.init(number) } else { self = .null }
    }

    package init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    package init(_ bytes: [UInt8]) { self = .blob(bytes) }
    package init(_ word: some RawRepresentable<String>) { self.init(word.rawValue) }

    package init(_ word: (some RawRepresentable<String>)?) {
        if let word { self.init(word.rawValue) } else { self = .null }
    }
}

extension Date {
    /// Milliseconds since 1970, to the nearest: the only precision that is stored.
    package var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

    package init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
