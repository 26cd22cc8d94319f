// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation
import Yams

extension PolicyReader {
    mutating func tests(_ node: Node, rules: [Rule], signals: [SignalDeclaration]) -> [PolicyTest] {
        var tests: [PolicyTest] = []
        for node in list(node, "the tests") {
            guard let parts = mapping(node, "a test", required: ["name", "given", "expect"]),
                let name = parts["name"].flatMap({ string($0.value, "a test's name") }),
                let given = parts["given"].flatMap({ self.given($0.value, signals) }),
                let expected = parts["expect"].flatMap({ expectation($0.value, rules) })
            else { continue }
            tests.append(
                PolicyTest(
                    name: name, file: file, line: node.mark?.line ?? 1, event: given.event, signals: given.signals,
                    expected: expected))
        }
        return tests
    }

    private mutating func given(_ node: Node, _ declared: [SignalDeclaration]) -> (event: Event, signals: [Signal])? {
        guard
            let parts = mapping(
                node, "what a test gives", required: [], optional: ["event", "text", "actor", "links", "media", "signals"])
        else { return nil }
        let kind =
            parts["event"].map { choice($0.value, "kind of event", of: EventKind.self) ?? .messagePosted } ?? .messagePosted
        let text = parts["text"].flatMap { string($0.value, "a text") }
        let links = parts["links"].map { list($0.value, "a list of links").compactMap { string($0, "a link") } } ?? []
        let media = parts["media"].map { list($0.value, "a list of media").compactMap { string($0, "an id of media") } } ?? []
        // A fixed instant: tests have no clock.
        let now = Date(timeIntervalSince1970: 1_767_225_600)
        let event = Event(
            platform: "test", id: "event", kind: kind, at: now, receivedAt: now, space: Space(id: "space", privacy: .public),
            actor: parts["actor"].map { actor($0.value, at: now) } ?? Actor(id: "actor"),
            item: Item(id: "item", text: text, media: media.map { Media(id: MediaID($0)) }))
        var signals = [
            Signal(name: "links", kind: .link, state: Self.state(links), version: "test")
        ]
        let written = parts["signals"].flatMap { entries($0.value, "the signals of a test") } ?? []
        for entry in written where !declared.contains(where: { $0.name == entry.key.scalar?.string }) {
            let name = entry.key.scalar?.string ?? ""
            note(
                entry.key, "there is no signal '\(name)' in state.signals",
                hint: Spelling.nearest(to: name, in: declared.map(\.name)).map { "did you mean '\($0)'?" })
        }
        for declaration in declared {
            let entry = written.first { $0.key.scalar?.string == declaration.name }
            let state = entry.flatMap { self.state($0.value, of: declaration) } ?? .absent
            signals.append(Signal(name: declaration.name, kind: declaration.kind, state: state, version: "test"))
        }
        return (event, signals)
    }

    private static func state(_ links: [String]) -> SignalState {
        links.isEmpty ? .absent : .matched(links.map { Match(bank: "", trust: .claimed, entry: $0) })
    }

    private mutating func actor(_ node: Node, at now: Date) -> Actor {
        var actor = Actor(id: "actor")
        guard let parts = mapping(node, "an actor", required: [], optional: ["id", "age"]) else { return actor }
        if let id = parts["id"].flatMap({ string($0.value, "an actor's id") }) { actor.id = ActorID(id) }
        if let age = parts["age"].flatMap({ duration($0.value, "an actor's age") }) {
            actor.createdAt = now.addingTimeInterval(-Double(age))
        }
        return actor
    }

    /// `{ matched: true, trust: verified, distance: 4 }`, `{ matched: false }` or `{ unknown: "why" }`.
    private mutating func state(_ node: Node, of declaration: SignalDeclaration) -> SignalState? {
        guard
            let parts = mapping(
                node, "a signal of a test", required: [], optional: ["matched", "trust", "distance", "bank", "count", "unknown"])
        else { return nil }
        if let reason = parts["unknown"] { return .unknown(string(reason.value, "a reason") ?? "") }
        let isMatched = parts["matched"].flatMap { bool($0.value, "matched") } ?? true
        guard isMatched else { return .absent }
        let trust = parts["trust"].flatMap { choice($0.value, "trust", of: Trust.self) } ?? .verified
        let distance = parts["distance"].flatMap { integer($0.value, "a distance", in: 0...256) } ?? 0
        let bank = parts["bank"].flatMap { name($0.value, "a bank's name") } ?? declaration.bank
        let count = parts["count"].flatMap { integer($0.value, "a count", in: 1...1_000) } ?? 1
        return .matched((0..<count).map { Match(bank: bank, trust: trust, distance: distance, entry: "entry-\($0)") })
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
            if !known.contains(id), diagnostics.isEmpty {
                note(node, "there is no rule '\(id)'", hint: Spelling.nearest(to: id, in: known).map { "did you mean '\($0)'?" })
            }
            result.append(id)
        }
        return result
    }
}
