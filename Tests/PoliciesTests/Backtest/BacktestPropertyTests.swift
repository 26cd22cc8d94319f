// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Policies

@Suite("A back-test says what judging one event after the other says")
struct BacktestPropertyTests {
    /// An event with everything that belongs to it.
    private struct Given {
        var event: PublicEvent
        var noticed: [Signal]
        var recorded: RecordedEvent
        var judged: Judgement?
    }

    /// What is counted of one rule, by going through the findings.
    private struct Expected: Hashable {
        var fired = 0
        var unknown = 0
        var warming = 0
        var newlyFired = 0
        var same = 0
        var lost = 0
        var undecided = 0
        var confirmed = 0
        var rejected = 0
        var actors: Set<ActorID> = []
    }

    @Test("with random rules and events, and counters counted from the list of all events before", arguments: 0..<4)
    func equal(round: UInt64) throws {
        var random = SeededGenerator(seed: 0xBAC7 + round)
        let text = RandomRules.policy(rules: 25, &random)
        let set = try PolicySet.load(files: [("random.yaml", text)])
        let live = text.replacing("stage: draft", with: "stage: live").replacing("stage: shadow", with: "stage: live")
        let plain = try PolicySet.load(files: [("random.yaml", live)])
        let given = try events(300, of: set, &random)

        var noticed: [EventID: [Signal]] = [:]
        for one in given { noticed[one.event.event.id] = one.noticed }
        var backtest = Backtest(Backtest.Side(set) { [noticed] in noticed[$0.event.id] ?? [] })
        for one in given { backtest.take(one.recorded, judged: one.judged) }
        let outcome = backtest.finish()

        let expected = judgeOneByOne(given, plain)
        #expect(outcome.rules.count == 25)
        var total = Expected()
        for rule in outcome.rules {
            let found = Expected(
                fired: rule.fired, unknown: rule.unknown, warming: rule.warming, newlyFired: rule.newlyFired, same: rule.same,
                lost: rule.lost, undecided: rule.undecided, confirmed: rule.precision.hits,
                rejected: rule.precision.of - rule.precision.hits)
            var wanted = expected[rule.key.rule] ?? Expected()
            #expect(rule.actors == wanted.actors.count, "seed \(round), \(rule.key)")
            wanted.actors = []
            #expect(found == wanted, "seed \(round), \(rule.key)")
            total.fired += rule.fired
            total.unknown += rule.unknown
            total.warming += rule.warming
            total.lost += rule.lost
        }
        // The comparison means something only where everything happens.
        #expect(min(total.fired, total.unknown, total.lost) > 20 && total.warming > 0, "seed \(round): \(total)")
        #expect(outcome.events == 300)
    }

    private func events(_ count: Int, of set: PolicySet, _ random: inout SeededGenerator) throws -> [Given] {
        var time = 0.0
        return try (0..<count).map { number in
            time += Double(Int.random(in: 0...30_000, using: &random)) / 1_000
            var (event, signals, _) = RandomRules.event(number, &random)
            let age = event.actor.createdAt.map { event.at.timeIntervalSince($0) }
            event.at = event.at.addingTimeInterval(time - Double(Int.random(in: 0...20, using: &random)))
            event.receivedAt = event.at.addingTimeInterval(Double(Int.random(in: -2...5, using: &random)))
            event.actor.createdAt = age.map { event.at.addingTimeInterval(-$0) }
            let findings = set.rules.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }.map { rule in
                RecordedEvent.Finding(
                    key: RuleKey(rule: rule.reference.id, version: "then"),
                    stage: Bool.random(using: &random) ? .live : .shadow,
                    result: Int.random(in: 0..<5, using: &random) == 0 ? .unknown("why") : .fired, effects: [.review])
            }
            let open = try #require(PublicEvent(event, whileSpaceIs: .public))
            let recorded = RecordedEvent(
                open, signals: signals, actorLabels: Bool.random(using: &random) ? ["trusted"] : [],
                spaceLabels: Bool.random(using: &random) ? ["busy"] : [], findings: findings)
            let read = try RecordedEvent(bytes: recorded.bytes)
            return Given(
                event: try #require(PublicEvent(read.event, whileSpaceIs: .public)),
                noticed: signals.filter { $0.kind == .link }, recorded: read,
                judged: [nil, nil, .violation, .noViolation].randomElement(using: &random) ?? nil)
        }
    }

    // MARK: - The plain model

    private func judgeOneByOne(_ given: [Given], _ set: PolicySet) -> [String: Expected] {
        var expected: [String: Expected] = [:]
        for (place, one) in given.enumerated() {
            let signals = signals(one, set)
            let state = state(given, place)
            let findings = set.decide(one.event, given: signals, state: state)
            let then = Set(one.recorded.findings.filter { $0.stage == .live && $0.result == .fired }.map(\.key.rule))
            for finding in findings {
                let rule = finding.rule.id
                switch finding.result {
                case .fired:
                    expected[rule, default: Expected()].fired += 1
                    expected[rule, default: Expected()].actors.insert(one.event.event.actor.id)
                    if then.contains(rule) { expected[rule]?.same += 1 } else { expected[rule]?.newlyFired += 1 }
                    if one.judged == .violation { expected[rule]?.confirmed += 1 }
                    if one.judged == .noViolation { expected[rule]?.rejected += 1 }
                case .unknown(let why, _):
                    expected[rule, default: Expected()].unknown += 1
                    if why.hasPrefix("counter 'posts' is warming"), !why.contains("; ") { expected[rule]?.warming += 1 }
                    if then.contains(rule) { expected[rule]?.undecided += 1 }
                case .notFired: break
                }
            }
            for rule in then where !findings.contains(where: { $0.rule.id == rule }) {
                expected[rule, default: Expected()].lost += 1
            }
        }
        return expected
    }

    /// As a server has them, but for what was not recorded.
    private func signals(_ one: Given, _ set: PolicySet) -> [Signal] {
        let hasMedia = one.event.event.item.map { !$0.media.isEmpty } ?? false
        return one.noticed
            + set.signals.map { declared in
                one.recorded.signals.first { $0.name == declared.name }
                    ?? Signal(
                        name: declared.name, kind: declared.kind,
                        state: hasMedia || declared.kind == .model ? .unknown("was not recorded") : .absent, version: "")
            }
    }

    private func state(_ given: [Given], _ place: Int) -> StateReadings {
        let now = given[place].event.event
        let time = counted(now)
        let begun = counted(given[0].event.event)
        func reading(_ name: String, _ value: Int, window: Double) -> CounterReading {
            let full = begun.addingTimeInterval(window)
            return CounterReading(name: name, value: Int64(value), quality: full > time ? .warming(full: full) : .exact)
        }
        func inWindow(_ window: Double) -> [Given] {
            given[..<place].filter { one in
                one.event.event.kind == .messagePosted && counted(one.event.event) > time.addingTimeInterval(-window)
                    && counted(one.event.event) <= time
            }
        }
        var state = StateReadings.none
        let posts = inWindow(600).count { $0.event.event.actor.id == now.actor.id }
        state.counters["posts"] = reading("posts", posts, window: 600)
        if let keys = links(given[place]) {
            let most = keys.map { key in inWindow(3_600).count { links($0)?.contains(key) ?? false } }.max() ?? 0
            state.counters["links_seen"] = reading("links_seen", most, window: 3_600)
        } else {
            let why = CounterReading.Quality.unknown("signal 'links' was not computed")
            state.counters["links_seen"] = CounterReading(name: "links_seen", value: 0, quality: why)
        }
        func label(_ name: String, _ subject: LabelSubject) -> Label {
            Label(name: name, subject: subject, by: .rules([]), reason: "", at: now.at)
        }
        state.actorLabels = given[place].recorded.actorLabels.map { label($0, .actor(now.platform, now.actor.id)) }
        state.spaceLabels = given[place].recorded.spaceLabels.map { label($0, .space(now.platform, now.space.id)) }
        return state
    }

    private func counted(_ event: Event) -> Date { min(event.at, event.receivedAt) }

    /// Nil when they are not known.
    private func links(_ one: Given) -> Set<String>? {
        guard let signal = one.noticed.first else { return one.event.event.item?.text == nil ? [] : nil }
        return Set(signal.matches.map(\.entry))
    }

    // MARK: - The same again

    @Test("and the same events in the same order give the same bytes")
    func sameTwice() throws {
        var random = SeededGenerator(seed: 77)
        let set = try PolicySet.load(files: [("random.yaml", RandomRules.policy(rules: 40, &random))])
        let given = try events(200, of: set, &random)
        func run() throws -> BacktestOutcome {
            let noticed = Dictionary(given.map { ($0.event.event.id, $0.noticed) }, uniquingKeysWith: { $1 })
            var backtest = Backtest(Backtest.Side(set) { noticed[$0.event.id] ?? [] })
            for one in given { backtest.take(try RecordedEvent(bytes: one.recorded.bytes), judged: one.judged) }
            return backtest.finish()
        }
        let (first, second) = (try run(), try run())
        #expect(first.json == second.json)
        #expect(first.text == second.text)
        #expect(first.hash == second.hash)
        #expect(try JSONSerialization.jsonObject(with: Data(first.json)) is [String: Any])
    }
}
