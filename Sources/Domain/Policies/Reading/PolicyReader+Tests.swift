// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation
import Yams

extension PolicyReader {
    /// Tests have no clock: their first event happens at a fixed instant.
    static let testStart = Date(timeIntervalSince1970: 1_767_225_600)

    mutating func tests(_ node: Node, rules: [Rule], _ context: RuleContext) -> [PolicyTest] {
        var tests: [PolicyTest] = []
        var names: Set<String> = []
        for node in list(node, "the tests") {
            guard let parts = mapping(node, "a test", required: ["name", "given", "expect"]) else { continue }
            let name = parts["name"].flatMap { string($0.value, "a test's name") }
            if let name, let written = parts["name"], !names.insert(name).inserted {
                note(written.value, "another test has the name '\(name)'")
            }
            let steps = parts["given"].flatMap { self.steps($0.value, rules, context) }
            let expected = parts["expect"].flatMap { expectation($0.value, rules) }
            guard let name, var steps, let expected, !steps.isEmpty else { continue }
            steps[steps.count - 1].expected = expected
            tests.append(PolicyTest(name: name, file: file, line: node.mark?.line ?? 1, steps: steps))
        }
        return tests
    }

    private static let eventKeys = ["event", "text", "actor", "space", "links", "media", "signals", "counters", "labels"]

    private mutating func steps(_ node: Node, _ rules: [Rule], _ context: RuleContext) -> [PolicyTest.Step]? {
        guard let entries = entries(node, "what a test gives") else { return nil }
        guard let events = entries.first(where: { $0.key.scalar?.string == "events" }) else {
            return step(node, number: 1, at: Self.testStart, rules, context).map { [$0.step] }
        }
        for other in entries where other.key.scalar?.string != "events" {
            note(other.key, "'\(other.key.scalar?.string ?? "")' beside 'events'", hint: "put it into each of the events")
        }
        var steps: [PolicyTest.Step] = []
        var clock = Self.testStart
        for node in list(events.value, "a row of events") {
            guard let first = step(node, number: steps.count + 1, at: clock, rules, context, isInRow: true) else { continue }
            clock = first.step.event.at
            steps.append(first.step)
            for _ in 1..<max(1, first.times) {
                clock += first.every
                if let next = step(node, number: steps.count + 1, at: clock, rules, context, isInRow: true, isRepeat: true) {
                    steps.append(next.step)
                }
            }
        }
        if steps.isEmpty { note(events.value, "the row of events is empty") }
        return steps
    }

    /// One event of a test. In a row it may say how long `after` the one before it happens, and how many `times`, `every` so often.
    private mutating func step(
        _ node: Node, number: Int, at clock: Date, _ rules: [Rule], _ context: RuleContext, isInRow: Bool = false,
        isRepeat: Bool = false
    ) -> (step: PolicyTest.Step, times: Int, every: Double)? {
        let before = diagnostics.count
        let more = isInRow ? ["after", "times", "every", "expect"] : []
        guard let parts = mapping(node, "what a test gives", required: [], optional: Self.eventKeys + more) else { return nil }
        let kind =
            parts["event"].map { choice($0.value, "kind of event", of: EventKind.self) ?? .messagePosted } ?? .messagePosted
        let after = isRepeat ? nil : parts["after"].flatMap { duration($0.value, "the time between events") }
        let now = clock.addingTimeInterval(Double(after ?? 0))
        let text = parts["text"].flatMap { string($0.value, "a text") }
        let links = parts["links"].map { list($0.value, "a list of links").compactMap { string($0, "a link") } } ?? []
        let media = parts["media"].map { list($0.value, "a list of media").compactMap { string($0, "an id of media") } } ?? []
        let event = Event(
            platform: "test", id: EventID("event-\(number)"), kind: kind, at: now, receivedAt: now,
            space: Space(id: SpaceID(parts["space"].flatMap { string($0.value, "a space's id") } ?? "space"), privacy: .public),
            actor: parts["actor"].map { actor($0.value, at: now, number: number) } ?? Actor(id: "actor"),
            item: Item(id: ItemID("item-\(number)"), text: text, media: media.map { Media(id: MediaID($0)) }))
        let labels = parts["labels"].map { self.labels($0.value, event, context) } ?? (actor: [], space: [])
        let step = PolicyTest.Step(
            event: event, signals: signals(parts["signals"], links, context),
            counters: parts["counters"].map { counters($0.value, context) } ?? [:], actorLabels: labels.actor,
            spaceLabels: labels.space, expected: parts["expect"].flatMap { expectation($0.value, rules) })
        let times = parts["times"].flatMap { integer($0.value, "a number of events", in: 1...1_000) } ?? 1
        let every = parts["every"].flatMap { duration($0.value, "the time between events") } ?? 0
        // A repeated event repeats its problems, which are told once.
        if isRepeat { diagnostics.removeSubrange(before...) }
        return (step, times, Double(every))
    }

    /// `{ id: a, age: 2h }`; `#` in the id stands for the event's number.
    private mutating func actor(_ node: Node, at now: Date, number: Int) -> Actor {
        var actor = Actor(id: "actor")
        guard let parts = mapping(node, "an actor", required: [], optional: ["id", "age"]) else { return actor }
        if let id = parts["id"].flatMap({ string($0.value, "an actor's id") }) {
            actor.id = ActorID(id.split(separator: "#", omittingEmptySubsequences: false).joined(separator: String(number)))
        }
        if let age = parts["age"].flatMap({ duration($0.value, "an actor's age") }) {
            actor.createdAt = now.addingTimeInterval(-Double(age))
        }
        return actor
    }

    private mutating func expectation(_ node: Node, _ rules: [Rule]) -> PolicyTest.Expectation? {
        guard let parts = mapping(node, "what a test expects", required: [], optional: ["fired", "unknown", "effects"]) else {
            return nil
        }
        if parts.isEmpty { note(node, "the test expects nothing", expected: "fired, unknown or effects") }
        return PolicyTest.Expectation(
            fired: parts["fired"].map { ruleIDs($0.value, rules) }, unknown: parts["unknown"].map { ruleIDs($0.value, rules) },
            effects: parts["effects"].map {
                list($0.value, "a list of effects").compactMap { choice($0, "effect", of: EffectKind.self)?.rawValue }
            })
    }

    private mutating func ruleIDs(_ node: Node, _ rules: [Rule]) -> [String] {
        let known = rules.map(\.reference.id)
        var result: [String] = []
        for node in list(node, "a list of rules") {
            guard let id = name(node, "a rule's id") else { continue }
            // A rule that could not be read has its own diagnostic.
            if !known.contains(id), !hasErrors {
                note(node, "there is no rule '\(id)' in this policy", hint: Self.didYouMean(id, known))
            }
            result.append(id)
        }
        return result
    }
}
