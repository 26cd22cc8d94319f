// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Policies

/// Deciding: what one event costs with many rules, where none fires and where some do, beside the plain loop.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Measure how long the rules take for one event, in processor time of one core.")

    @Option(help: "How many rules: a third look for three texts each, a third at signals and links, a third at age and counters.")
    var rules: [Int] = [300, 3_000]

    @Option(help: "Times that each measurement is taken; the median is told.")
    var repeats = 15

    @Flag(help: "Leave the plain loop out.") var withoutPlain = false

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        for count in rules { try measure(count) }
    }

    private func measure(_ count: Int) throws {
        let before = processSeconds()
        let set = try RuleWorld.policies(count)
        let loading = processSeconds() - before
        let quiet = try (0..<200).map { try RuleWorld.event($0, firing: nil) }
        // One event in a hundred meets one rule.
        let some = try (0..<200).map { try RuleWorld.event($0, firing: $0 % 100 == 0 ? $0 / 100 * 30 : nil) }
        // Every event meets one rule in a hundred.
        let all = try (0..<20).map { try RuleWorld.event($0, firingEvery: 100, of: count) }
        let plain = Array(quiet.prefix(10))
        let kind = quiet[0].event.event.kind
        // Once around, so that frames and caches are as they are in a server.
        _ = microseconds(set, some, fired: 2)
        var results: [(String, any Encodable)] =
            [
                ("rules", count), ("rules for the kind of event", set.rules(for: kind).count),
                ("load and compile, ms", Self.rounded(loading * 1_000)),
                ("no match, µs", microseconds(set, quiet, fired: 0)),
                ("1 event in 100 matches, µs", microseconds(set, some, fired: 2)),
                ("each event matches 1 rule in 100, µs", microseconds(set, all, fired: nil, batch: 100)),
            ]
        if !withoutPlain {
            let time = microseconds(plain, batch: plain.count) {
                set.decidePlainly($0.event, given: $0.signals, state: $0.state).count
            }
            results.append(("plain loop, no match, µs", time))
        }
        report(results, json: json)
    }

    private func microseconds(_ set: PolicySet, _ events: [RuleWorld.Given], fired: Int?, batch: Int = 1_000) -> Double {
        let total = events.reduce(0) { $0 + set.decide($1.event, given: $1.signals, state: $1.state).count }
        precondition(fired.map { $0 == total } ?? (total > 0), "\(total) findings instead of \(fired ?? 1)")
        return microseconds(events, batch: batch) { set.decide($0.event, given: $0.signals, state: $0.state).count }
    }

    /// Median over the repeats of the mean of a batch.
    private func microseconds(_ events: [RuleWorld.Given], batch: Int = 1_000, _ decide: (RuleWorld.Given) -> Int) -> Double {
        var found = 0
        let times = (0..<repeats).map { _ in
            let rounds = max(1, batch / events.count)
            let start = threadSeconds()
            for _ in 0..<rounds {
                for event in events { found += decide(event) }
            }
            return (threadSeconds() - start) / Double(rounds * events.count)
        }
        precondition(found >= 0)
        return Self.rounded(median(times) * 1e6)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// Rules and events of the shape that real ones have.
enum RuleWorld {
    struct Given {
        let event: PublicEvent
        let signals: [Signal]
        let state: StateReadings
    }

    static let signalCount = 8

    static func policies(_ count: Int) throws -> PolicySet {
        var lines = ["policy: bench", "owner: bench", "clauses:", "  c.1: { en: \"A clause.\" }", "state:"]
        lines += ["  labels: { trusted: { on: actor } }", "  signals:"]
        for number in 0..<signalCount { lines.append("    copy_\(number): { kind: pdq, bank: bank-\(number) }") }
        lines.append("  counters:")
        for number in 0..<signalCount {
            lines.append("    posts_\(number): { events: [message.posted], key: [actor.id], window: \(number + 1)m }")
        }
        lines.append("rules:")
        for number in 0..<count {
            // As in a community: most rules look at messages, a few at pictures.
            let events =
                number % 10 < 7 ? "message.posted, message.edited" : number % 10 < 9 ? "message.posted" : "space.picture.changed"
            lines += [
                "  - id: r.\(number)", "    stage: live", "    events: [\(events)]", "    when: |", "      \(condition(number))",
                "    then: [ { review: { clause: c.1 } } ]",
            ]
        }
        return try PolicySet.load(files: [("bench.yaml", lines.joined(separator: "\n"))])
    }

    private static func condition(_ number: Int) -> String {
        let signal = "copy_\(number / 3 % signalCount)"
        switch number % 3 {
        case 0:
            return (0..<3).map { "text.contains(\"\(phrase(number, $0))\")" }.joined(separator: " || ")
        case 1:
            return """
                (\(signal).matched && \(signal).trust == "verified" && \(signal).distance <= \(number % 31) || links.exists(l, \
                l == "https://host-\(number).example/offer")) && !("trusted" in actor.labels)
                """
        default:
            return
                "event.kind == \"message.posted\" && actor.age < duration(\"24h\") && posts_\(number / 3 % signalCount) >= \(20 + number % 40)"
        }
    }

    private static func phrase(_ number: Int, _ part: Int) -> String { "offer \(number) of part \(part) today" }

    static func event(_ number: Int, firing rule: Int?) throws -> Given {
        try event(number, saying: rule.map { phrase($0 / 3 * 3, 1) } ?? "")
    }

    /// An event that one in `step` rules fires on.
    static func event(_ number: Int, firingEvery step: Int, of count: Int) throws -> Given {
        let phrases = stride(from: 0, to: count, by: step).map { phrase($0 / 3 * 3, 2) }
        return try event(number, saying: phrases.joined(separator: " "))
    }

    private static func event(_ number: Int, saying phrase: String) throws -> Given {
        let now = Date(timeIntervalSince1970: 1_767_225_600 + Double(number))
        let filler =
            "good morning everyone, the meeting about the garden is at noon in the usual place, bring something to eat; number \(number) "
        let text = String((filler + filler).prefix(160)) + phrase
        let actor = Actor(id: ActorID("@actor-\(number):example.org"), createdAt: now.addingTimeInterval(-3_600))
        let event = Event(
            platform: "matrix", id: EventID("$event-\(number)"), kind: .messagePosted, at: now, receivedAt: now,
            space: Space(id: "!space:example.org", privacy: .public), actor: actor, item: Item(id: "$item", text: text))
        guard let open = PublicEvent(event, whileSpaceIs: .public) else { throw ValidationError("the event is not public") }
        let links = ["github.com/a", "example.org/b", "example.net/c"].map {
            Match(bank: "links", trust: .claimed, entry: "https://\($0)")
        }
        var signals = [Signal(name: "links", kind: .link, state: .matched(links), version: "list")]
        var state = StateReadings.none
        for index in 0..<signalCount {
            signals.append(Signal(name: "copy_\(index)", kind: .pdq, state: .absent, version: "7"))
            state.counters["posts_\(index)"] = CounterReading(name: "posts_\(index)", value: 12)
        }
        state.actorLabels = ["new", "returning"].map {
            Label(name: $0, subject: .actor("matrix", actor.id), by: .rules([]), reason: "bench", at: now)
        }
        return Given(event: open, signals: signals, state: state)
    }
}
