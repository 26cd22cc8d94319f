// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation

/// The values that conditions see: one event with its signals and the state that was read for it.
struct RuleInputs: Sendable {
    let event: Event
    let signals: [Signal]
    let state: StateReadings
    /// How counters that are warming are to be taken.
    let warming: [String: CounterDeclaration.Warming]

    /// Farther than any two hashes are apart, so that "distance <= 31" alone is false where nothing matched.
    static let noDistance = 257

    init(
        _ event: Event, _ signals: [Signal], _ state: StateReadings = .none,
        warming: [String: CounterDeclaration.Warming] = [:]
    ) {
        self.event = event
        self.signals = signals
        self.state = state
        self.warming = warming
    }

    /// The first of that name. There are few of them, and their names are short.
    func signal(_ name: String) -> Signal? {
        // By place: going through the signals themselves would copy each.
        signals.indices.first { signals[$0].name == name }.map { signals[$0] }
    }

    /// Nil when the event does not have it.
    func value(of input: RuleInput) -> Value? {
        switch input {
        case .eventKind: .string(event.kind.rawValue)
        case .eventID: .string(event.id.rawValue)
        case .eventTime: Self.timestamp(event.at)
        case .eventPlatform: .string(event.platform.rawValue)
        case .actorID: .string(event.actor.id.rawValue)
        case .actorAge: age
        case .actorLabels: labels(state.actorLabels)
        case .spaceID: .string(event.space.id.rawValue)
        case .spaceLabels: labels(state.spaceLabels)
        case .text: .string(event.item?.text ?? "")
        case .links: links
        case .media: .list((event.item?.media ?? []).map(Self.record))
        case .signal(let name, let field): signal(name, field)
        case .counter(let name): counter(name)
        }
    }

    private var age: Value {
        ageInNanoseconds.map { .duration(nanoseconds: $0) } ?? .unknown(["the platform does not say when the account was made"])
    }

    /// How old the account was when the event happened; nil when the platform does not say.
    var ageInNanoseconds: Int64? {
        guard let created = event.actor.createdAt else { return nil }
        let seconds = max(0, event.at.timeIntervalSince(created))
        // Beyond CEL's 292 years, older is as old as can be said.
        guard seconds < 9_000_000_000 else { return .max }
        return Int64(seconds * 1_000) * 1_000_000
    }

    private func labels(_ labels: [Label]) -> Value {
        .list(labels.filter { $0.isInForce(at: event.at) }.map { .string($0.name) })
    }

    private var links: Value {
        guard let signal = signal("links") else {
            return event.item?.text == nil ? .list([]) : .unknown(["signal 'links' was not computed"])
        }
        switch signal.state {
        case .matched(let matches): return .list(matches.map { .string($0.entry) })
        case .absent, .measured: return .list([])
        case .unknown(let reason): return .unknown(["signal 'links': \(reason)"])
        }
    }

    static func timestamp(_ date: Date) -> Value {
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        guard milliseconds.magnitude < 1e15 else { return .unknown(["the event's time is out of range"]) }
        let whole = Int64(milliseconds)
        let seconds = whole >= 0 ? whole / 1_000 : (whole - 999) / 1_000
        let nanoseconds = Int32(whole - seconds * 1_000) * 1_000_000
        return Timestamp(seconds: seconds, nanoseconds: nanoseconds).map { .timestamp($0) }
            ?? .unknown(["the event's time is out of range"])
    }

    private static func record(_ media: Media) -> Value {
        var fields: [(key: String, value: Value)] = [("id", .string(media.id.rawValue))]
        if let type = media.type { fields.append(("type", .string(type))) }
        if let hash = media.sha256 { fields.append(("sha256", .string(hash))) }
        return .map(MapValue(fields))
    }

    private func signal(_ name: String, _ field: RuleInput.SignalField) -> Value {
        guard let signal = self.signal(name) else { return .unknown(["signal '\(name)' was not computed"]) }
        if case .unknown(let reason) = signal.state { return .unknown(["signal '\(name)': \(reason)"]) }
        let fields = SignalFields(signal)
        return switch field {
        case .matched: .bool(fields.matched)
        case .trust: .string(fields.trust)
        case .distance: .int(fields.distance)
        case .bank: .string(fields.bank)
        case .count: .int(fields.count)
        case .value: .double(fields.value)
        case .label: .string(fields.label)
        }
    }

    /// A signal as conditions see it.
    struct SignalFields {
        let matched: Bool
        let trust: String
        let distance: Int64
        let bank: String
        let count: Int64
        let value: Double
        let label: String

        /// Nothing was found.
        static let none = SignalFields(nil, count: 0)

        init(_ best: Match?, count: Int) {
            matched = best != nil
            trust = best?.trust.rawValue ?? "none"
            distance = Int64(best?.distance ?? RuleInputs.noDistance)
            bank = best?.bank ?? ""
            self.count = Int64(count)
            value = best == nil ? 0 : 1
            label = ""
        }

        init(_ signal: borrowing Signal) {
            switch signal.state {
            case .matched(let matches): self.init(signal.best, count: matches.count)
            case .measured(let measurements): self.init(measurements)
            case .absent, .unknown: self = .none
            }
        }

        /// What a model says is never trusted as a verified fingerprint is. The best measurement that counts, else the best.
        private init(_ measurements: [SignalMeasurement]) {
            let counting = measurements.filter(\.counts)
            let best = (counting.isEmpty ? measurements : counting).max { $0.value < $1.value }
            matched = !counting.isEmpty
            trust = "none"
            distance = Int64(RuleInputs.noDistance)
            bank = best?.output ?? ""
            count = Int64(counting.reduce(0) { $0 + max(1, $1.regions.count) })
            value = best?.value ?? 0
            label = best?.label ?? ""
        }
    }

    /// What a counter says; nil when that cannot be told.
    func count(of name: String) -> Int64? {
        guard let place = state.counters.index(forKey: name) else { return nil }
        switch state.counters.values[place].quality {
        case .exact, .approximate: break
        case .warming: if warming[name] != .count { return nil }
        case .unknown: return nil
        }
        return state.counters.values[place].value
    }

    func counter(_ name: String) -> Value {
        if let count = count(of: name) { return .int(count) }
        switch state.counters[name]?.quality {
        case .warming(let full)?: return .unknown(["counter '\(name)' is warming until \(full.ISO8601Format())"])
        case .unknown(let why)?: return .unknown(["counter '\(name)': \(why)"])
        case .exact?, .approximate?, nil: return .unknown(["counter '\(name)' was not read"])
        }
    }
}

extension Signal {
    /// The most trusted match, among these the nearest.
    var best: Match? {
        guard case .matched(let matches) = state else { return nil }
        return matches.count == 1 ? matches[0] : matches.min { Self.rank($0) < Self.rank($1) }
    }

    private static func rank(_ match: Match) -> (Int, Int, String) {
        let order: [Trust] = [.verified, .probation, .claimed, .benign, .retired]
        return (order.firstIndex(of: match.trust) ?? order.count, match.distance, match.entry)
    }
}

/// The inputs as one condition's program asks for them.
struct ConditionInputs: Bindings {
    let condition: Condition
    let inputs: RuleInputs

    func value(of slot: Slot) -> Value? { condition.inputs[slot.index].flatMap { inputs.value(of: $0) } }
}

extension Condition {
    func evaluate(_ inputs: RuleInputs) -> Value { program.evaluate(ConditionInputs(condition: self, inputs: inputs)) }
}
