// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

/// What a policy declares beside its rules.
struct PolicyState {
    var lists: [PolicyList] = []
    var signals: [SignalDeclaration] = []
}

extension PolicyReader {
    mutating func state(_ node: Node, _ known: inout KnownNames) -> PolicyState {
        var state = PolicyState()
        guard let parts = mapping(node, "state", required: [], optional: ["lists", "signals", "counters"]) else { return state }
        if let counters = parts["counters"] {
            for entry in entries(counters.value, "the counters") ?? [] {
                let name = entry.key.scalar?.string ?? ""
                note(entry.key, "the counter '\(name)' cannot be used yet: counters come with a later version", hint: "remove it")
            }
        }
        for entry in parts["lists"].flatMap({ entries($0.value, "the lists") }) ?? [] {
            if let list = list(entry, &known) { state.lists.append(list) }
        }
        for entry in parts["signals"].flatMap({ entries($0.value, "the signals") }) ?? [] {
            if let signal = signal(entry, state.lists, &known) { state.signals.append(signal) }
        }
        return state
    }

    private mutating func list(_ entry: Entry, _ known: inout KnownNames) -> PolicyList? {
        guard let name = name(entry.key, "a list's name") else { return nil }
        claim(name, entry.key, "list", in: &known.lists)
        guard let parts = mapping(entry.value, "the list '\(name)'", required: ["kind", "entries"]),
            let kind = parts["kind"].flatMap({ choice($0.value, "kind of list", of: PolicyList.Kind.self) }),
            let entries = parts["entries"].map({ self.list($0.value, "the entries of a list") })
        else { return nil }
        return PolicyList(name: name, kind: kind, entries: entries.compactMap { string($0, "an entry") })
    }

    private mutating func signal(_ entry: Entry, _ lists: [PolicyList], _ known: inout KnownNames) -> SignalDeclaration? {
        guard let name = variableName(entry.key),
            let parts = mapping(
                entry.value, "the signal '\(name)'", required: ["kind"], optional: ["bank", "list", "radius"]),
            let kind = parts["kind"].flatMap({ choice($0.value, "kind of signal", of: SignalKind.self) })
        else { return nil }
        let usesBank = kind == .pdq || kind == .sha256
        if let other = parts[usesBank ? "list" : "bank"] {
            note(
                other.key, "a signal of kind \(kind.rawValue) has no '\(usesBank ? "list" : "bank")'",
                expected: usesBank ? "bank" : "list")
        }
        guard let source = parts[usesBank ? "bank" : "list"] else {
            note(entry.key, "the signal '\(name)' has no '\(usesBank ? "bank" : "list")'")
            return nil
        }
        guard let bank = self.name(source.value, usesBank ? "a bank's name" : "a list's name") else { return nil }
        if !usesBank, !lists.contains(where: { $0.name == bank && $0.kind.rawValue == kind.rawValue }) {
            let nearest = Spelling.nearest(to: bank, in: lists.map(\.name))
            note(
                source.value, "there is no \(kind.rawValue) list '\(bank)' in state.lists",
                hint: nearest.map { "did you mean '\($0)'?" })
        }
        var radius = kind == .pdq ? 31 : 0
        if let written = parts["radius"] {
            if kind != .pdq { note(written.key, "only a signal of kind pdq has a radius") }
            radius = integer(written.value, "a radius", in: 0...63) ?? radius
        }
        let declaration = SignalDeclaration(name: name, kind: kind, bank: bank, radius: radius)
        if let earlier = known.signals[name], earlier != declaration {
            note(entry.key, "another policy declares the signal '\(name)' differently", hint: "give this one another name")
        }
        known.signals[name] = declaration
        return declaration
    }

    /// A signal's name is a variable of conditions.
    private mutating func variableName(_ node: Node) -> String? {
        guard let name = string(node, "a signal's name") else { return nil }
        let isIdentifier = name.utf8.enumerated().allSatisfy { index, byte in
            let letter = Character(Unicode.Scalar(byte))
            return byte < 0x80 && (letter.isLetter || byte == UInt8(ascii: "_") || (index > 0 && letter.isNumber))
        }
        if !isIdentifier {
            note(node, "'\(name)' cannot be a signal's name", expected: "letters, digits and '_', because conditions use it")
            return nil
        }
        if Condition.reservedNames.contains(name) {
            note(node, "'\(name)' is what conditions call the event's own \(name)", hint: "give the signal another name")
            return nil
        }
        return name
    }
}
