// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Policies

/// Midnight of 2026-01-01.
private let midnight = 1_767_225_600.0

/// A recorded event, by what it is about.
func record(
    _ id: String, at seconds: Double = 0, by actor: String = "a", in space: String = "s", text: String? = nil, age: Double? = nil,
    media: [Media] = [], signals: [Signal] = [], labels: [String] = [], findings: [RecordedEvent.Finding] = []
) throws -> RecordedEvent {
    let now = Date(timeIntervalSince1970: midnight + seconds)
    let event = Event(
        platform: "test", id: EventID(id), kind: .messagePosted, at: now, receivedAt: now,
        space: Space(id: SpaceID(space), privacy: .public),
        actor: Actor(id: ActorID(actor), createdAt: age.map { now.addingTimeInterval(-$0) }),
        item: Item(id: "i", text: text, media: media))
    return RecordedEvent(
        try #require(PublicEvent(event, whileSpaceIs: .public)), signals: signals, actorLabels: labels, findings: findings)
}

func finding(
    _ rule: String, _ stage: RuleFinding.Stage = .live, _ effects: [EffectKind] = [.review], version: String = "old",
    restrained: Bool = false
) -> RecordedEvent.Finding {
    RecordedEvent.Finding(
        key: RuleKey(rule: rule, version: version), stage: stage, result: .fired, effects: effects, isRestrained: restrained)
}

/// A policy of rules that look at messages.
private func policies(_ rules: [(id: String, when: String, then: String)], state: String = "", more: String = "") throws
    -> PolicySet
{
    var lines = [
        "policy: sample", "owner: someone", "clauses:", "  c.1: { en: \"A rule.\", ko: \"규칙.\" }", "state:", "  signals:",
    ]
    lines += ["    copy: { kind: pdq, bank: confirmed }", "    model: { kind: model, model: m }", state, "rules:"]
    for rule in rules {
        lines += [
            "  - id: \(rule.id)", "    stage: draft", "    events: [message.posted]", "    when: \(rule.when)",
            "    then: [ \(rule.then) ]", "    unknown: skip", more,
        ]
    }
    return try PolicySet.load(files: [("p.yaml", lines.filter { !$0.isEmpty }.joined(separator: "\n"))])
}

private let removes = "{ preserve: {} }, { remove: { clause: c.1 } }"
private let reviews = "{ review: { clause: c.1 } }"
private let picture = [Media(id: "m", type: "image/png")]

private func run(
    _ set: PolicySet, _ events: [(RecordedEvent, Judgement?)], only: Set<String>? = nil, against: PolicySet? = nil,
    stop: StopTerms = StopTerms()
) -> BacktestOutcome {
    var backtest = Backtest(
        Backtest.Side(set) { _ in [] }, only: only, against: against.map { Backtest.Side($0) { _ in [] } }, stop: stop)
    for (event, judged) in events { backtest.take(event, judged: judged) }
    return backtest.finish()
}

@Suite("A back-test")
struct BacktestTests {
    @Test("tells what is new, the same and lost, and how far people agree")
    func compared() throws {
        let set = try policies([("r.word", "text.contains(\"word\")", reviews)])
        let outcome = run(
            set,
            [
                (try record("same", text: "a word", findings: [finding("r.word")]), .violation),
                (try record("new", text: "word", findings: [finding("r.word", .shadow)]), .violation),
                (try record("wrong", by: "b", text: "word"), .noViolation),
                (try record("lost", text: "else", findings: [finding("r.word")]), .noViolation),
                (try record("missed", text: "else"), .violation),
                (try record("other", text: "else", findings: [finding("r.other")]), nil),
            ])
        let rule = try #require(outcome.rules.first)
        #expect(outcome.rules.count == 1)
        #expect(rule.key == RuleKey(set.rules[0].reference))
        #expect((rule.events, rule.fired, rule.spaces, rule.actors) == (6, 3, 1, 2))
        #expect((rule.newlyFired, rule.same, rule.lost, rule.undecided) == (2, 1, 1, 0))
        #expect(rule.newExamples.map(\.id) == ["new", "wrong"])
        #expect(rule.lostExamples.map(\.id) == ["lost"])
        #expect(rule.precision == BacktestOutcome.Share(2, of: 3))
        #expect(rule.recall == BacktestOutcome.Share(2, of: 3))
        #expect(rule.agreement == BacktestOutcome.Share(3, of: 5))
        #expect(rule.effects.map(\.kind) == [.review])
        #expect((outcome.violations, outcome.noViolations) == (3, 2))
        // Wilson's interval for 2 of 3, as tables have it.
        #expect(abs(rule.precision.interval.lower - 0.2077) < 0.0001 && abs(rule.precision.interval.upper - 0.9385) < 0.0001)
        #expect(outcome.text.contains("precision      66.667% (20.766% to 93.851%): 2 of 3"))
        let report = try #require(outcome.report(for: "r.word", id: "b-1", at: Date(timeIntervalSince1970: 0), by: "hana"))
        #expect(report.hash == outcome.hash)
        #expect(report.key == rule.key)
        #expect((report.events, report.numbers["newly_fired"], report.numbers["lost"]) == (6, 2, 1))
        #expect(outcome.report(for: "r.none", id: "b-1", at: Date(timeIntervalSince1970: 0), by: "hana") == nil)
    }

    @Test("tells where something destructive would be done newly, and where only a person could decide")
    func destructive() throws {
        let set = try policies([("r.copy", "copy.matched", removes)])
        let claimed = copy(.matched([Match(bank: "confirmed", trust: .claimed, distance: 0, entry: "f")]))
        let outcome = run(
            set,
            [
                (try record("new", media: picture, signals: [copy(verified)], findings: [finding("r.x")]), nil),
                (
                    try record(
                        "held", media: picture, signals: [copy(verified)],
                        findings: [finding("r.x", .live, [.remove], restrained: true)]), nil
                ),
                (
                    try record("known", media: picture, signals: [copy(verified)], findings: [finding("r.x", .live, [.remove])]),
                    nil
                ),
                (try record("asks", media: picture, signals: [claimed]), nil),
                (try record("gone", media: picture, signals: [copy(.absent)], findings: [finding("r.x", .canary, [.ban])]), nil),
            ])
        let rule = try #require(outcome.rules.first)
        #expect((rule.fired, rule.destructive, rule.newlyActing, rule.newlyFired) == (4, 3, 2, 4))
        #expect(rule.newExamples.map(\.id) == ["new", "held", "asks"])
        #expect(rule.effects.map { "\($0.kind) \($0.count)" } == ["preserve 4", "remove 3", "review 1"])
        #expect((outcome.newlyActing, outcome.same, outcome.lost) == (2, 1, 1))
    }

    @Test("counts apart what it cannot tell: signals that were not recorded, counters that are warming, conditions that fail")
    func unknown() throws {
        let counters = "  counters:\n    posts: { events: [message.posted], key: [actor.id], window: 10m }"
        let set = try policies(
            [
                ("r.copy", "copy.matched", reviews), ("r.model", "text == \"ask\" && model.matched", reviews),
                ("r.posts", "posts >= 2", reviews), ("r.number", "int(text) > 3", reviews),
            ], state: counters)
        var events = try (0..<4).map {
            (try record("e\($0)", at: Double($0) * 60, text: "ask", findings: [finding("r.posts")]), nil as Judgement?)
        }
        events.append((try record("media", at: 300, text: "4", media: picture), .violation))
        events.append((try record("late", at: 601, text: "5"), nil))
        let outcome = run(set, events)
        let rules = Dictionary(outcome.rules.map { ($0.key.rule, $0) }, uniquingKeysWith: { $1 })
        // Without media there is no match, whatever was recorded.
        #expect((rules["r.copy"]?.unknown, rules["r.copy"]?.fired) == (1, 0))
        #expect(rules["r.copy"]?.reasons.map(\.why) == ["signal 'copy': was not recorded"])
        #expect(rules["r.copy"]?.recall.of == 0)
        #expect(rules["r.copy"]?.judgedUnknown == 1)
        #expect((rules["r.model"]?.unknown, rules["r.model"]?.fired) == (4, 0))
        let posts = try #require(rules["r.posts"])
        #expect((posts.unknown, posts.warming, posts.fired, posts.undecided, posts.lost) == (5, 5, 1, 4, 0))
        #expect(posts.reasons.isEmpty)
        #expect(rules["r.number"]?.reasons.map { "\($0.count) \($0.why)" } == ["4 the condition failed: badConversion"])
        #expect(outcome.text.contains("cannot tell    5 times: 5 while counters are warming"))
        #expect(!outcome.text.contains("ask"))
    }

    @Test("counters hold the events before, once each, in their window of event time, and never the event that asks")
    func counters() throws {
        let counters = "  counters:\n    posts: { events: [message.posted], key: [actor.id], window: 10m, warming: count }"
        let set = try policies([("r.posts", "posts == 2", reviews)], state: counters)
        var events = try [("a", 0.0), ("b", 10), ("a", 10), ("c", 20), ("d", 30), ("e", 605), ("f", 2_000)].map {
            (try record($0.0, at: $0.1), nil as Judgement?)
        }
        events.append((try record("g", at: 25), nil))
        let outcome = run(set, events)
        // c sees a and b; e sees b, c and d, since a is over; g came late, and sees a, b and c, but not what happened after it.
        #expect(outcome.duplicates == 1)
        #expect(outcome.events == 7)
        #expect(outcome.rules.first?.newExamples.map(\.id) == ["c"])
        #expect(outcome.rules.first?.fired == 1)
    }

    @Test("says when the emergency stop would have tripped")
    func stop() throws {
        var terms = StopTerms()
        (terms.events, terms.windowMinutes) = (20, 10)
        let set = try policies(
            [("r.copy", "copy.matched", removes), ("r.word", "text == \"no\"", removes)], more: "    at_most: 10%")
        // One a minute of ten events: a tenth. Then several in one minute.
        var events: [(RecordedEvent, Judgement?)] = []
        for minute in 0..<30 {
            for part in 0..<10 {
                let hit = part == 9 || minute == 20 && part < 5
                events.append(
                    (
                        try record(
                            "e\(minute).\(part)", at: Double(minute) * 60 + Double(part), media: picture,
                            signals: [copy(hit ? verified : .absent)]), nil
                    ))
            }
        }
        let outcome = run(set, events, stop: terms)
        let rule = try #require(outcome.rules.first)
        let stop = try #require(rule.stop)
        // In minutes 11 to 19 there are 9 of 90: with the first hit of minute 20 it is 10 of 91.
        #expect((stop.acted, stop.seen) == (10, 91))
        #expect(stop.at == Date(timeIntervalSince1970: midnight + 1_200))
        #expect(outcome.text.contains("the emergency stop would have tripped: 10 of 91 events until 2026-01-01T00:20:00Z"))
        #expect(outcome.rules.last?.stop == nil)
        #expect(outcome.rules.last?.largestShare == nil)
    }

    @Test("watches the share as the server does", arguments: 0..<4)
    func sameAsTally(round: UInt64) throws {
        var random = SeededGenerator(seed: 0x7A11 + round)
        var terms = StopTerms()
        (terms.events, terms.windowMinutes) = (10, 5)
        let key = RuleKey(rule: "r", version: "1")
        var tally = RuleTally(windowMinutes: 5)
        var seen = SeenWindow(minutes: 5)
        var watch = ShareWatch()
        var trip: (Int, Int)?
        var time = Date(timeIntervalSince1970: midnight)
        tally.watch([(key, time, [.messagePosted])], at: time)
        for number in 0..<400 {
            time += Double(Int.random(in: 0...40, using: &random))
            var event = try record("e\(number)").event
            (event.at, event.receivedAt) = (time, time)
            if Bool.random(using: &random) { event.kind = .messageEdited }
            let moment = Moment(event, judged: nil)
            tally.saw(event.kind, on: .queue, at: time)
            seen.saw(moment)
            guard event.kind == .messagePosted, Int.random(in: 0..<8, using: &random) == 0 else { continue }
            watch.acts(moment, seen, kinds: [.messagePosted], atMost: 0.2, terms)
            let acted = tally.acts(key, on: .queue, at: time)
            let count = try #require(acted)
            if trip == nil, terms.isTooMuch(acted: count.acted, of: count.seen, atMost: 0.2) { trip = (count.acted, count.seen) }
        }
        #expect(watch.firstTrip?.acted == trip?.0, "seed \(round)")
        #expect(watch.firstTrip?.seen == trip?.1, "seed \(round)")
    }

    @Test("takes drafts, shadows and canaries as live for every event, and retired rules where they are named")
    func stages() throws {
        let text = ["draft", "shadow", "canary", "live", "retired"].map { stage in
            "  - id: r.\(stage)\n    stage: \(stage)\(stage == "canary" ? "\n    percent: 1" : "")\n    events: [message.posted]\n    when: text == \"x\"\n    then: [ \(reviews) ]\n    unknown: skip"
        }
        let set = try PolicySet.load(files: [
            (
                "p.yaml",
                "policy: p\nowner: o\nclauses:\n  c.1: { en: \"A.\", ko: \"가.\" }\nrules:\n" + text.joined(separator: "\n")
            )
        ])
        let events = try (0..<10).map { (try record("e\($0)", text: "x"), nil as Judgement?) }
        let all = run(set, events)
        #expect(
            all.rules.map { "\($0.key.rule) \($0.stage.rawValue) \($0.fired)" } == [
                "r.canary canary 10", "r.draft draft 10", "r.live live 10", "r.shadow shadow 10",
            ])
        #expect(run(set, events, only: ["r.retired"]).rules.map { "\($0.key.rule) \($0.fired)" } == ["r.retired 10"])
        #expect(run(set, [], only: ["r.draft"]).rules.map(\.fired) == [0])
    }

    @Test("against another set, compares with what that says of the same events")
    func against() throws {
        let old = try policies([("r.word", "text.contains(\"old\")", reviews)])
        let new = try policies([("r.word", "text.contains(\"new\")", reviews)])
        let outcome = run(
            new,
            [
                (try record("both", text: "old new"), nil), (try record("new", text: "new", findings: [finding("r.word")]), nil),
                (try record("old", text: "old"), nil),
            ], against: old)
        let rule = try #require(outcome.rules.first)
        #expect((rule.newlyFired, rule.same, rule.lost) == (1, 1, 1))
        #expect(rule.newExamples.map(\.id) == ["new"])
        #expect(rule.lostExamples.map(\.id) == ["old"])
    }

    @Test("tells days and the busiest hour by event time, and leaves out what a rule does not see after its end")
    func days() throws {
        let set = try policies([("r.word", "text == \"x\"", reviews)], more: "    expires: 2026-01-03")
        let hours: [Double] = [1, 1.5, 23, 25, 26, 47.9, 48]
        let outcome = run(set, try hours.map { (try record("e\($0)", at: $0 * 3_600, text: "x"), nil) })
        let rule = try #require(outcome.rules.first)
        #expect(rule.days.map { "\($0.day - 20_454) \($0.fired)/\($0.events)" } == ["0 3/3", "1 3/3", "2 0/0"])
        #expect((rule.events, rule.fired, outcome.events) == (6, 6, 7))
        #expect(rule.busiestHour?.start == Date(timeIntervalSince1970: midnight + 3_600))
        #expect(rule.busiestHour?.fired == 2)
        #expect(outcome.text.contains("2026-01-02     fires 3 of 3"))
    }

    @Test("labels are those of the day")
    func labels() throws {
        let set = try policies(
            [("r.label", "'!(\"trusted\" in actor.labels)'", reviews)], state: "  labels: { trusted: { on: actor } }")
        let outcome = run(set, [(try record("e1", labels: ["trusted"]), nil), (try record("e2"), nil)])
        #expect(outcome.rules.first?.newExamples.map(\.id) == ["e2"])
    }

    @Test("of nothing says so")
    func nothing() throws {
        let outcome = run(try policies([("r.word", "text == \"x\"", reviews)]), [])
        #expect(outcome.text.hasPrefix("back-test of 1 rules over 0 events\npeople have judged none of them\n"))
        #expect(outcome.from == nil)
    }
}

@Suite("A report on shadows")
struct ShadowReportTests {
    @Test("tells what versions said that did not act, from what was recorded")
    func recorded() throws {
        let set = try policies([("r.word", "text == \"x\"", reviews)])
        var report = ShadowReport(set)
        let unknown = RecordedEvent.Finding(
            key: RuleKey(rule: "r.word", version: "new"), stage: .shadow,
            result: .unknown("counter 'posts' is warming until 2026-01-02T00:00:00Z"), effects: [])
        report.take(try record("e1", findings: [finding("r.word", .shadow, version: "new")]), judged: .violation)
        report.take(try record("e1", findings: [finding("r.word", .shadow, version: "new")]))
        report.take(
            try record("e2", findings: [finding("r.word", .live, version: "old"), finding("r.word", .shadow, version: "new")]))
        report.take(try record("e3", findings: [unknown, finding("r.copy", .canary, [.remove])]))
        report.take(try record("e4", at: 90_000), judged: .violation)
        let outcome = report.finish()
        #expect(outcome.rules.map(\.key.description) == ["r.copy@old", "r.word@new"])
        let rule = try #require(outcome.rules.last)
        #expect((rule.events, rule.fired, rule.unknown, rule.warming, rule.newlyFired, rule.same) == (4, 2, 1, 1, 1, 1))
        #expect(rule.recall == BacktestOutcome.Share(1, of: 2))
        #expect(outcome.rules.first?.destructive == 1)
        #expect(outcome.duplicates == 1)
        #expect(outcome.text.hasPrefix("what 2 versions of rules said as shadows of 4 events\n"))

        var one = ShadowReport(set, only: ["r.word"], version: "other")
        one.take(try record("e1", findings: [finding("r.word", .shadow, version: "new")]))
        #expect(one.finish().rules.isEmpty)
    }
}

@Suite("Texts of outcomes")
struct CanonicalTests {
    @Test("days are those of the calendar", arguments: [0, 1, 58, 59, 60, 11_016, 11_017, 20_454, -1, -100_000, 47_482])
    func days(day: Int) {
        let date = Date(timeIntervalSince1970: Double(day) * 86_400)
        #expect(DayText.time(date) == date.ISO8601Format())
    }

    @Test("JSON has its keys in order, no blanks, and numbers in their shortest form")
    func json() {
        let value = CanonicalJSON.object([
            "b": .array([1, .null, .bool(true)]), "a": .double(0.125), "é\"\n": .double(-2), "z": .double(1.0 / 3),
            "y": .double(0),
        ])
        let text = String(decoding: value.bytes, as: UTF8.self)
        #expect(text == "{\"a\":0.125,\"b\":[1,null,true],\"y\":0,\"z\":0.333333,\"é\\\"\\u000a\":-2}")
    }
}
