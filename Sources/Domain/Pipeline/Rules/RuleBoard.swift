// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
import Synchronization

package import struct Foundation.Date

/// What this process knows of the registry, where rules are judged: nothing here waits.
///
/// `RuleKeeper` brings it up to date every second or so; a stop that is found here holds here at once.
package final class RuleBoard: Sendable {
    /// A stop that was found here and is not in the database yet.
    package struct Trip: Hashable, Sendable {
        package var key: RuleKey
        package var reason: String
    }

    private struct View {
        var state = RuleState()
        var rules: [RuleKey: RuleTerms] = [:]
        var standings: [RuleKey: RuleStanding] = [:]
        var tally: RuleTally
        var counts = RuleCounts()
        var trips: [Trip] = []
    }

    private let approval: RuleApproval
    private let terms: StopTerms
    /// The mode while nobody has touched the switch.
    private let startMode: RuleMode
    /// False for tools and tests that have no registry: every rule then acts as its file says.
    private let isKept: Bool
    private let now: @Sendable () -> Date
    private let view: Mutex<View>

    package init(
        approval: RuleApproval, terms: StopTerms = StopTerms(), startMode: RuleMode = .normal,
        now: @escaping @Sendable () -> Date
    ) {
        self.approval = approval
        self.terms = terms
        self.startMode = startMode
        self.now = now
        isKept = true
        view = Mutex(View(tally: RuleTally(windowMinutes: terms.windowMinutes)))
    }

    private init(withoutRegistry mode: RuleMode) {
        approval = .files
        terms = StopTerms()
        startMode = mode
        now = { Date(timeIntervalSince1970: 0) }
        isKept = false
        view = Mutex(View(tally: RuleTally(windowMinutes: 1)))
    }

    /// A board without a registry.
    package static func withoutRegistry(mode: RuleMode = .normal) -> RuleBoard { RuleBoard(withoutRegistry: mode) }

    package var mode: RuleMode { view.withLock { $0.state.mode ?? startMode } }
    package var revision: Int64 { view.withLock { $0.state.revision } }
    package var state: RuleState { view.withLock { $0.state } }

    // MARK: - For the keeper

    /// Takes over what the database says, and, when another set of rules is used from now on, its rules.
    package func take(_ state: RuleState, rules: [RuleTerms]? = nil) {
        view.withLock { view in
            guard rules != nil || state.revision >= view.state.revision else { return }
            view.state = state
            if let rules { view.rules = Dictionary(rules.map { ($0.key, $0) }, uniquingKeysWith: { one, _ in one }) }
            // What was found here and is not written yet holds all the same.
            view.trips.removeAll { state.stop(of: $0.key) != nil }
            for trip in view.trips { Self.hold(trip, at: now(), in: &view.state) }
            settle(&view)
        }
    }

    /// Stops that are to be written; they stay until the database has them.
    package var trips: [Trip] { view.withLock { $0.trips } }

    /// What was counted since the last call.
    package func takeCounts() -> RuleCounts {
        view.withLock { view in
            defer { view.counts = RuleCounts() }
            return view.counts
        }
    }

    /// Counts that could not be written come back.
    package func giveBack(_ counts: RuleCounts) { view.withLock { $0.counts.add(counts) } }

    private func settle(_ view: inout View) {
        view.standings = view.rules.mapValues { view.state.standing(of: $0.key, asking: $0.stage, approval: approval) }
        let now = now()
        let watched = view.rules.values.compactMap { rule -> (key: RuleKey, since: Date, kinds: [EventKind])? in
            guard rule.isDestructive, let since = view.state.versions[rule.key]?.watchedSince,
                terms.isYoung(since: since, at: now)
            else { return nil }
            return (rule.key, since, rule.events)
        }
        view.tally.watch(watched, at: now)
    }

    // MARK: - For enforcement

    /// The findings with the stages that they really have, counted; those of stopped versions with their restraint.
    package func judge(_ findings: [RuleFinding], on event: Event, road: RuleTally.Road) -> [RuleFinding] {
        guard isKept else { return findings }
        return view.withLock { view in
            let now = now()
            let minute = RuleTally.minute(now)
            view.tally.saw(event.kind, on: road, at: now)
            view.counts.saw(event.kind, minute: minute)
            return findings.map { finding in
                guard finding.result != .notFired else { return finding }
                var finding = finding
                let key = RuleKey(finding.rule)
                // An event in work may still be judged by the set before: its versions keep what they were granted.
                let standing =
                    view.standings[key] ?? view.state.standing(of: key, asking: finding.stage, approval: approval)
                finding.stage = Self.stage(of: finding, standing, on: event)
                finding.restraint = standing.stop.map { "rule \(finding.rule.id) is stopped: \($0.reason)" }
                if finding.result == .fired { view.counts.add(.init(fired: 1), to: key, minute: minute) }
                return finding
            }
        }
    }

    private static func stage(of finding: RuleFinding, _ standing: RuleStanding, on event: Event) -> RuleFinding.Stage {
        guard finding.stage.acts, standing.stage != .live else { return .lower(finding.stage, standing.stage) }
        guard standing.stage == .canary else { return standing.stage }
        // The file's own share was applied before: a canary finding is in it. What was agreed to may be less.
        let percent = standing.percent ?? (finding.stage == .live ? RuleStanding.usualPercent : 100)
        return CanaryShare.includes(rule: finding.rule.id, event: event, percent: percent) ? .canary : .shadow
    }

    /// Counts a decision whose destructive effects are about to be carried out; the reason when it must be held instead, because one
    /// of its rules has just acted on too large a share of events.
    package func acts(_ rules: [RuleKey], on road: RuleTally.Road) -> String? {
        guard isKept else { return nil }
        return view.withLock { view in
            let now = now()
            var reason: String?
            for key in rules {
                guard let count = view.tally.acts(key, on: road, at: now) else { continue }
                let atMost = view.rules[key]?.atMost
                guard terms.isTooMuch(acted: count.acted, of: count.seen, atMost: atMost) else { continue }
                let trip = Trip(
                    key: key,
                    reason:
                        "it acted on \(count.acted) of \(count.seen) events in \(terms.windowMinutes) min; at most \(RuleState.percent(atMost ?? terms.share)) (of \(terms.events) events or more) is allowed"
                )
                if view.state.stop(of: key) == nil {
                    view.trips.append(trip)
                    Self.hold(trip, at: now, in: &view.state)
                    view.standings[key]?.stop = view.state.stop(of: key)
                }
                reason = "rule \(key.rule) is stopped: \(trip.reason)"
            }
            let minute = RuleTally.minute(now)
            for key in rules { view.counts.add(reason == nil ? .init(acted: 1) : .init(held: 1), to: key, minute: minute) }
            return reason
        }
    }

    /// Counts a decision that waits for a person.
    package func holds(_ rules: [RuleKey]) {
        guard isKept else { return }
        view.withLock { view in
            let minute = RuleTally.minute(now())
            for key in rules { view.counts.add(.init(held: 1), to: key, minute: minute) }
        }
    }

    private static func hold(_ trip: Trip, at now: Date, in state: inout RuleState) {
        state.stops.append(RuleStop(id: "", key: trip.key, at: now, cause: .share, reason: trip.reason))
    }
}
