// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

/// The shapes of lists that we read.
package enum RecordFormat: String, Hashable, Sendable, CaseIterable {
    /// One JSON object a line: `kind` and `value`, and what else is known.
    case ndjson
    /// Comma, semicolon or tab between cells, with or without a line of column names.
    case csv
    /// `pdq HEX` or only the hash on a line; `#` begins a comment.
    case text
    /// `hash=HEX,quality=80,…` on a line.
    case pairs
}

/// How a list is read.
package struct RecordOptions: Hashable, Sendable {
    /// nil to find out by looking at the first line.
    package var format: RecordFormat?
    /// What hashes are where the list does not say; 64 digits may be PDQ or SHA-256, so one of them has to be told.
    package var kind: Fingerprint.Kind?
    /// What records count as where the list does not say.
    package var trust: Trust

    package init(format: RecordFormat? = nil, kind: Fingerprint.Kind? = nil, trust: Trust = .claimed) {
        self.format = format
        self.kind = kind
        self.trust = trust
    }
}

/// A part of a list: at most 5,000 records, which is what the bank desk takes at a time.
package struct RecordBatch: Hashable, Sendable {
    package static let limit = 5_000

    package var records: [FingerprintRecord] = []
    /// Rows that are no record: the line and what was expected there.
    package var refused: [RefusedRecord] = []
    /// Lines read so far, from the beginning of the list.
    package var lines = 0
    /// Bytes read so far.
    package var bytes: Int64 = 0

    package init() {}

    var isFull: Bool { records.count >= Self.limit || refused.count >= Self.limit }
}

/// Why a list cannot be read at all; the message is for people.
package enum RecordFileError: Error, Hashable, Sendable {
    /// It cannot be opened or read on.
    case unreadable(String)
    /// Its first line is of no known format, or its column names are not understood.
    case notUnderstood(line: Int, String)
    /// It does not say what its hashes are.
    case needsKind(line: Int)

    package var message: String {
        switch self {
        case .unreadable(let why): why
        case .notUnderstood(let line, let why): "line \(line): \(why)"
        case .needsKind(let line):
            "line \(line): 64 hexadecimal digits may be a PDQ hash or a SHA-256; say which with --kind pdq or --kind sha256"
        }
    }
}

/// What is wrong with one row, and what was expected.
struct RowError: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
