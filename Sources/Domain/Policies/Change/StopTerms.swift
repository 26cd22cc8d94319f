// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

package import struct Foundation.Date

/// When a version of a rule is stopped without anybody's doing.
package struct StopTerms: Hashable, Sendable {
    /// So long after a version began to act its share is watched, in seconds.
    package var youngFor: Double = 7 * 86_400
    /// The share of events, 0 to 1, that a rule may act on when it does not say so itself.
    package var share: Double = 0.1
    /// A rule may act on this many events times its share however few events there were.
    package var events = 200
    /// The time over which the share is taken, in minutes.
    package var windowMinutes = 60
    /// The precision, 0 to 1, of rules that promise none.
    package var precision: Double = 0.8
    /// Fewer outcomes than this say nothing.
    package var outcomes = 5

    package init() {}

    /// Whether acting on so many of so many events is too much.
    ///
    /// True as soon as it is certain: more actions than the share of `events` allows are too many even when the rest of those
    /// events is still to come.
    package func isTooMuch(acted: Int, of seen: Int, atMost: Double?) -> Bool {
        Double(acted) > (atMost ?? share) * Double(max(seen, events))
    }

    /// Whether people have overturned so many decisions that the promise cannot hold: even the upper end of what the precision may
    /// be lies below it.
    package func isTooImprecise(confirmed: Int, overturned: Int, promised: Double?) -> Bool {
        let all = confirmed + overturned
        return all >= outcomes && WilsonInterval(hits: confirmed, of: all).upper < (promised ?? precision)
    }

    package func isYoung(since: Date?, at now: Date) -> Bool {
        since.map { now.timeIntervalSince($0) < youngFor } ?? false
    }
}
