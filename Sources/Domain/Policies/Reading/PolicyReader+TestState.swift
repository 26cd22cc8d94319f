// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation
import Yams

/// The signals and the state that a test gives.
extension PolicyReader {
    mutating func signals(_ entry: Entry?, _ links: [String], _ context: RuleContext) -> [Signal] {
        let declared = context.signals
        let found = links.map { Match(bank: "", trust: .claimed, entry: $0) }
        var signals = [Signal(name: "links", kind: .link, state: found.isEmpty ? .absent : .matched(found), version: "test")]
        let written = entry.flatMap { entries($0.value, "the signals of a test") } ?? []
        for entry in written where !declared.contains(where: { $0.name == entry.key.scalar?.string }) {
            let name = entry.key.scalar?.string ?? ""
            guard !context.brokenNames.contains(name) else { continue }
            note(entry.key, "there is no signal '\(name)' in state.signals", hint: Self.didYouMean(name, declared.map(\.name)))
        }
        for declaration in declared {
            let entry = written.first { $0.key.scalar?.string == declaration.name }
            let state = entry.flatMap { self.state($0.value, of: declaration) } ?? .absent
            signals.append(Signal(name: declaration.name, kind: declaration.kind, state: state, version: "test"))
        }
        return signals
    }

    /// `{ matched: true, trust: verified, distance: 4 }`, `{ value: 0.93 }`, `{ matched: false }` or `{ unknown: "why" }`.
    private mutating func state(_ node: Node, of declaration: SignalDeclaration) -> SignalState? {
        let isMeasured = declaration.kind.isMeasured
        let fitting = isMeasured ? ["value", "label", "counts"] : ["trust", "distance", "bank"]
        guard
            let parts = mapping(
                node, "a signal of a test", required: [], optional: ["matched", "count", "unknown"] + fitting)
        else { return nil }
        if let reason = parts["unknown"] { return .unknown(string(reason.value, "a reason") ?? "") }
        let isMatched = parts["matched"].flatMap { bool($0.value, "matched") } ?? true
        guard isMatched else { return .absent }
        if isMeasured { return .measured([measurement(parts, of: declaration)]) }
        let usual: Trust = declaration.kind == .contact || declaration.kind == .personal ? .claimed : .verified
        let trust = parts["trust"].flatMap { choice($0.value, "trust", of: Trust.self) } ?? usual
        let distance = parts["distance"].flatMap { integer($0.value, "a distance", in: 0...256) } ?? 0
        let bank =
            parts["bank"].flatMap { name($0.value, "a bank's name") } ?? declaration.types.first ?? declaration.bank
        let count = parts["count"].flatMap { integer($0.value, "a count", in: 1...1_000) } ?? 1
        return .matched((0..<count).map { Match(bank: bank, trust: trust, distance: distance, entry: "entry-\($0)") })
    }

    /// What a model says: it counts when its value reaches what the declaration asks for, or when the test says so.
    private mutating func measurement(_ parts: [String: Entry], of declaration: SignalDeclaration) -> SignalMeasurement {
        let given = parts["value"].flatMap { measure($0.value) }
        let word = parts["label"].flatMap { string($0.value, "a label") }
        let count = parts["count"].flatMap { integer($0.value, "a count", in: 1...1_000) } ?? 0
        let said = parts["counts"].flatMap { bool($0.value, "counts") }
        let value = given ?? (count > 0 ? Double(count) : 1)
        // A number of faces or the like is not compared with the value from which one of them counts.
        let reaches = declaration.atLeast.map { value >= $0 } ?? true
        return SignalMeasurement(
            output: declaration.output ?? declaration.bank, value: value, counts: said ?? reaches, label: word,
            regions: (0..<count).map { Region(x: 0, y: 0, width: 1, height: 1, score: 1, name: "region-\($0)") })
    }

    /// `{ posts: 8 }`, `{ posts: warming }` or `{ posts: { unknown: "why" } }`.
    mutating func counters(_ node: Node, _ context: RuleContext) -> [String: CounterReading] {
        let declared = context.compiledCounters.map(\.declaration.name)
        var readings: [String: CounterReading] = [:]
        for entry in entries(node, "the counters of a test") ?? [] {
            let name = entry.key.scalar?.string ?? ""
            // A counter that could not be read has its own diagnostic.
            if !declared.contains(name), !hasErrors {
                note(entry.key, "there is no counter '\(name)' in state.counters", hint: Self.didYouMean(name, declared))
            }
            if entry.value.scalar?.string == "warming" {
                readings[name] = CounterReading(
                    name: name, value: 0, quality: .warming(full: Self.testStart.addingTimeInterval(3_600)))
            } else if case .mapping = entry.value {
                let parts = mapping(entry.value, "a counter of a test", required: ["unknown"]) ?? [:]
                let reason = parts["unknown"].flatMap { string($0.value, "a reason") } ?? ""
                readings[name] = CounterReading(name: name, value: 0, quality: .unknown(reason))
            } else if let value = integer(entry.value, "a count", in: 0...1_000_000_000) {
                readings[name] = CounterReading(name: name, value: Int64(value))
            }
        }
        return readings
    }

    /// `{ actor: [trusted], space: [] }`.
    mutating func labels(_ node: Node, _ event: Event, _ context: RuleContext) -> (actor: [Label], space: [Label]) {
        guard let parts = mapping(node, "the labels of a test", required: [], optional: ["actor", "space"]) else {
            return ([], [])
        }
        func read(_ key: String, _ subject: LabelSubject, _ kind: LabelDeclaration.Subject) -> [Label] {
            guard let entry = parts[key] else { return [] }
            return list(entry.value, "a list of labels").compactMap { node in
                guard let name = name(node, "a label's name") else { return nil }
                let fitting = context.labels.values.filter { $0.subject == kind }.map(\.name)
                if !fitting.contains(name) {
                    note(node, "no policy declares the label '\(name)' for \(key)s", hint: Self.didYouMean(name, fitting))
                }
                return Label(name: name, subject: subject, by: .rules([]), reason: "test", at: event.at)
            }
        }
        return (
            read("actor", .actor(event.platform, event.actor.id), .actor),
            read("space", .space(event.platform, event.space.id), .space)
        )
    }
}

extension SignalKind {
    /// What comes with a value rather than with an entry that was found.
    package var isMeasured: Bool { self == .model || self == .provenance }
}
