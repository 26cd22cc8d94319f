// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    static let times: [Function] =
        [
            unary("timestamp", [.timestamp, .string, .int].map { takes($0, gives: .timestamp) }) { value in
                switch value {
                case .timestamp: value
                case .string(let text):
                    TimeText.timestamp(parsing: text).map { .timestamp($0) }
                        ?? .failure(.badConversion, "the text is no timestamp")
                case .int(let seconds): Timestamp(seconds: seconds).map { .timestamp($0) } ?? .overflow
                default: .noOverload("timestamp", value)
                }
            },
            unary("duration", [.duration, .string].map { takes($0, gives: .duration) }) { value in
                switch value {
                case .duration: value
                case .string(let text):
                    TimeText.duration(parsing: text).map { .duration(nanoseconds: $0) }
                        ?? .failure(.badConversion, "the text is no duration, or it is out of range")
                default: .noOverload("duration", value)
                }
            },
        ]
        + accessor("getFullYear") { $0.date.year }
        + accessor("getMonth") { $0.date.month - 1 }
        + accessor("getDate") { $0.date.day }
        + accessor("getDayOfMonth") { $0.date.day - 1 }
        + accessor("getDayOfWeek") { ($0.day + 4).flooredDivision(by: 7).remainder }
        + accessor("getDayOfYear") { $0.day - TimeText.days(of: TimeText.Date(year: $0.date.year, month: 1, day: 1)) }
        + accessor("getHours", ofDuration: { $0 / 3_600_000_000_000 }) { $0.secondOfDay / 3_600 }
        + accessor("getMinutes", ofDuration: { $0 / 60_000_000_000 }) { $0.secondOfDay / 60 % 60 }
        + accessor("getSeconds", ofDuration: { $0 / 1_000_000_000 }) { $0.secondOfDay % 60 }
        + accessor("getMilliseconds", ofDuration: { $0 / 1_000_000 % 1_000 }) { $0.nanoseconds / 1_000_000 }

    /// A timestamp seen in a time zone.
    private struct Local {
        let day: Int64
        let secondOfDay: Int64
        let nanoseconds: Int64
        var date: TimeText.Date { TimeText.date(ofDay: day) }

        init(_ time: Timestamp, offset: Int64) {
            (day, secondOfDay) = (time.seconds + offset).flooredDivision(by: 86_400)
            nanoseconds = Int64(time.nanoseconds)
        }
    }

    /// One part of a timestamp, in UTC or in the zone given, and of a duration where that makes sense.
    private static func accessor(
        _ name: String, ofDuration: (@Sendable (Int64) -> Int64)? = nil, _ part: @escaping @Sendable (Local) -> Int64
    ) -> [Function] {
        let signatures = [takes(.timestamp, gives: .int)] + (ofDuration == nil ? [] : [takes(.duration, gives: .int)])
        return [
            unary(name, global: false, member: true, signatures) { value in
                switch value {
                case .timestamp(let time): return .int(part(Local(time, offset: 0)))
                case .duration(let nanoseconds):
                    return ofDuration.map { .int($0(nanoseconds)) } ?? .noOverload(name, value)
                default: return .noOverload(name, value)
                }
            },
            member(name, [takes(.timestamp, .string, gives: .int)]) { value, zone in
                guard case .timestamp(let time) = value, case .string(let zone) = zone else {
                    return .noOverload(name, value, zone)
                }
                guard let offset = zoneOffset(zone) else {
                    return .failure(
                        .badConversion, "time zones by name are not yet available: use UTC or an offset such as +09:00")
                }
                return .int(part(Local(time, offset: offset)))
            },
        ]
    }

    /// Seconds east of UTC: `UTC`, `+hh:mm`, `-hh:mm` or `hh:mm`.
    private static func zoneOffset(_ zone: String) -> Int64? {
        if zone == "UTC" || zone == "" || zone == "Z" { return 0 }
        var reader = DigitReader(zone)
        let isWest = reader.take("-")
        if !isWest { _ = reader.take("+") }
        guard let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2), reader.isAtEnd, hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }
}
