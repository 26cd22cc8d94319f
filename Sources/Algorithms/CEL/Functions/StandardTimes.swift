// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    static let times: [Function] =
        accessor("getFullYear") { $0.date.year }
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
        var overloads = [member(name, .timestamp, gives: .int), member(name, .timestamp, .string, gives: .int)]
        if ofDuration != nil { overloads.append(member(name, .duration, gives: .int)) }
        return [
            Function(
                name, overloads,
                [
                    .unary { value in
                        switch value {
                        case .timestamp(let time): return .int(part(Local(time, offset: 0)))
                        case .duration(let nanoseconds):
                            return ofDuration.map { .int($0(nanoseconds)) } ?? .noOverload(name, value)
                        default: return .noOverload(name, value)
                        }
                    },
                    .binary { value, zone in
                        guard case .timestamp(let time) = value, case .string(let zone) = zone else {
                            return .noOverload(name, value, zone)
                        }
                        guard let offset = TimeZones.offset(in: zone, at: time.seconds) else {
                            return .failure(.invalidArgument, TimeZones.whyNot)
                        }
                        return .int(part(Local(time, offset: offset)))
                    },
                ])
        ]
    }
}
