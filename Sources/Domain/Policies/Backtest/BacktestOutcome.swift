// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
package import Moderation

package import struct Foundation.Date

/// What a back-test, or a report on shadows, found. The same input gives the same outcome, to the byte of its renderings.
package struct BacktestOutcome: Sendable {
    package enum Kind: String, Hashable, Sendable { case backtest, shadow }

    /// Hits of trials with where their share lies, with 95% confidence.
    package struct Share: Hashable, Sendable {
        package let hits: Int
        package let of: Int

        package init(_ hits: Int, of trials: Int) { (self.hits, self.of) = (hits, trials) }

        /// Nil when there was nothing to count.
        package var value: Double? { of == 0 ? nil : Double(hits) / Double(of) }
        package var interval: WilsonInterval { WilsonInterval(hits: hits, of: of) }
    }

    /// How much a rule acted in a window of time.
    package struct Peak: Hashable, Sendable {
        package let acted: Int
        package let seen: Int
        /// Of the events that were seen, or of as many as a share is taken of at least.
        package let share: Double
        /// When the event was received.
        package let at: Date
    }

    package struct Day: Hashable, Sendable {
        /// Days since 1970, UTC.
        package let day: Int
        package let events: Int
        package let fired: Int
        package let newlyActing: Int
        package let unknown: Int
    }

    package struct Example: Hashable, Sendable {
        package let platform: PlatformID
        package let id: EventID
    }

    /// What was found of one version of a rule.
    package struct RuleOutcome: Sendable {
        package let key: RuleKey
        package let policy: String
        /// What its file says; in a report on shadows the stage that it was first found in.
        package let stage: RuleFinding.Stage
        /// Kinds of events at which it looks.
        package let kinds: [EventKind]
        package let isDestructive: Bool
        /// Events of its kinds.
        package let events: Int
        package let fired: Int
        /// Events on which it would do something destructive, without a person.
        package let destructive: Int
        /// How often each effect would follow, the most frequent first.
        package let effects: [(kind: EffectKind, count: Int)]
        /// Events of which it could not tell; none of these is in `fired` or `lost`.
        package let unknown: Int
        /// How many of these because counters had not been kept for long enough.
        package let warming: Int
        /// The most frequent other reasons.
        package let reasons: [(why: String, count: Int)]
        /// Something destructive would follow, where then no rule did any such thing.
        package let newlyActing: Int
        /// It fires, and did not act then.
        package let newlyFired: Int
        /// It fires, and acted then.
        package let same: Int
        /// It acted then, in whatever version, and does not fire.
        package let lost: Int
        /// It acted then, and cannot tell now.
        package let undecided: Int
        /// Of what people judged among the events on which it fires: violations.
        package let precision: Share
        /// Of the violations that people found among the events of its kinds: those on which it fires. Those of which it
        /// could not tell are left out.
        package let recall: Share
        /// Of everything that people judged: where it says the same as they.
        package let agreement: Share
        /// Judged by people, and it could not tell.
        package let judgedUnknown: Int
        package let spaces: Int
        package let actors: Int
        package let largestShare: Peak?
        /// The first time that the emergency stop would have stopped it; nil for never.
        package let stop: Peak?
        /// The share of events that it may act on, 0 to 1.
        package let atMost: Double
        package let busiestHour: (start: Date, fired: Int)?
        package let days: [Day]
        /// Where it would newly act, and where it would not act any more: the first of each.
        package let newExamples: [Example]
        package let lostExamples: [Example]
    }

    package let kind: Kind
    /// The version of the set of rules; nil in a report on shadows.
    package let policies: String?
    package let events: Int
    package let eventsByKind: [(kind: EventKind, count: Int)]
    /// Deliveries of events that had come before.
    package let duplicates: Int
    package let from: Date?
    package let until: Date?
    /// What people said of the events.
    package let violations: Int
    package let noViolations: Int
    /// Events on which any rule would do something destructive: newly, as then, and then but not now.
    package let newlyActing: Int
    package let same: Int
    package let lost: Int
    /// Minutes over which the emergency stop takes the share, and the fewest events of which it takes it.
    package let stopMinutes: Int
    package let stopEvents: Int
    /// In the order of their ids.
    package let rules: [RuleOutcome]

    /// Lower-case hexadecimal SHA-256 of `json`.
    package var hash: String { Self.hash(of: json) }

    static func hash(of bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: SHA256.hash(data: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
