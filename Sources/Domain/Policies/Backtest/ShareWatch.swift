// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// How many events of each kind were received in the window that ends now, minute by minute: what the emergency stop goes by.
/// The clock is when events were received, and never goes back.
struct SeenWindow {
    private(set) var minute = Int.min
    private(set) var sums = [Int](repeating: 0, count: EventKind.count)
    private var minutes: [(minute: Int, counts: [Int])] = []
    let length: Int

    init(minutes: Int) { length = max(1, minutes) }

    mutating func saw(_ moment: Moment) {
        let now = Int(moment.receivedAt >= 0 ? moment.receivedAt / 60_000 : (moment.receivedAt - 59_999) / 60_000)
        if now > minute || minutes.isEmpty {
            minute = now
            minutes.append((now, [Int](repeating: 0, count: EventKind.count)))
            let over = minutes.prefix { $0.minute <= now - length }.count
            for (_, counts) in minutes.prefix(over) {
                for kind in counts.indices { sums[kind] -= counts[kind] }
            }
            minutes.removeFirst(over)
        }
        sums[moment.kind] += 1
        minutes[minutes.count - 1].counts[moment.kind] += 1
    }
}

/// On how large a share of events one rule would have acted, and whether that would have stopped it.
struct ShareWatch {
    package struct Peak: Hashable, Sendable {
        var acted: Int
        var seen: Int
        var share: Double
        /// When the event was received: milliseconds since 1970.
        var at: Int64
    }

    private(set) var largest: Peak?
    private(set) var firstTrip: Peak?
    private var acted = 0
    private var minutes: [(minute: Int, count: Int)] = []

    /// One more event on which the rule acts; `seen` holds the event already.
    mutating func acts(_ moment: Moment, _ seen: SeenWindow, kinds: [EventKind], atMost: Double?, _ terms: StopTerms) {
        if minutes.last?.minute != seen.minute {
            minutes.append((seen.minute, 0))
            let over = minutes.prefix { $0.minute <= seen.minute - seen.length }.count
            for (_, count) in minutes.prefix(over) { acted -= count }
            minutes.removeFirst(over)
        }
        minutes[minutes.count - 1].count += 1
        acted += 1
        let all = seen.sums.sum(of: kinds)
        let peak = Peak(
            acted: acted, seen: all, share: Double(acted) / Double(max(1, all, terms.events)), at: moment.receivedAt)
        if peak.share > largest?.share ?? 0 { largest = peak }
        if firstTrip == nil, terms.isTooMuch(acted: acted, of: all, atMost: atMost) { firstTrip = peak }
    }
}
