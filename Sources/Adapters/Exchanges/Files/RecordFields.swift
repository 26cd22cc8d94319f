// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals

/// The fields of a record, read from text in the same way in every format.
struct RecordFields {
    /// Their names, as we write them.
    static let names = ["kind", "value", "trust", "reference", "tags", "quality", "radius", "expires", "withdrawn"]
    static let longestTag = 200
    static let mostTags = 64
    static let longestReference = 500

    static func trust(_ text: String) throws(RowError) -> Trust {
        guard let trust = Trust(rawValue: text.lowercased()), trust != .retired else {
            throw RowError("trust: expected claimed, probation, verified or benign")
        }
        return trust
    }

    static func whole(_ text: String, _ name: String, _ range: ClosedRange<Int>) throws(RowError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw RowError("\(name): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func expiry(_ text: String) throws(RowError) -> Date {
        guard let date = Timestamp.date(text) else { throw RowError("expires: expected a time such as 2027-01-31T00:00:00Z") }
        return date
    }

    static func withdrawn(_ text: String) throws(RowError) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "1": return true
        case "false", "no", "0": return false
        default: throw RowError("withdrawn: expected true or false")
        }
    }

    static func check(tags: [String]) throws(RowError) {
        guard tags.count <= mostTags, tags.allSatisfy({ $0.utf8.count <= longestTag }) else {
            throw RowError("tags: expected at most \(mostTags) of at most \(longestTag) bytes")
        }
    }

    static func check(reference: String) throws(RowError) {
        guard reference.utf8.count <= longestReference else {
            throw RowError("reference: expected at most \(longestReference) bytes")
        }
    }

    /// `a;b|c` as three.
    static func tags(_ text: String) -> [String] {
        text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: "|") })
            .map { part in
                let part = part.drop { $0 == 0x20 || $0 == 0x09 }
                let spaces = part.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count
                return String(Substring(part.dropLast(spaces)))
            }
            .filter { !$0.isEmpty }
    }
}
