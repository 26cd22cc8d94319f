// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Times as the API writes them: `2026-11-22T15:58:39.250Z` or with an offset such as `+09:00`.
enum RFC3339 {
    static let expected = "an RFC 3339 time such as 2026-11-22T15:58:39Z"

    /// Nil when the text is no such time, or one before 1970.
    static func date(_ text: String) -> Date? {
        let digits = Array(text.utf8)
        guard digits.count >= 20, digits.count <= 40 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in digits[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard digits[4] == 0x2D, digits[7] == 0x2D, digits[10] | 0x20 == 0x74, digits[13] == 0x3A, digits[16] == 0x3A,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), year >= 1970, (1...12).contains(month), day >= 1,
            day <= daysIn(month, of: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        var next = 19
        var fraction = 0.0
        if digits[next] == 0x2E {
            var unit = 0.1
            next += 1
            let start = next
            while next < digits.count, digits[next] >= 0x30, digits[next] <= 0x39 {
                fraction += Double(digits[next] - 0x30) * unit
                unit /= 10
                next += 1
            }
            guard next > start else { return nil }
        }
        guard let offset = offset(digits[next...]) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return seconds < 0 ? nil : Date(timeIntervalSince1970: Double(seconds) + fraction)
    }

    static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Seconds east of Greenwich.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        guard let first = zone.first else { return nil }
        if first | 0x20 == 0x7A { return zone.count == 1 ? 0 : nil }
        let digits = Array(zone)
        guard digits.count == 6, digits[3] == 0x3A, first == 0x2B || first == 0x2D,
            [1, 2, 4, 5].allSatisfy({ digits[$0] >= 0x30 && digits[$0] <= 0x39 })
        else { return nil }
        let hours = Int(digits[1] - 0x30) * 10 + Int(digits[2] - 0x30)
        let minutes = Int(digits[4] - 0x30) * 10 + Int(digits[5] - 0x30)
        guard hours < 24, minutes < 60 else { return nil }
        return (first == 0x2B ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Days since 1 January 1970 in the Gregorian calendar.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let leaps = { (year: Int) in (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 }
        let before = (1..<month).reduce(0) { $0 + daysIn($1, of: year) }
        return (year - 1970) * 365 + leaps(year) - leaps(1970) + before + day - 1
    }
}
