// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

package import struct Foundation.Date

extension BacktestOutcome {
    /// Canonical JSON with a line end. The time of the run is not in it, so the same input gives the same bytes.
    package var json: [UInt8] {
        let byKind = Dictionary(eventsByKind.map { ($0.kind.rawValue, CanonicalJSON.int($0.count)) }, uniquingKeysWith: { $1 })
        let fields: [String: CanonicalJSON] = [
            "report": .string(kind.rawValue), "policies": policies.map { .string($0) } ?? .null, "events": .int(events),
            "events_by_kind": .object(byKind), "duplicates": .int(duplicates), "from": .time(from), "until": .time(until),
            "judged": .object(["violation": .int(violations), "no_violation": .int(noViolations)]),
            "destructive": .object(["newly": .int(newlyActing), "same": .int(same), "lost": .int(lost)]),
            "stop": .object(["minutes": .int(stopMinutes), "events": .int(stopEvents)]), "rules": .array(rules.map(\.json)),
        ]
        return CanonicalJSON.object(fields).bytes + [UInt8(ascii: "\n")]
    }

    /// What is recorded of one rule, to rest a promotion on; nil when the rule is not in the outcome.
    /// - Parameter by: who ran it.
    package func report(for rule: String, id: String, at: Date, by: String) -> BacktestReport? {
        guard let outcome = rules.first(where: { $0.key.rule == rule }) else { return nil }
        return BacktestReport(
            id: id, key: outcome.key, at: at, by: by, events: outcome.events, from: from, until: until, numbers: outcome.numbers,
            hash: hash)
    }
}

extension BacktestOutcome.RuleOutcome {
    /// By the names that they have in records.
    package var numbers: [String: Double] {
        var numbers: [String: Double] = [
            "events": Double(events), "fired": Double(fired), "destructive": Double(destructive), "unknown": Double(unknown),
            "warming": Double(warming), "newly_acting": Double(newlyActing), "newly_fired": Double(newlyFired),
            "same": Double(same), "lost": Double(lost), "undecided": Double(undecided), "confirmed": Double(precision.hits),
            "rejected": Double(precision.of - precision.hits), "missed": Double(recall.of - recall.hits),
            "spaces": Double(spaces), "actors": Double(actors), "largest_share": largestShare?.share ?? 0,
            "would_stop": stop == nil ? 0 : 1,
        ]
        for (name, share) in [("precision", precision), ("recall", recall), ("agreement", agreement)] {
            guard let value = share.value else { continue }
            numbers[name] = value
            (numbers[name + "_lower"], numbers[name + "_upper"]) = (share.interval.lower, share.interval.upper)
        }
        for (kind, count) in effects { numbers["acts.\(kind.rawValue)"] = Double(count) }
        return numbers
    }

    fileprivate var json: CanonicalJSON {
        let effects = Dictionary(effects.map { ($0.kind.rawValue, CanonicalJSON.int($0.count)) }, uniquingKeysWith: { $1 })
        return .object([
            "rule": .string(key.rule), "version": .string(key.version), "policy": .string(policy),
            "stage": .string(stage.rawValue),
            "kinds": .array(kinds.map(\.rawValue).sorted().map { .string($0) }), "is_destructive": .bool(isDestructive),
            "events": .int(events), "fired": .int(fired), "destructive": .int(destructive), "effects": .object(effects),
            "unknown": .int(unknown), "warming": .int(warming),
            "reasons": .array(reasons.map { .object(["why": .string($0.why), "count": .int($0.count)]) }),
            "newly_acting": .int(newlyActing), "newly_fired": .int(newlyFired), "same": .int(same), "lost": .int(lost),
            "undecided": .int(undecided), "precision": precision.json, "recall": recall.json, "agreement": agreement.json,
            "judged_unknown": .int(judgedUnknown), "spaces": .int(spaces), "actors": .int(actors), "at_most": .double(atMost),
            "largest_share": largestShare.map(\.json) ?? .null, "stop": stop.map(\.json) ?? .null,
            "busiest_hour": busiestHour.map { .object(["start": .time($0.start), "fired": .int($0.fired)]) } ?? .null,
            "days": .array(days.map(\.json)), "new_examples": .array(newExamples.map(\.json)),
            "lost_examples": .array(lostExamples.map(\.json)),
        ])
    }
}

extension BacktestOutcome.Share {
    fileprivate var json: CanonicalJSON {
        guard let value else { return .object(["hits": .int(hits), "of": .int(of)]) }
        return .object([
            "hits": .int(hits), "of": .int(of), "share": .double(value), "lower": .double(interval.lower),
            "upper": .double(interval.upper),
        ])
    }
}

extension BacktestOutcome.Peak {
    fileprivate var json: CanonicalJSON {
        .object(["acted": .int(acted), "seen": .int(seen), "share": .double(share), "at": .time(at)])
    }
}

extension BacktestOutcome.Day {
    fileprivate var json: CanonicalJSON {
        .object([
            "day": .string(DayText.date(day)), "events": .int(events), "fired": .int(fired), "newly_acting": .int(newlyActing),
            "unknown": .int(unknown),
        ])
    }
}

extension BacktestOutcome.Example {
    fileprivate var json: CanonicalJSON { .object(["platform": .string(platform.rawValue), "event": .string(id.rawValue)]) }
}

extension CanonicalJSON {
    fileprivate static func time(_ date: Date?) -> CanonicalJSON { date.map { .string(DayText.time($0)) } ?? .null }
}
