// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

import struct Foundation.Date

/// The counters of a replay: the same counts as a `CounterTable` gives, with what several counters have in common worked out
/// once for each event.
struct ReplayCounters {
    private struct Counter {
        let name: String
        /// By kind of event.
        let counts: [Bool]
        let isRead: [Bool]
        /// Places in the expressions below.
        let filter: Int?
        let keys: Int
        let member: Int?
        let seconds: Int
        let shape: CounterShape
    }

    private let counters: [Counter]
    /// For each counter what it has counted.
    private var held: [CounterTable.Counter]
    private let filters: CounterFilters
    private let keyRows: [CompiledCounter]
    private let members: [Condition]
    private let limits = CounterTable.Limits()
    private let hash = SipHash(key0: 0, key1: 0)
    /// The keys of the event that is judged now.
    private var keys: [CounterKeys?]

    init(_ policies: PolicySet) {
        var (filters, keyRows, members) = (Row<Condition>(), Row<CompiledCounter>(), Row<Condition>())
        counters = policies.compiledCounters.map { counter in
            let declaration = counter.declaration
            let keys = counter.keys.map(\.canonical).joined(separator: "\u{1F}")
            return Counter(
                name: declaration.name, counts: EventKind.allCases.byOrdinal { declaration.events.contains($0) },
                isRead: EventKind.allCases.byOrdinal { kind in
                    policies.rules(for: kind).contains { $0.counters.contains(declaration.name) }
                },
                filter: counter.filter.map { filters.place(of: $0, $0.canonical) }, keys: keyRows.place(of: counter, keys),
                member: counter.distinct.map { members.place(of: $0, $0.canonical) }, seconds: declaration.window,
                shape: CounterShape(seconds: declaration.window, isDistinct: declaration.distinct != nil))
        }
        (self.filters, self.keyRows, self.members) = (CounterFilters(filters.elements), keyRows.elements, members.elements)
        held = counters.map { [limits] in CounterTable.Counter(shape: $0.shape, seen: SeenEvents(limit: limits.events)) }
        keys = [CounterKeys?](repeating: nil, count: keyRows.elements.count)
    }

    /// The next event comes.
    mutating func begin(with inputs: borrowing RuleInputs) {
        for place in keys.indices { keys[place] = nil }
        // Events were recorded from the first one on, so everything has been counted since then.
        guard let first = held.first, first.since == nil else { return }
        for place in held.indices { held[place].since = inputs.event.countedAt }
    }

    /// What the counters say that rules for this kind of event read. The event itself is not in it.
    mutating func read(_ inputs: RuleInputs, event: UInt64) -> [String: CounterReading] {
        guard !counters.isEmpty else { return [:] }
        let (kind, at) = (inputs.event.kind.ordinal, inputs.event.countedAt)
        var readings: [String: CounterReading] = [:]
        for place in counters.indices where counters[place].isRead[kind] {
            let name = counters[place].name
            if readings.isEmpty { readings.reserveCapacity(counters.count) }
            let wanted = keys(counters[place].keys, inputs)
            readings[name] =
                wanted.unknown.map { CounterReading(name: name, value: 0, quality: .unknown($0)) }
                ?? held[place].read(wanted.keys, name: name, at: at, event: event)
        }
        return readings
    }

    /// Counts the event.
    mutating func count(_ inputs: RuleInputs, event: UInt64) {
        guard !counters.isEmpty else { return }
        let (kind, at) = (inputs.event.kind.ordinal, inputs.event.countedAt)
        let passed = filters.passed(inputs)
        var counted = [UInt64??](repeating: nil, count: members.count)
        for place in counters.indices where counters[place].counts[kind] {
            if let filter = counters[place].filter, !passed.contains(filter) { continue }
            let wanted = keys(counters[place].keys, inputs)
            guard wanted.unknown == nil, !wanted.keys.isEmpty else { continue }
            var member: UInt64 = 0
            if let distinct = counters[place].member {
                let known = counted[distinct] ?? self.member(members[distinct], inputs)
                counted[distinct] = .some(known)
                guard let known else { continue }
                member = known
            }
            let counter = counters[place]
            held[place].record(
                CounterIncrement(
                    identity: "", window: counter.seconds, isDistinct: counter.shape.isDistinct, keys: wanted.keys,
                    member: member,
                    event: event, at: at), limits)
        }
    }

    private mutating func keys(_ place: Int, _ inputs: RuleInputs) -> CounterKeys {
        if let known = keys[place] { return known }
        let row = keyRows[place]
        let found: CounterKeys
        if row.keys.count == 1, let text = row.keys[0].plainID(inputs) {
            found = CounterKeys(counter: row.declaration.name, keys: [text])
        } else {
            found = row.read(inputs)
        }
        keys[place] = found
        return found
    }

    /// Nil when it cannot be told.
    private func member(_ condition: Condition, _ inputs: RuleInputs) -> UInt64? {
        if let text = condition.plainID(inputs) { return hash(text) }
        return switch condition.evaluate(inputs) {
        case .string(let text): hash(text)
        case .int(let number): hash(String(number))
        default: nil
        }
    }

    /// Things that are the same when they are called the same.
    private struct Row<Element> {
        private(set) var elements: [Element] = []
        private var places: [String: Int] = [:]

        mutating func place(of element: Element, _ name: String) -> Int {
            if let place = places[name] { return place }
            elements.append(element)
            places[name] = elements.count - 1
            return elements.count - 1
        }
    }
}

/// The conditions of counters, run together as those of rules are.
private struct CounterFilters {
    private let engines: KindEngines?

    init(_ filters: [Condition]) {
        let rules = filters.enumerated().map { place, filter in
            Rule(
                reference: RuleReference(policy: "", id: String(place), version: ""), stage: .live, percent: 100, events: [],
                when: filter.text, effects: [], unknown: .skip, text: "", condition: filter)
        }
        let all = Dictionary(uniqueKeysWithValues: EventKind.allCases.map { ($0, rules) })
        engines = rules.isEmpty ? nil : KindEngines(all)
    }

    /// The places of those that are true.
    func passed(_ inputs: RuleInputs) -> [Int] {
        guard let found = engines?[inputs.event.kind]?.reported(inputs), !found.isEmpty else { return [] }
        return found.lazy.filter { $0.outcome == .yes }.map(\.rule)
    }
}

extension Condition {
    /// The id that the expression stands for, when it is nothing but a name: the most frequent keys need no evaluation.
    fileprivate func plainID(_ inputs: borrowing RuleInputs) -> String? {
        guard self.inputs.count == 1 else { return nil }
        return switch (self.inputs[0], text) {
        case (.actorID?, "actor.id"): inputs.event.actor.id.rawValue
        case (.spaceID?, "space.id"): inputs.event.space.id.rawValue
        default: nil
        }
    }
}

extension [EventKind] {
    /// One value for each kind, by its place.
    fileprivate func byOrdinal(_ value: (EventKind) -> Bool) -> [Bool] {
        sorted { $0.ordinal < $1.ordinal }.map(value)
    }
}
