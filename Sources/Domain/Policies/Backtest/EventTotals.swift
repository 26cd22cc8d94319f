// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// One event as back-tests count it.
struct Moment {
    let kind: Int
    /// When it happened, but never later than it was received: milliseconds since 1970.
    let at: Int64
    let receivedAt: Int64
    let judged: Judgement?

    init(_ event: Event, judged: Judgement?) {
        kind = event.kind.ordinal
        receivedAt = event.receivedAt.milliseconds
        at = min(event.at.milliseconds, receivedAt)
        self.judged = judged
    }

    /// Since 1970.
    var day: Int { Self.whole(at, 86_400_000) }
    var hour: Int { Self.whole(at, 3_600_000) }

    private static func whole(_ time: Int64, _ unit: Int64) -> Int { Int(time >= 0 ? time / unit : (time - unit + 1) / unit) }
}

extension EventKind {
    static let count = 5

    /// In rows with a place for each kind.
    var ordinal: Int {
        switch self {
        case .messagePosted: 0
        case .messageEdited: 1
        case .spacePictureChanged: 2
        case .actorPictureChanged: 3
        case .spaceChanged: 4
        }
    }
}

/// How many events there were of each kind, by day, and what people said of them.
struct EventTotals {
    struct Day {
        let day: Int
        var events = [Int](repeating: 0, count: EventKind.count)
    }

    private(set) var events = [Int](repeating: 0, count: EventKind.count)
    private(set) var violations = [Int](repeating: 0, count: EventKind.count)
    private(set) var noViolations = [Int](repeating: 0, count: EventKind.count)
    private(set) var days: [Day] = []
    /// The place of each day, and the one that was last wanted.
    private var places: [Int: Int] = [:]
    private var last = 0

    mutating func saw(_ moment: Moment) {
        events[moment.kind] += 1
        switch moment.judged {
        case .violation?: violations[moment.kind] += 1
        case .noViolation?: noViolations[moment.kind] += 1
        case nil: break
        }
        let day = moment.day
        if last >= days.count || days[last].day != day { last = place(of: day) }
        days[last].events[moment.kind] += 1
    }

    private mutating func place(of day: Int) -> Int {
        if let place = places[day] { return place }
        days.append(Day(day: day))
        places[day] = days.count - 1
        return days.count - 1
    }
}

extension [Int] {
    /// The sum for some kinds of events.
    func sum(of kinds: [EventKind]) -> Int { kinds.reduce(0) { $0 + self[$1.ordinal] } }
}
