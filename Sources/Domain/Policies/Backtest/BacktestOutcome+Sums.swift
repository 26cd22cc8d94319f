// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

extension BacktestOutcome {
    init(_ set: SetRun, _ runs: [RuleRun], kind: Kind, policies: String?, terms: StopTerms) {
        self.kind = kind
        self.policies = policies
        let totals = set.totals
        events = totals.events.reduce(0, +)
        eventsByKind = EventKind.allCases.map { ($0, totals.events[$0.ordinal]) }.filter { $0.1 > 0 }
        duplicates = set.duplicates
        from = set.from.map { Date(milliseconds: $0) }
        until = set.until.map { Date(milliseconds: $0) }
        violations = totals.violations.reduce(0, +)
        noViolations = totals.noViolations.reduce(0, +)
        (newlyActing, same, lost) = (set.newlyActing, set.same, set.lost)
        (stopMinutes, stopEvents) = (terms.windowMinutes, terms.events)
        rules = runs.map { RuleOutcome($0, totals, terms) }
            .sorted { ($0.key.rule, $0.key.version) < ($1.key.rule, $1.key.version) }
    }
}

extension BacktestOutcome.RuleOutcome {
    /// How many of the reasons and of the days' busiest are told.
    private static let mostReasons = 5

    init(_ run: RuleRun, _ totals: EventTotals, _ terms: StopTerms) {
        typealias Outcome = BacktestOutcome
        (key, policy, stage, kinds, isDestructive) = (run.key, run.policy, run.stage, run.kinds, run.isDestructive)
        events = totals.events.sum(of: kinds) - run.over.events.sum(of: kinds)
        (fired, destructive, unknown, warming) = (run.fired, run.destroys, run.unknown, run.warming)
        effects = run.effects.map { ($0.key, $0.value) }
            .sorted { ($1.count, $0.kind.rawValue) < ($0.count, $1.kind.rawValue) }
        let ordered = run.reasons.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        reasons = ordered.prefix(Self.mostReasons).map { ($0.0, $0.1) }
        (newlyActing, newlyFired, same, lost, undecided) = (run.newlyActing, run.newlyFired, run.same, run.lost, run.undecided)

        let violations = totals.violations.sum(of: kinds) - run.over.violations.sum(of: kinds) - run.unknownViolations
        let noViolations = totals.noViolations.sum(of: kinds) - run.over.noViolations.sum(of: kinds) - run.unknownNoViolations
        precision = Outcome.Share(run.confirmed, of: run.confirmed + run.rejected)
        recall = Outcome.Share(run.confirmed, of: violations)
        agreement = Outcome.Share(run.confirmed + noViolations - run.rejected, of: violations + noViolations)
        judgedUnknown = run.unknownViolations + run.unknownNoViolations

        (spaces, actors) = (run.spaces.count, run.actors.count)
        largestShare = run.share.largest.map { Outcome.Peak($0) }
        stop = run.isDestructive ? run.share.firstTrip.map { Outcome.Peak($0) } : nil
        atMost = run.atMost ?? terms.share
        // The earliest of the busiest.
        busiestHour = run.hours.min { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { (Date(milliseconds: Int64($0.key) * 3_600_000), $0.value) }
        let over = Dictionary(run.over.days.map { ($0.day, $0.events) }, uniquingKeysWith: { first, _ in first })
        days = totals.days.sorted { $0.day < $1.day }.map { day in
            let found = run.days[day.day] ?? RuleRun.Day()
            return Outcome.Day(
                day: day.day, events: day.events.sum(of: run.kinds) - (over[day.day]?.sum(of: run.kinds) ?? 0),
                fired: found.fired,
                newlyActing: found.newlyActing, unknown: found.unknown)
        }
        newExamples = run.newExamples.map { Outcome.Example(platform: $0.platform, id: $0.id) }
        lostExamples = run.lostExamples.map { Outcome.Example(platform: $0.platform, id: $0.id) }
    }
}

extension BacktestOutcome.Peak {
    fileprivate init(_ peak: ShareWatch.Peak) {
        self.init(acted: peak.acted, seen: peak.seen, share: peak.share, at: Date(milliseconds: peak.at))
    }
}
