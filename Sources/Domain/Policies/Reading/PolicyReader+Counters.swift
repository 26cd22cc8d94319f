// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

extension PolicyReader {
    mutating func list(_ entry: Entry, _ known: inout KnownNames) -> PolicyList? {
        guard let name = name(entry.key, "a list's name") else { return nil }
        if ConditionNames.reserved.contains(name) {
            note(entry.key, "'\(name)' is what conditions call the event's own \(name)", hint: "give the list another name")
        }
        claim(name, entry.key, "list", in: &known.lists)
        guard
            let parts = mapping(entry.value, "the list '\(name)'", required: ["kind"], optional: ["entries", "source"]),
            let kind = parts["kind"].flatMap({ choice($0.value, "kind of list", of: PolicyList.Kind.self) })
        else { return nil }
        if parts["entries"] == nil, parts["source"] == nil {
            note(entry.key, "the list '\(name)' has no entries", expected: "entries: [...] or source: a file beside the policy")
        }
        var entries = parts["entries"].map { self.entries(of: $0.value) } ?? []
        if let source = parts["source"] { entries += sourceEntries(source.value) }
        return PolicyList(name: name, kind: kind, entries: entries)
    }

    private mutating func entries(of node: Node) -> [String] {
        var entries: [String] = []
        var seen: Set<String> = []
        for node in list(node, "the entries of a list") {
            guard let entry = string(node, "an entry") else { continue }
            if !seen.insert(entry).inserted { warn(node, "the entry is in the list already", hint: "leave it out") }
            entries.append(entry)
        }
        return entries
    }

    /// One entry a line; lines that begin with `#` and empty lines are left out.
    private mutating func sourceEntries(_ node: Node) -> [String] {
        guard let path = string(node, "a file's path") else { return [] }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.hasPrefix("/"), !parts.contains(".."), !parts.contains("") else {
            note(node, "'\(path)' leads out of the policy's folder", expected: "a path below it, such as lists/links.txt")
            return []
        }
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        guard let text = readList((folder + parts).joined(separator: "/")) else {
            note(node, "there is no file '\(path)' beside the policy", expected: "UTF-8 text, one entry a line")
            return []
        }
        return text.split(whereSeparator: \.isNewline).map { line in
            String(line.drop { $0 == " " || $0 == "\t" }).trimmingEnd { $0.properties.isWhitespace }
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    mutating func counter(_ entry: Entry, _ known: inout KnownNames) -> PolicyState.WrittenCounter? {
        guard let name = variableName(entry.key, "counter") else { return nil }
        claim(name, entry.key, "counter", in: &known.counters)
        guard
            let parts = mapping(
                entry.value, "the counter '\(name)'", required: ["events", "key", "window"],
                optional: ["where", "distinct", "warming"])
        else { return nil }
        let events = parts["events"].map { eventKinds($0.value) } ?? []
        let window = parts["window"].flatMap { duration($0.value, "a counter's window", in: 1...90 * 86_400) }
        let warming = parts["warming"].flatMap {
            choice($0.value, "way to treat a counter that is warming", of: CounterDeclaration.Warming.self)
        }
        var keys: [Node] = []
        if let key = parts["key"]?.value {
            keys = if case .sequence(let sequence) = key { Array(sequence) } else { [key] }
            if keys.isEmpty { note(key, "the counter '\(name)' has no key", expected: "one to four, such as [actor.id]") }
            if keys.count > 4 { note(key, "the counter '\(name)' has \(keys.count) keys", expected: "one to four") }
        }
        let filter = parts["where"].flatMap { string($0.value, "what a counter counts") }
        let distinct = parts["distinct"].flatMap { string($0.value, "what a counter tells apart") }
        let keyTexts = keys.compactMap { string($0, "a counter's key") }
        guard let window, keyTexts.count == keys.count else { return nil }
        return PolicyState.WrittenCounter(
            declaration: CounterDeclaration(
                name: name, events: events, whereText: filter, key: keyTexts, window: window, distinct: distinct,
                warming: warming ?? .unknown),
            name: entry.key, filter: parts["where"]?.value, keys: keys, distinct: parts["distinct"]?.value)
    }

    mutating func eventKinds(_ node: Node) -> [EventKind] {
        let nodes = list(node, "a list of events")
        if case .sequence = node, nodes.isEmpty {
            note(node, "the list of events is empty", expected: "at least one kind of event")
        }
        var kinds: [EventKind] = []
        for node in nodes {
            guard let kind = choice(node, "kind of event", of: EventKind.self) else { continue }
            if kinds.contains(kind) {
                note(node, "'\(kind.rawValue)' is there twice")
            } else {
                kinds.append(kind)
            }
        }
        return kinds
    }

    /// Compiles the expressions of counters.
    mutating func counters(_ written: [PolicyState.WrittenCounter], _ context: RuleContext) -> [CompiledCounter] {
        let names = context.names.forCounters
        var counters: [CompiledCounter] = []
        for counter in written {
            let filter = counter.filter.flatMap { condition($0, counter.declaration.whereText ?? "", names) }
            if let filter, let node = counter.filter { lint(filter, at: node, context) }
            let keys = zip(counter.keys, counter.declaration.key).compactMap { node, text in
                expression(node, text, names, "a counter's key", [.string, .int, .list(.string)])
            }
            let distinct = counter.distinct.flatMap {
                expression($0, counter.declaration.distinct ?? "", names, "what a counter tells apart", [.string, .int])
            }
            guard keys.count == counter.keys.count, (filter == nil) == (counter.filter == nil),
                (distinct == nil) == (counter.distinct == nil)
            else { continue }
            let compiled = CompiledCounter(declaration: counter.declaration, filter: filter, keys: keys, distinct: distinct)
            refuseDearSignals(in: compiled, at: counter.name, context)
            counters.append(compiled)
        }
        return counters
    }

    /// Every event is counted, and dear signals are computed for few: the count would be silently too low.
    private mutating func refuseDearSignals(in counter: CompiledCounter, at node: Node, _ context: RuleContext) {
        let names = Set(counter.conditions.flatMap(\.signals))
        for signal in context.signals where names.contains(signal.name) && (signal.kind.isDear || signal.source == .pictures) {
            note(
                node,
                "the counter '\(counter.declaration.name)' looks at '\(signal.name)', which is computed only while a rule is open",
                expected: "signals that every event has: texts, links, contacts, hashes, marks of origin")
        }
    }
}
