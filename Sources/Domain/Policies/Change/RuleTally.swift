// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// How many events rules of this process have looked at and acted on, minute by minute, over a window.
///
/// Kept for watched versions only. Judgements before acceptance and judgements of accepted events are counted apart, since an event
/// may pass through both; whoever acts too much does so in one of the two.
package struct RuleTally: Sendable {
    package enum Road: Int, Hashable, Sendable, CaseIterable { case queue, acceptance }

    private struct Watch {
        var since: Date
        var kinds: [EventKind]
        var firstMinute: Int
        /// What had been seen in the first minute before the watch began.
        var offset: [Int]
        var acted: [Int: [Int]] = [:]
    }

    private let window: Int
    /// By minute, then by road and kind.
    private var seen: [Int: [Int]] = [:]
    private var watches: [RuleKey: Watch] = [:]

    package init(windowMinutes: Int) { window = max(1, windowMinutes) }

    package mutating func saw(_ kind: EventKind, on road: Road, at now: Date) {
        let minute = Self.minute(now)
        if seen[minute] == nil {
            seen[minute] = Array(repeating: 0, count: Road.allCases.count * Self.kinds.count)
            seen = seen.filter { $0.key > minute - window }
        }
        seen[minute]?[Self.place(kind, road)] += 1
    }

    /// Watches these versions and no others; one whose moment has changed begins anew.
    package mutating func watch(_ wanted: [(key: RuleKey, since: Date, kinds: [EventKind])], at now: Date) {
        var kept: [RuleKey: Watch] = [:]
        let minute = Self.minute(now)
        for one in wanted {
            if let known = watches[one.key], known.since == one.since {
                kept[one.key] = known
            } else {
                kept[one.key] = Watch(
                    since: one.since, kinds: one.kinds, firstMinute: minute,
                    offset: seen[minute] ?? Array(repeating: 0, count: Road.allCases.count * Self.kinds.count))
            }
        }
        watches = kept
    }

    /// Counts one more action of a watched version; how many of how many events it has acted on now, or nil when nobody watches.
    package mutating func acts(_ key: RuleKey, on road: Road, at now: Date) -> (acted: Int, seen: Int)? {
        guard var watch = watches[key] else { return nil }
        let minute = Self.minute(now)
        watch.acted = watch.acted.filter { $0.key > minute - window }
        watch.acted[minute, default: Array(repeating: 0, count: Road.allCases.count)][road.rawValue] += 1
        watches[key] = watch
        let first = max(watch.firstMinute, minute - window + 1)
        var sum = 0
        for (at, counts) in seen where at >= first && at <= minute {
            for kind in watch.kinds {
                let place = Self.place(kind, road)
                sum += counts[place] - (at == watch.firstMinute ? watch.offset[place] : 0)
            }
        }
        return (watch.acted.values.reduce(0) { $0 + $1[road.rawValue] }, sum)
    }

    private static let kinds = EventKind.allCases
    private static func place(_ kind: EventKind, _ road: Road) -> Int {
        road.rawValue * kinds.count + (kinds.firstIndex(of: kind) ?? 0)
    }

    package static func minute(_ date: Date) -> Int { Int((date.timeIntervalSince1970 / 60).rounded(.down)) }
}
