// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies

/// Rules as people look at them and change them: from the console, the API and the command line alike.
package protocol RuleDesk: Sendable {
    func overview() async throws -> RuleOverview
    /// What every page should say aloud.
    func alarms() async throws -> RuleAlarms
    func text(of key: RuleKey) async throws -> String?
    /// `RULE@VERSION`, or `RULE` for the version that is loaded. Throws `RuleChangeError`.
    func key(_ name: String) async throws -> RuleKey

    // All throw `RuleChangeError`.
    func promote(_ wish: Promotion) async throws
    func approve(_ request: String, by account: String) async throws
    func refuse(_ request: String, by account: String, reason: String) async throws
    func stop(_ key: RuleKey, by account: String, reason: String) async throws
    func lift(_ stop: String, by account: String, reason: String) async throws
    func turn(to mode: RuleMode, by account: String, reason: String) async throws

    func previewUndo(of key: RuleKey) async throws -> RuleUndoPreview
    @discardableResult
    func startUndo(of key: RuleKey, by account: String, reason: String, perMinute: Int?) async throws -> RuleUndo
    func pauseUndo(_ id: String, by account: String) async throws
    func resumeUndo(_ id: String, by account: String) async throws
    func undos(limit: Int) async throws -> [RuleUndo]
}

/// All rules with what they may do and what they did.
package struct RuleOverview: Sendable {
    package struct Row: Sendable {
        package var version: RuleVersion
        package var standing: RuleStanding
        /// Events of its kinds in the last day.
        package var seen: Int
        package var count: RuleCounts.Count
        /// The back-test that a promotion would rest on.
        package var report: BacktestReport?

        package init(
            version: RuleVersion, standing: RuleStanding, seen: Int, count: RuleCounts.Count, report: BacktestReport?
        ) {
            self.version = version
            self.standing = standing
            self.seen = seen
            self.count = count
            self.report = report
        }
    }

    /// Loaded versions by name, then versions that are gone but stopped or asked for.
    package var rows: [Row]
    package var requests: [PromotionRequest]
    package var stops: [RuleStop]
    package var undos: [RuleUndo]
    package var mode: RuleMode
    package var approval: RuleApproval

    package init(
        rows: [Row], requests: [PromotionRequest], stops: [RuleStop], undos: [RuleUndo], mode: RuleMode, approval: RuleApproval
    ) {
        self.rows = rows
        self.requests = requests
        self.stops = stops
        self.undos = undos
        self.mode = mode
        self.approval = approval
    }
}

/// What wants a person's attention, in numbers.
package struct RuleAlarms: Hashable, Sendable {
    package var stops: Int
    package var requests: Int
    package var mode: RuleMode

    package init(stops: Int, requests: Int, mode: RuleMode) {
        self.stops = stops
        self.requests = requests
        self.mode = mode
    }
}

/// What taking back everything that a version did would mean.
package struct RuleUndoPreview: Sendable {
    package var key: RuleKey
    package var decisions: Int
    package var shared: Int
    package var alreadyUndone: Int
    /// Actions that were carried out and can be taken back, that cannot, and that still wait; by effect.
    package var reversible: [EffectKind: Int]
    package var irreversible: [EffectKind: Int]
    package var waiting: [EffectKind: Int]
    /// The newest of them.
    package var newest: [Decision]

    package init(
        key: RuleKey, decisions: Int, shared: Int, alreadyUndone: Int, reversible: [EffectKind: Int],
        irreversible: [EffectKind: Int], waiting: [EffectKind: Int], newest: [Decision]
    ) {
        self.key = key
        self.decisions = decisions
        self.shared = shared
        self.alreadyUndone = alreadyUndone
        self.reversible = reversible
        self.irreversible = irreversible
        self.waiting = waiting
        self.newest = newest
    }
}
