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
        let counts: Set<EventKind>
        /// Places in the expressions below.
        let filter: Int?
        let keys: Int
        let member: Int?
        let shape: CounterShape
    }

    private let counters: [Counter]
    /// The places of those that count a kind of event, by kind.
    private let counting: [[Int]]
    /// For each counter what it has counted.
    private var held: [ReplayCounter]
    private let filters: CounterFilters
    private var rows: [ReplayKeys]
    private let members: [(plain: PlainID?, condition: Condition)]
    private let limits: CounterTable.Limits
    private let hash = SipHash(key0: 0, key1: 0)
    /// Rows with more names than this lose those under which nothing is counted any more.
    private var mostNames: [Int]

    init(_ policies: PolicySet, limits: CounterTable.Limits = CounterTable.Limits()) {
        var (filters, rows, members) = (Row<Condition>(), Row<CompiledCounter>(), Row<Condition>())
        counters = policies.compiledCounters.map { counter in
            let declaration = counter.declaration
            let keys = counter.keys.map(\.canonical).joined(separator: "\u{1F}")
            return Counter(
                name: declaration.name, counts: Set(declaration.events),
                filter: counter.filter.map { filters.place(of: $0, $0.canonical) }, keys: rows.place(of: counter, keys),
                member: counter.distinct.map { members.place(of: $0, $0.canonical) },
                shape: CounterShape(seconds: declaration.window, isDistinct: declaration.distinct != nil))
        }
        self.filters = CounterFilters(filters.elements)
        self.rows = rows.elements.map { ReplayKeys($0) }
        self.members = members.elements.map { (PlainID($0), $0) }
        self.limits = limits
        counting = EventKind.allCases.sorted { $0.ordinal < $1.ordinal }.map { [counters] kind in
            counters.indices.filter { counters[$0].counts.contains(kind) }
        }
        held = counters.map { ReplayCounter(shape: $0.shape, limits: limits) }
        mostNames = rows.elements.map { _ in 2 * limits.keys }
    }

    /// The places of counters by their names.
    func places(of names: some Sequence<String>) -> [Int] {
        names.compactMap { name in counters.firstIndex { $0.name == name } }.sorted()
    }

    /// The next event comes.
    mutating func begin(with inputs: borrowing RuleInputs) {
        for place in rows.indices { rows[place].forget() }
        // Events were recorded from the first one on, so everything has been counted since then.
        guard let first = held.first, first.since == nil else { return }
        for place in held.indices { held[place].since = inputs.event.countedAt }
    }

    /// What some counters say. The event itself is not in it.
    mutating func read(_ wanted: some Sequence<Int>, _ inputs: RuleInputs, event: UInt64) -> [String: CounterReading] {
        let at = inputs.event.countedAt
        var readings: [String: CounterReading] = [:]
        readings.reserveCapacity(wanted.underestimatedCount)
        for place in wanted {
            let (name, row) = (counters[place].name, counters[place].keys)
            rows[row].find(inputs)
            readings[name] =
                rows[row].unknown.map { CounterReading(name: name, value: 0, quality: .unknown($0)) }
                ?? held[place].read(rows[row].keys, name: name, at: at, event: event)
        }
        return readings
    }

    /// Counts the event.
    mutating func count(_ inputs: RuleInputs, event: UInt64) {
        let counting = counting[inputs.event.kind.ordinal]
        guard !counting.isEmpty else { return }
        let at = inputs.event.countedAt
        let passed = filters.passed(inputs)
        var counted = [UInt64??](repeating: nil, count: members.count)
        for place in counting {
            if let filter = counters[place].filter, !passed.contains(filter) { continue }
            let row = counters[place].keys
            rows[row].find(inputs)
            guard rows[row].unknown == nil, !rows[row].keys.isEmpty else { continue }
            var member: UInt64 = 0
            if let distinct = counters[place].member {
                let known = counted[distinct] ?? self.member(members[distinct], inputs)
                counted[distinct] = .some(known)
                guard let known else { continue }
                member = known
            }
            held[place].record(rows[row].keys, KeyCount.Entry(at: at, event: event, member: member))
            if held[place].keyCount > limits.keys { held[place].giveUp(limits.keys, at: at, names: rows[row].names) }
        }
        for row in rows.indices where rows[row].names.count > mostNames[row] { forgetNames(row) }
    }

    private mutating func forgetNames(_ row: Int) {
        let own = counters.indices.filter { counters[$0].keys == row }
        let kept = rows[row].names.indices.filter { name in own.contains { held[$0].holds(name) } }
        rows[row].renumber(kept)
        for place in own { held[place].renumber(kept) }
        mostNames[row] = max(2 * limits.keys, 2 * kept.count)
    }

    /// Nil when it cannot be told.
    private func member(_ member: (plain: PlainID?, condition: Condition), _ inputs: RuleInputs) -> UInt64? {
        if let plain = member.plain { return hash(plain.text(inputs)) }
        return switch member.condition.evaluate(inputs) {
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
