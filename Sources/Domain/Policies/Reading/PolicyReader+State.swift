// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

/// What a policy declares beside its rules.
struct PolicyState {
    /// A counter as written, before its expressions are compiled.
    struct WrittenCounter {
        var declaration: CounterDeclaration
        var name: Node
        var filter: Node?
        var keys: [Node]
        var distinct: Node?
    }

    var lists: [PolicyList] = []
    var signals: [SignalDeclaration] = []
    var counters: [WrittenCounter] = []
    var labels: [LabelDeclaration] = []
    /// Where each thing is declared, for warnings.
    var places: [String: Node] = [:]
    /// Names whose declaration is wrong: told once, not again where they are used.
    var brokenSignals: [String] = []
    var brokenCounters: [String] = []
}

extension PolicyReader {
    mutating func state(_ node: Node, _ known: inout KnownNames) -> PolicyState {
        var state = PolicyState()
        guard let parts = mapping(node, "state", required: [], optional: ["counters", "lists", "signals", "labels"]) else {
            return state
        }
        for entry in parts["labels"].flatMap({ entries($0.value, "the labels") }) ?? [] {
            if let label = label(entry, &known) {
                state.labels.append(label)
            } else if let name = entry.key.scalar?.string {
                known.brokenLabels.insert(name)
            }
        }
        for entry in parts["lists"].flatMap({ entries($0.value, "the lists") }) ?? [] {
            guard let list = list(entry, &known) else { continue }
            state.lists.append(list)
            state.places[list.name] = entry.key
        }
        for entry in parts["signals"].flatMap({ entries($0.value, "the signals") }) ?? [] {
            guard let signal = signal(entry, state.lists, &known) else {
                if let name = entry.key.scalar?.string { state.brokenSignals.append(name) }
                continue
            }
            if state.lists.contains(where: { $0.name == signal.name }) {
                note(entry.key, "there is a list '\(signal.name)' as well", hint: "conditions need different names for them")
            }
            state.signals.append(signal)
            state.places[signal.name] = entry.key
        }
        for entry in parts["counters"].flatMap({ entries($0.value, "the counters") }) ?? [] {
            guard let counter = counter(entry, &known) else {
                if let name = entry.key.scalar?.string { state.brokenCounters.append(name) }
                continue
            }
            if state.places[counter.declaration.name] != nil {
                note(
                    entry.key, "there is a signal or list '\(counter.declaration.name)' as well",
                    hint: "conditions need different names for them")
            }
            state.counters.append(counter)
            state.places[counter.declaration.name] = entry.key
        }
        return state
    }

    private mutating func label(_ entry: Entry, _ known: inout KnownNames) -> LabelDeclaration? {
        guard let name = name(entry.key, "a label's name") else { return nil }
        guard let parts = mapping(entry.value, "the label '\(name)'", required: ["on"], optional: ["expires"]),
            let subject = parts["on"].flatMap({ choice($0.value, "thing that has labels", of: LabelDeclaration.Subject.self) })
        else { return nil }
        let seconds = parts["expires"].flatMap { duration($0.value, "the time that a label stays", in: 3_600...3_650 * 86_400) }
        let declaration = LabelDeclaration(name: name, subject: subject, hours: seconds.map { ($0 + 3_599) / 3_600 })
        if let earlier = known.labels[name], earlier.declaration != declaration {
            note(entry.key, "another policy declares the label '\(name)' differently", hint: "it is in \(earlier.place)")
        }
        known.labels[name] = (declaration, "\(file):\(entry.key.mark?.line ?? 1)")
        return declaration
    }

    private mutating func signal(_ entry: Entry, _ lists: [PolicyList], _ known: inout KnownNames) -> SignalDeclaration? {
        guard let name = variableName(entry.key, "signal"),
            let parts = mapping(
                entry.value, "the signal '\(name)'", required: ["kind"], optional: ["bank", "list", "model", "radius", "cost"]),
            let kind = parts["kind"].flatMap({ choice($0.value, "kind of signal", of: SignalKind.self) })
        else { return nil }
        let sourceKey = kind.sourceKey
        for other in ["bank", "list", "model"] where other != sourceKey {
            guard let entry = parts[other] else { continue }
            note(entry.key, "a signal of kind \(kind.rawValue) has no '\(other)'", expected: sourceKey)
        }
        guard let written = parts[sourceKey] else {
            note(entry.key, "the signal '\(name)' has no '\(sourceKey)'")
            return nil
        }
        guard let bank = self.name(written.value, "a \(sourceKey)'s name") else { return nil }
        if sourceKey == "list", !lists.contains(where: { $0.name == bank && $0.kind.rawValue == kind.rawValue }) {
            note(
                written.value, "there is no \(kind.rawValue) list '\(bank)' in state.lists",
                hint: Self.didYouMean(bank, lists.map(\.name)))
        }
        var radius = kind == .pdq ? 31 : 0
        if let written = parts["radius"] {
            if kind != .pdq { note(written.key, "only a signal of kind pdq has a radius") }
            radius = integer(written.value, "a radius", in: 0...63) ?? radius
        }
        let cost = parts["cost"].flatMap { choice($0.value, "cost of a signal", of: SignalCost.self) }
        let declaration = SignalDeclaration(name: name, kind: kind, bank: bank, radius: radius, cost: cost)
        if let earlier = known.signals[name], earlier != declaration {
            note(entry.key, "another policy declares the signal '\(name)' differently", hint: "give this one another name")
        }
        known.signals[name] = declaration
        return declaration
    }
}

extension SignalKind {
    /// The key that says what a signal of this kind compares with.
    fileprivate var sourceKey: String {
        switch self {
        case .sha256, .pdq: "bank"
        case .text, .link: "list"
        case .model: "model"
        }
    }
}
