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
                entry.value, "the signal '\(name)'", required: ["kind"],
                optional: ["bank", "list", "model", "radius", "cost", "of", "output", "at_least", "types"]),
            let kind = parts["kind"].flatMap({ choice($0.value, "kind of signal", of: SignalKind.self) })
        else { return nil }
        let sourceKey = kind.sourceKey
        for other in ["bank", "list", "model"] where other != sourceKey {
            guard let entry = parts[other] else { continue }
            note(entry.key, "a signal of kind \(kind.rawValue) has no '\(other)'", expected: sourceKey ?? "no source")
        }
        var bank = ""
        if let sourceKey {
            guard let written = parts[sourceKey] else {
                note(entry.key, "the signal '\(name)' has no '\(sourceKey)'")
                return nil
            }
            guard let named = self.name(written.value, "a \(sourceKey)'s name") else { return nil }
            bank = named
            checkList(written.value, bank, kind, lists)
        }
        var radius = kind == .pdq ? 31 : 0
        if let written = parts["radius"] {
            if kind != .pdq { note(written.key, "only a signal of kind pdq has a radius") }
            radius = integer(written.value, "a radius", in: 0...63) ?? radius
        }
        let source = parts["of"].flatMap { self.source($0, kind) } ?? .text
        let cost = parts["cost"].flatMap { self.cost($0, kind, source) }
        let ofModel = modelParts(parts, kind)
        let declaration = SignalDeclaration(
            name: name, kind: kind, bank: bank, radius: radius, cost: cost, source: source, output: ofModel.output,
            atLeast: ofModel.atLeast, types: types(parts["types"], kind))
        if let earlier = known.signals[name], earlier != declaration {
            note(entry.key, "another policy declares the signal '\(name)' differently", hint: "give this one another name")
        }
        known.signals[name] = declaration
        return declaration
    }
}

// What only some kinds of signal have.
extension PolicyReader {
    private mutating func checkList(_ node: Node, _ name: String, _ kind: SignalKind, _ lists: [PolicyList]) {
        guard kind == .text || kind == .link,
            !lists.contains(where: { $0.name == name && $0.kind.rawValue == kind.rawValue })
        else { return }
        note(
            node, "there is no \(kind.rawValue) list '\(name)' in state.lists",
            hint: Self.didYouMean(name, lists.map(\.name)))
    }

    private mutating func source(_ entry: Entry, _ kind: SignalKind) -> SignalDeclaration.Source? {
        guard [.text, .link, .contact, .personal].contains(kind) else {
            note(
                entry.key, "a signal of kind \(kind.rawValue) has no 'of'",
                expected: "a kind of text: text, link, contact, personal")
            return nil
        }
        return choice(entry.value, "where the signal looks", of: SignalDeclaration.Source.self)
    }

    /// Who asks a model or reads pictures is asked for dear signals only: a cheap one would be unknown for ever.
    private mutating func cost(_ entry: Entry, _ kind: SignalKind, _ source: SignalDeclaration.Source) -> SignalCost? {
        guard let cost = choice(entry.value, "cost of a signal", of: SignalCost.self) else { return nil }
        guard cost == .cheap, kind == .model || source == .pictures else { return cost }
        let what = kind == .model ? "of kind model" : "of what is written in pictures"
        note(entry.value, "a signal \(what) is never cheap", expected: "medium or high")
        return nil
    }

    private mutating func modelParts(_ parts: [String: Entry], _ kind: SignalKind) -> (output: String?, atLeast: Double?) {
        // Of marks of origin, `output` says which: `c2pa`, `digital-source-type` or `generator`.
        for (key, kinds) in [("output", [SignalKind.model, .provenance]), ("at_least", [.model])] where !kinds.contains(kind) {
            guard let entry = parts[key] else { continue }
            let who = kinds.map(\.rawValue).joined(separator: " or ")
            note(entry.key, "only a signal of kind \(who) has '\(key)'")
        }
        return (
            parts["output"].flatMap { name($0.value, "an output's name") },
            parts["at_least"].flatMap { share($0.value, "the value from which it counts") }
        )
    }

    private mutating func types(_ entry: Entry?, _ kind: SignalKind) -> [String] {
        guard let entry else { return [] }
        let known = SignalTypes.of(kind)
        guard !known.isEmpty else {
            note(entry.key, "a signal of kind \(kind.rawValue) has no 'types'")
            return []
        }
        var types: [String] = []
        for node in list(entry.value, "the types of a signal") {
            guard let type = name(node, "a type") else { continue }
            if known.contains(type) {
                types.append(type)
            } else {
                note(
                    node, "there is no type '\(type)' of \(kind.rawValue)", expected: known.joined(separator: ", "),
                    hint: Self.didYouMean(type, known))
            }
        }
        return types
    }
}

extension SignalKind {
    /// The key that says what a signal of this kind compares with; nil when it compares with nothing.
    fileprivate var sourceKey: String? {
        switch self {
        case .sha256, .pdq: "bank"
        case .text, .link: "list"
        case .model: "model"
        case .provenance, .contact, .personal: nil
        }
    }
}
