// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The rule that a time zone follows from some year on, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
    private struct Change: Sendable {
        enum Day: Sendable {
            /// The given weekday (0 is Sunday) of the week (5 is the last) of a month.
            case weekday(month: Int64, week: Int64, day: Int64)
            /// 1 to 365, never counting the 29th of February.
            case julian(Int64)
            /// 0 to 365.
            case ordinal(Int64)
        }
        let day: Day
        /// Seconds of local time after the day's start; may be negative or beyond a day.
        let time: Int64

        /// In seconds since 1970 of the local clock.
        func local(in year: Int64) -> Int64 {
            let newYear = TimeText.days(of: TimeText.Date(year: year, month: 1, day: 1))
            switch day {
            case .julian(let number):
                let march = TimeText.days(of: TimeText.Date(year: year, month: 3, day: 1))
                let isLeap = march - newYear == 60
                return (newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)) * 86_400 + time
            case .ordinal(let number): return (newYear + number) * 86_400 + time
            case .weekday(let month, let week, let weekday):
                let first = TimeText.days(of: TimeText.Date(year: year, month: month, day: 1))
                let next =
                    month == 12
                    ? TimeText.days(of: TimeText.Date(year: year + 1, month: 1, day: 1))
                    : TimeText.days(of: TimeText.Date(year: year, month: month + 1, day: 1))
                let firstWeekday = (first + 4).flooredDivision(by: 7).remainder
                var day = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                while day >= next { day -= 7 }
                return day * 86_400 + time
            }
        }
    }

    private let standard: Int64
    private var summer: (offset: Int64, start: Change, end: Change)?

    /// The line at the end of a zone file; nil if there is none.
    init?(_ footer: ArraySlice<UInt8>) {
        let line = footer.drop { $0 == UInt8(ascii: "\n") }.prefix { $0 != UInt8(ascii: "\n") }
        guard !line.isEmpty else { return nil }
        var reader = DigitReader(String(decoding: line, as: UTF8.self))
        guard reader.takeZoneName(), let west = reader.clock() else { return nil }
        standard = -west
        guard !reader.isAtEnd else { return }
        guard reader.takeZoneName() else { return nil }
        let offset = reader.clock().map { -$0 } ?? standard + 3_600
        guard reader.take(","), let start = Self.change(&reader), reader.take(","), let end = Self.change(&reader), reader.isAtEnd
        else { return nil }
        summer = (offset, start, end)
    }

    private static func change(_ reader: inout DigitReader) -> Change? {
        let day: Change.Day
        if reader.take("M") {
            guard let month = reader.digits(), reader.take("."), let week = reader.digits(), reader.take("."),
                let weekday = reader.digits(), (1...12).contains(month), (1...5).contains(week), weekday < 7
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if reader.take("J") {
            guard let number = reader.digits(), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = reader.digits(), number < 366 else { return nil }
            day = .ordinal(number)
        }
        guard reader.take("/") else { return Change(day: day, time: 7_200) }
        guard let time = reader.clock() else { return nil }
        return Change(day: day, time: time)
    }

    /// Seconds east of UTC at an instant.
    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = TimeText.date(ofDay: (seconds + standard).flooredDivision(by: 86_400).quotient).year
        // The start is told in standard time, the end in summer time.
        let start = summer.start.local(in: year) - standard
        let end = summer.end.local(in: year) - summer.offset
        let isSummer = start < end ? start <= seconds && seconds < end : !(end <= seconds && seconds < start)
        return isSummer ? summer.offset : standard
    }
}

extension DigitReader {
    /// `CET` or `<+03>`.
    fileprivate mutating func takeZoneName() -> Bool {
        if take("<") {
            while !isAtEnd, !take(">") { dropFirst() }
            return true
        }
        let start = rest.utf8.count
        while let byte = rest.utf8.first, byte.isIdentifierStart { dropFirst() }
        return rest.utf8.count < start
    }

    /// `-1`, `3:30`, `02:00:00`: seconds.
    fileprivate mutating func clock() -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = digits(), hours < 200 else { return nil }
        var seconds = hours * 3_600
        if take(":") {
            guard let minutes = digits(), minutes < 60 else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = digits(), rest < 60 else { return nil }
                seconds += rest
            }
        }
        return isNegative ? -seconds : seconds
    }
}
