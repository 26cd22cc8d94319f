// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies

package import struct Foundation.Date

/// Port: the registry of rules, shared by all processes on one database.
package protocol RuleStore: Sendable {
    /// Grows whenever anything in `ruleState` changes; cheap to ask for.
    func rulesRevision() async throws -> Int64
    func ruleState() async throws -> RuleState

    /// Reads the state, lets `edit` change it, and writes what it changed with the ledger entries, all in one transaction; one change
    /// at a time on the whole database. When `edit` throws nothing is written.
    ///
    /// Where a version is stopped, or the switch is turned to case-only, destructive actions of rules that are still pending are held
    /// in the same transaction.
    /// - Parameter texts: of versions that may be new.
    @discardableResult
    func changeRules(
        texts: [RuleKey: String], _ edit: @escaping @Sendable (inout RuleState) throws -> [LedgerEntry]
    ) async throws -> RuleState

    func text(of key: RuleKey) async throws -> String?
    /// Newest first, lifted ones too.
    func stops(limit: Int) async throws -> [RuleStop]
    /// Newest first, resolved ones too.
    func requests(limit: Int) async throws -> [PromotionRequest]

    /// Adds what was counted.
    func add(_ counts: RuleCounts) async throws
    /// Sums since a time, one for each version and each kind of event.
    func counts(since: Date) async throws -> RuleNumbers
    func deleteCounts(before: Date) async throws

    /// Decisions that a version had a part in, in the order in which they were made, from behind a place.
    func uses(of key: RuleKey, after sequence: Int64, limit: Int) async throws -> [RuleUseRow]
    /// Newest first.
    func newestUses(of key: RuleKey, limit: Int) async throws -> [RuleUseRow]
    /// What its decisions that were not taken back have done, by effect, platform and state.
    func footprint(of key: RuleKey) async throws -> RuleFootprint

    func put(_ undo: RuleUndo, ledger: [LedgerEntry]) async throws
    /// False when it was not in the expected state.
    func update(_ undo: RuleUndo, expecting: Set<RuleUndo.State>, ledger: [LedgerEntry]) async throws -> Bool
    func undo(_ id: String) async throws -> RuleUndo?
    /// Newest first.
    func undos(limit: Int) async throws -> [RuleUndo]
    /// Whether `holder` may work on an undo now; then nobody else may until a time.
    func lease(undo id: String, holder: String, at now: Date, until: Date) async throws -> Bool
}

extension RuleStore {
    @discardableResult
    package func changeRules(
        _ edit: @escaping @Sendable (inout RuleState) throws -> [LedgerEntry]
    ) async throws -> RuleState {
        try await changeRules(texts: [:], edit)
    }
}

/// A rule's part in a decision.
package struct RuleUse: Hashable, Sendable {
    package var key: RuleKey
    /// What it wanted done.
    package var effects: [EffectKind]

    package init(key: RuleKey, effects: [EffectKind]) {
        self.key = key
        self.effects = effects
    }
}

/// A decision that a version had a part in.
package struct RuleUseRow: Hashable, Sendable {
    package var sequence: Int64
    package var decision: DecisionID
    /// What the version wanted done.
    package var effects: [EffectKind]
    /// What other rules wanted done in the same decision.
    package var others: [RuleUse]
    package var isUndone: Bool

    package init(sequence: Int64, decision: DecisionID, effects: [EffectKind], others: [RuleUse], isUndone: Bool) {
        self.sequence = sequence
        self.decision = decision
        self.effects = effects
        self.others = others
        self.isUndone = isUndone
    }
}

/// What people found of a decision that a version had a part in; the last word on a decision counts.
package struct RuleOutcome: Hashable, Sendable {
    package enum Kind: Int, Hashable, Sendable, CaseIterable { case confirmed = 1, overturned = 2 }

    package var key: RuleKey
    package var decision: DecisionID
    package var kind: Kind

    package init(key: RuleKey, decision: DecisionID, kind: Kind) {
        self.key = key
        self.decision = decision
        self.kind = kind
    }
}

/// Counts of a process that are not written yet; minutes since 1970.
package struct RuleCounts: Hashable, Sendable {
    package struct Place: Hashable, Sendable {
        package var minute: Int
        package var key: RuleKey
    }

    package struct KindPlace: Hashable, Sendable {
        package var minute: Int
        package var kind: EventKind
    }

    package struct Count: Hashable, Sendable {
        package var fired = 0
        package var acted = 0
        package var held = 0

        package init(fired: Int = 0, acted: Int = 0, held: Int = 0) {
            self.fired = fired
            self.acted = acted
            self.held = held
        }
    }

    package private(set) var seen: [KindPlace: Int] = [:]
    package private(set) var rules: [Place: Count] = [:]

    package init() {}

    package var isEmpty: Bool { seen.isEmpty && rules.isEmpty }

    package mutating func saw(_ kind: EventKind, minute: Int) { seen[KindPlace(minute: minute, kind: kind), default: 0] += 1 }

    package mutating func add(_ count: Count, to key: RuleKey, minute: Int) {
        rules[Place(minute: minute, key: key), default: Count()] += count
    }

    package mutating func add(_ other: RuleCounts) {
        seen.merge(other.seen, uniquingKeysWith: +)
        for (place, count) in other.rules { rules[place, default: Count()] += count }
    }
}

extension RuleCounts.Count {
    package static func += (sum: inout Self, more: Self) {
        sum.fired += more.fired
        sum.acted += more.acted
        sum.held += more.held
    }
}

/// Sums of counts.
package struct RuleNumbers: Hashable, Sendable {
    package var seen: [EventKind: Int]
    package var rules: [RuleKey: RuleCounts.Count]

    package init(seen: [EventKind: Int] = [:], rules: [RuleKey: RuleCounts.Count] = [:]) {
        self.seen = seen
        self.rules = rules
    }
}

/// What a version has done that still stands.
package struct RuleFootprint: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package var effect: EffectKind
        package var platform: PlatformID
        package var state: ActionState
        package var count: Int

        package init(effect: EffectKind, platform: PlatformID, state: ActionState, count: Int) {
            self.effect = effect
            self.platform = platform
            self.state = state
            self.count = count
        }
    }

    package var decisions: Int
    /// Decisions in which another rule had a part too.
    package var shared: Int
    package var alreadyUndone: Int
    package var lines: [Line]

    package init(decisions: Int, shared: Int, alreadyUndone: Int, lines: [Line]) {
        self.decisions = decisions
        self.shared = shared
        self.alreadyUndone = alreadyUndone
        self.lines = lines
    }
}

/// Everything that one version did is taken back as one.
package struct RuleUndo: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable { case running, paused, done }

    package var id: String
    package var key: RuleKey
    package var at: Date
    package var by: String
    package var reason: String
    package var state: State
    /// Decisions a minute.
    package var perMinute: Int
    /// Decisions there were to take back when it began.
    package var total: Int
    /// The decision behind which it goes on.
    package var cursor: Int64
    package var undone: Int
    /// They stand on another rule too, which is not undone.
    package var kept: Int
    /// Nothing could be taken back, or it could not be written.
    package var failed: Int
    /// Actions that the platform cannot take back, by effect.
    package var irreversible: [String: Int]

    package init(
        id: String, key: RuleKey, at: Date, by: String, reason: String, state: State = .running, perMinute: Int, total: Int
    ) {
        self.id = id
        self.key = key
        self.at = at
        self.by = by
        self.reason = reason
        self.state = state
        self.perMinute = perMinute
        self.total = total
        cursor = 0
        undone = 0
        kept = 0
        failed = 0
        irreversible = [:]
    }
}
