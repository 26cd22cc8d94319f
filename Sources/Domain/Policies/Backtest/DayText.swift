// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import struct Foundation.Date

/// Days and times as text, in UTC and the same on every machine.
enum DayText {
    /// `2026-01-31`.
    /// - Parameter day: days since 1970.
    static func date(_ day: Int) -> String {
        // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, so that the odd day is the
        // last one.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let monthOfYear = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (monthOfYear <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(monthOfYear, 2))-\(padded(ofYear - (153 * month + 2) / 5 + 1, 2))"
    }

    /// `2026-01-31T12:00:00Z`, to the second.
    static func time(_ date: Date) -> String {
        let milliseconds = date.milliseconds
        let seconds = Int(milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - day * 86_400
        return "\(Self.date(day))T\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
