// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// A version of a rule as the registry knows it.
package struct RuleVersion: Hashable, Sendable {
    /// A person set this as the highest stage.
    package struct Ceiling: Hashable, Sendable, Codable {
        package var stage: RuleFinding.Stage
        package var by: String
        package var reason: String

        package init(stage: RuleFinding.Stage, by: String, reason: String) {
            self.stage = stage
            self.by = by
            self.reason = reason
        }
    }

    package var key: RuleKey
    package var policy: String
    /// Kinds of events that it judges.
    package var kinds: [EventKind]
    package var isDestructive: Bool
    /// What the files that were read last ask for.
    package var asked: RuleFinding.Stage
    /// Whether the files that were read last have this version.
    package var isLoaded: Bool
    /// Taken as it stood when the registry was empty.
    package var isAdopted: Bool
    /// The highest stage that was agreed to; `shadow` needs nobody.
    package var granted: RuleFinding.Stage
    /// The share of events, 1 to 99, for which `canary` was agreed to.
    package var percent: Int?
    package var ceiling: Ceiling?
    package var firstSeenAt: Date
    /// Since when its share is watched; nil for what has not acted yet, and for what was adopted.
    package var watchedSince: Date?
    package var atMost: Double?
    package var precision: Double?
    /// How many of its decisions people have confirmed and overturned.
    package var confirmed: Int
    package var overturned: Int

    package init(
        key: RuleKey, policy: String, kinds: [EventKind], isDestructive: Bool, asked: RuleFinding.Stage, isLoaded: Bool = true,
        isAdopted: Bool = false, granted: RuleFinding.Stage = .shadow, percent: Int? = nil, ceiling: Ceiling? = nil,
        firstSeenAt: Date,
        watchedSince: Date? = nil, atMost: Double? = nil, precision: Double? = nil, confirmed: Int = 0, overturned: Int = 0
    ) {
        self.key = key
        self.policy = policy
        self.kinds = kinds
        self.isDestructive = isDestructive
        self.asked = asked
        self.isLoaded = isLoaded
        self.isAdopted = isAdopted
        self.granted = granted
        self.percent = percent
        self.ceiling = ceiling
        self.firstSeenAt = firstSeenAt
        self.watchedSince = watchedSince
        self.atMost = atMost
        self.precision = precision
        self.confirmed = confirmed
        self.overturned = overturned
    }
}

/// Somebody wants a version to act, and another person must agree.
package struct PromotionRequest: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable { case waiting, approved, refused, withdrawn }

    package var id: String
    package var key: RuleKey
    package var stage: RuleFinding.Stage
    package var percent: Int?
    package var by: String
    package var at: Date
    package var reason: String
    /// The back-test that it rests on.
    package var report: String?
    package var state: State
    package var resolvedBy: String?
    package var resolvedAt: Date?

    package init(
        id: String, key: RuleKey, stage: RuleFinding.Stage, percent: Int?, by: String, at: Date, reason: String, report: String?,
        state: State = .waiting, resolvedBy: String? = nil, resolvedAt: Date? = nil
    ) {
        self.id = id
        self.key = key
        self.stage = stage
        self.percent = percent
        self.by = by
        self.at = at
        self.reason = reason
        self.report = report
        self.state = state
        self.resolvedBy = resolvedBy
        self.resolvedAt = resolvedAt
    }
}

/// A version that must not act by itself until a person says otherwise.
package struct RuleStop: Hashable, Sendable {
    package enum Cause: String, Hashable, Sendable, CaseIterable {
        /// It acted on too large a share of events.
        case share
        /// People overturned too many of its decisions.
        case precision
        case person
    }

    package var id: String
    package var key: RuleKey
    package var at: Date
    package var cause: Cause
    /// For people: the numbers.
    package var reason: String
    /// An account, or `system`.
    package var by: String
    package var liftAskedBy: String?
    package var liftReason: String?
    package var liftedAt: Date?
    package var liftedBy: String?

    package init(
        id: String, key: RuleKey, at: Date, cause: Cause, reason: String, by: String = "system", liftAskedBy: String? = nil,
        liftReason: String? = nil, liftedAt: Date? = nil, liftedBy: String? = nil
    ) {
        self.id = id
        self.key = key
        self.at = at
        self.cause = cause
        self.reason = reason
        self.by = by
        self.liftAskedBy = liftAskedBy
        self.liftReason = liftReason
        self.liftedAt = liftedAt
        self.liftedBy = liftedBy
    }
}
