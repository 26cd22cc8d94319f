// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Days, dates and the text forms of timestamps (RFC 3339) and durations.
enum TimeText {
    struct Date: Equatable {
        var year: Int64
        var month: Int64
        var day: Int64
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar.
    static func days(of date: Date) -> Int64 {
        // Years begin in March here, so that the leap day is the last day.
        let year = date.month <= 2 ? date.year - 1 : date.year
        let (era, yearOfEra) = year.flooredDivision(by: 400)
        let dayOfYear = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(ofDay days: Int64) -> Date {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return Date(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    static func timestamp(_ time: Timestamp) -> String {
        let (day, second) = time.seconds.flooredDivision(by: 86_400)
        let date = date(ofDay: day)
        let clock = [second / 3_600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
        return
            "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)\(fraction(Int64(time.nanoseconds)))Z"
    }

    static func duration(_ nanoseconds: Int64) -> String {
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        return "\(sign)\(magnitude / 1_000_000_000)\(fraction(Int64(magnitude % 1_000_000_000)))s"
    }

    private static func fraction(_ nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "" }
        var digits = padded(nanoseconds, 9)
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// `2009-02-13T23:31:30.5Z` or with an offset; nil if it is no such text or out of range.
    static func timestamp(parsing text: String) -> Timestamp? {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T") || reader.take("t"), let hour = reader.digits(2), reader.take(":"),
            let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        let date = Date(year: year, month: month, day: day)
        guard self.date(ofDay: days(of: date)) == date else { return nil }
        var nanoseconds: Int64 = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        var offset: Int64 = 0
        if !reader.take("Z"), !reader.take("z") {
            let isWest = reader.take("-")
            guard isWest || reader.take("+"), let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
        }
        guard reader.isAtEnd else { return nil }
        let seconds = days(of: date) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        return Timestamp(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    /// `1h30m`, `-1.5s`, `250ms`; nanoseconds, or nil if it is no such text or out of range.
    static func duration(parsing text: String) -> Int64? {
        var reader = DigitReader(text)
        let isNegative = reader.take("-")
        if !isNegative { _ = reader.take("+") }
        if reader.rest == "0" { return 0 }
        var total: Int64 = 0
        repeat {
            guard let part = durationPart(&reader) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(isNegative ? -part : part)
            if overflow { return nil }
            total = sum
        } while !reader.isAtEnd
        return total
    }

    // Longer names first: "m" begins "ms".
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ]

    private static func durationPart(_ reader: inout DigitReader) -> Int64? {
        let whole = reader.digits()
        var fraction: Int64 = 0
        if reader.take(".") {
            if let digits = reader.fraction() { fraction = digits } else if whole == nil { return nil }
        } else if whole == nil {
            return nil
        }
        guard let unit = units.first(where: { reader.take($0.name) }) else { return nil }
        let (scaled, overflow) = (whole ?? 0).multipliedReportingOverflow(by: unit.nanoseconds)
        // The fraction is in billionths of the unit.
        let part = fraction.multipliedFullWidth(by: unit.nanoseconds)
        let (small, _) = Int64(1_000_000_000).dividingFullWidth(part)
        let (sum, carried) = scaled.addingReportingOverflow(small)
        return overflow || carried ? nil : sum
    }
}

/// Reads digits and fixed texts from the front of a text.
struct DigitReader {
    private(set) var rest: Substring

    init(_ text: String) { rest = Substring(text) }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ prefix: String) -> Bool {
        guard rest.utf8.starts(with: prefix.utf8) else { return false }
        rest = Substring(rest.utf8.dropFirst(prefix.utf8.count))
        return true
    }

    mutating func dropFirst() { rest = Substring(rest.utf8.dropFirst()) }

    /// All digits here, or exactly `count` of them.
    mutating func digits(_ count: Int? = nil) -> Int64? {
        let text = rest.utf8.prefix(count ?? rest.utf8.count).prefix(while: \.isDigit)
        guard !text.isEmpty, count == nil || text.count == count, let value = Int64(Substring(text)) else { return nil }
        rest = Substring(rest.utf8.dropFirst(text.count))
        return value
    }

    /// Digits after a decimal point, as billionths; what is finer is cut off.
    mutating func fraction() -> Int64? {
        let text = rest.utf8.prefix(while: \.isDigit)
        guard !text.isEmpty else { return nil }
        rest = Substring(rest.utf8.dropFirst(text.count))
        let digits = String(Substring(text.prefix(9)))
        return Int64(digits + String(repeating: "0", count: 9 - digits.utf8.count))
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isHexDigit: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
    }

    var isIdentifierStart: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || self == UInt8(ascii: "_")
    }
}
