// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

@Suite("The compiled set says what the plain loop says")
struct EnginePropertyTests {
    @Test("for random rules, events, signals and states, errors and unknowns too", arguments: 0..<8)
    func equal(round: UInt64) throws {
        var random = SeededGenerator(seed: 0x5EED_0000 + round)
        let text = RandomRules.policy(rules: 60, &random)
        let set = try PolicySet.load(files: [("random.yaml", text)])
        var tally = (fired: 0, unknown: 0, silent: 0)
        for number in 0..<80 {
            let given = RandomRules.event(number, &random)
            let event = try #require(PublicEvent(given.event, whileSpaceIs: .public))
            let expected = set.decidePlainly(event, given: given.signals, state: given.state)
            let found = set.decide(event, given: given.signals, state: given.state)
            #expect(found == expected, "seed \(round), event \(number)\n\(Self.difference(found, expected))")
            let fired = expected.count { $0.result == .fired }
            tally.fired += fired
            tally.unknown += expected.count - fired
            tally.silent += set.rules(for: given.event.kind).count - expected.count
        }
        // The comparison means something only where all three happen.
        #expect(min(tally.fired, tally.unknown, tally.silent) > 100, "seed \(round): \(tally)")
    }

    private static func difference(_ found: [RuleFinding], _ expected: [RuleFinding]) -> String {
        let known = Dictionary(expected.map { ($0.rule.id, $0) }) { first, _ in first }
        let others = Dictionary(found.map { ($0.rule.id, $0) }) { first, _ in first }
        return Set(known.keys).union(others.keys).sorted().filter { known[$0] != others[$0] }.prefix(3).map { id in
            let condition = (known[id] ?? others[id])?.explanation.condition ?? ""
            return
                "\(id): \(condition)\n  plain: \(String(describing: known[id]?.result)), set: \(String(describing: others[id]?.result))"
        }.joined(separator: "\n")
    }

    @Test("the order of the rules is the order of the findings")
    func order() throws {
        var random = SeededGenerator(seed: 7)
        let set = try PolicySet.load(files: [("random.yaml", RandomRules.policy(rules: 40, &random))])
        let given = RandomRules.event(1, &random)
        let event = try #require(PublicEvent(given.event, whileSpaceIs: .public))
        let ids = set.decide(event, given: given.signals, state: given.state).map(\.rule.id)
        let all = set.rules.map(\.reference.id)
        #expect(ids == all.filter { ids.contains($0) })
    }
}

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Policies and events made of a few words, so that they meet.
enum RandomRules {
    private static let words = ["alpha", "beta", "gamma", "delta", "한국어", "link", "free", "ab"]
    private static let hosts = ["a.example", "b.example", "c.example"]
    private static let kinds: [EventKind] = [.messagePosted, .messageEdited, .spacePictureChanged]

    static func policy(rules: Int, _ random: inout SeededGenerator) -> String {
        var lines = [
            "policy: random", "owner: tests", "clauses:", "  c.1: { en: \"A clause.\" }", "state:", "  labels:",
            "    trusted: { on: actor }", "    busy: { on: space }", "  lists:",
            "    bad_hosts: { kind: link, entries: [https://a.example/x, https://b.example/x] }", "  signals:",
            "    copy: { kind: pdq, bank: confirmed }", "    same: { kind: sha256, bank: confirmed }",
            "    model: { kind: model, model: m }", "  counters:",
            "    posts: { events: [message.posted], key: [actor.id], window: 10m }",
            "    links_seen: { events: [message.posted], key: [links], window: 1h, warming: count }", "rules:",
        ]
        for number in 0..<rules {
            let chosen = kinds.filter { _ in Bool.random(using: &random) }
            let condition = condition(depth: Int.random(in: 0...4, using: &random), &random)
            lines += [
                "  - id: r.\(number)", "    stage: \(["live", "shadow", "draft"].randomElement(using: &random) ?? "live")",
                "    events: [\((chosen.isEmpty ? kinds : chosen).map(\.rawValue).joined(separator: ", "))]",
                "    when: |", "      \(condition)", "    then: [ { review: { clause: c.1 } } ]",
                "    unknown: \(Bool.random(using: &random) ? "hold" : "skip")",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func condition(depth: Int, _ random: inout SeededGenerator) -> String {
        guard depth > 0 else { return leaf(&random) }
        let one = condition(depth: depth - 1, &random)
        let other = condition(depth: Int.random(in: 0...depth - 1, using: &random), &random)
        switch Int.random(in: 0...9, using: &random) {
        case 0...3: return "(\(one) && \(other))"
        case 4...6: return "(\(one) || \(other))"
        case 7: return "!(\(one))"
        case 8: return "(\(leaf(&random)) ? \(one) : \(other))"
        default: return "(\(one) && \(other) && \(leaf(&random)))"
        }
    }

    private static func leaf(_ random: inout SeededGenerator) -> String {
        let word = words.randomElement(using: &random) ?? ""
        let number = Int.random(in: 0...6, using: &random)
        switch Int.random(in: 0...21, using: &random) {
        case 0: return "copy.matched"
        case 1: return "copy.trust == \"\(Trust.allCases.randomElement(using: &random)?.rawValue ?? "verified")\""
        case 2: return "copy.distance <= \(number * 5)"
        case 3: return "same.matched"
        case 4: return "model.matched"
        case 5, 6, 7: return "text.contains(\"\(word)\")"
        case 8: return "text.startsWith(\"\(word)\")"
        case 9: return "links.exists(l, l.contains(\"\(hosts.randomElement(using: &random) ?? "")\"))"
        case 10: return "links.all(l, l in bad_hosts)"
        case 11: return "size(links) >= \(number)"
        case 12: return "actor.age < duration(\"\(number * 10)h\")"
        case 13: return "\"trusted\" in actor.labels"
        case 14: return "!(\"busy\" in space.labels)"
        case 15: return "posts >= \(number)"
        case 16: return "links_seen > \(number)"
        case 17: return "event.kind == \"\(kinds.randomElement(using: &random)?.rawValue ?? "")\""
        // Fails where nothing matched.
        case 18: return "\(number) / copy.count >= 1"
        // Fails where a file has no type.
        case 19: return "media.exists(m, m.type == \"image/png\")"
        case 20: return "actor.id in [\"a0\", \"a1\", \"a2\"]"
        default: return "text.size() > \(number * 8) || text.matches(\"(?i)\(word)\\\\s\")"
        }
    }

    static func event(_ number: Int, _ random: inout SeededGenerator) -> (event: Event, signals: [Signal], state: StateReadings) {
        func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
        let now = Date(timeIntervalSince1970: 1_767_225_600 + Double(number))
        let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
        let media = (0..<Int.random(in: 0...2, using: &random)).map { index in
            Media(id: MediaID("m\(index)"), type: chance(70) ? (chance(50) ? "image/png" : "video/mp4") : nil)
        }
        let actor = Actor(
            id: ActorID("a\(Int.random(in: 0...5, using: &random))"),
            createdAt: chance(80) ? now.addingTimeInterval(-Double(Int.random(in: 0...200_000, using: &random))) : nil)
        let event = Event(
            platform: "test", id: EventID("e\(number)"), kind: kinds.randomElement(using: &random) ?? .messagePosted, at: now,
            receivedAt: now, space: Space(id: "s", privacy: .public), actor: actor,
            item: chance(95) ? Item(id: "i", text: chance(90) ? text : nil, media: media) : nil)
        var signals: [Signal] = []
        if chance(95) {
            let found = hosts.filter { _ in chance(40) }.map { Match(bank: "links", trust: .claimed, entry: "https://\($0)/x") }
            signals.append(Signal(name: "links", kind: .link, state: found.isEmpty ? .absent : .matched(found), version: "1"))
        }
        for (name, kind) in [("copy", SignalKind.pdq), ("same", .sha256), ("model", .model)]
        where chance(name == "model" ? 30 : 95) {
            let matches = (0..<Int.random(in: 0...2, using: &random)).map { index in
                Match(
                    bank: "confirmed", trust: Trust.allCases.randomElement(using: &random) ?? .verified,
                    distance: Int.random(in: 0...31, using: &random), entry: "entry-\(index)")
            }
            let state: SignalState = chance(10) ? .unknown("it failed") : matches.isEmpty ? .absent : .matched(matches)
            signals.append(Signal(name: name, kind: kind, state: state, version: "2"))
        }
        var state = StateReadings.none
        if chance(80) {
            state.counters["posts"] = CounterReading(
                name: "posts", value: Int64.random(in: 0...8, using: &random), quality: chance(15) ? .unknown("no store") : .exact
            )
        }
        state.counters["links_seen"] = CounterReading(
            name: "links_seen", value: Int64.random(in: 0...8, using: &random),
            quality: chance(30) ? .warming(full: now.addingTimeInterval(60)) : .approximate)
        if chance(40) { state.actorLabels.append(label("trusted", .actor("test", actor.id), now, ends: chance(30))) }
        if chance(40) { state.spaceLabels.append(label("busy", .space("test", "s"), now, ends: chance(30))) }
        return (event, signals, state)
    }

    private static func label(_ name: String, _ subject: LabelSubject, _ now: Date, ends: Bool) -> Label {
        Label(
            name: name, subject: subject, by: .person("hana"), reason: "test", at: now.addingTimeInterval(-60),
            expiresAt: ends ? now.addingTimeInterval(-1) : nil, isManual: true)
    }
}
