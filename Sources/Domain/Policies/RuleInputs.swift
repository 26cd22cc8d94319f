// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation

/// The values that conditions see: one event with its signals.
struct RuleInputs {
    let event: Event
    let signals: [String: Signal]

    init(_ event: Event, _ signals: [Signal]) {
        self.event = event
        self.signals = Dictionary(signals.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Nil when the event does not have it.
    func value(of input: RuleInput) -> Value? {
        switch input {
        case .eventKind: .string(event.kind.rawValue)
        case .eventID: .string(event.id.rawValue)
        case .eventTime: Self.timestamp(event.at)
        case .actorID: .string(event.actor.id.rawValue)
        case .actorAge: age
        case .spaceID: .string(event.space.id.rawValue)
        case .text: .string(event.item?.text ?? "")
        case .links: links
        case .media: .list((event.item?.media ?? []).map(Self.record))
        case .signal(let name, let field): signal(name, field)
        }
    }

    /// How old the account was when the event happened.
    private var age: Value {
        guard let created = event.actor.createdAt else {
            return .unknown(["the platform does not say when the account was made"])
        }
        let seconds = max(0, event.at.timeIntervalSince(created))
        // Beyond CEL's 292 years, older is as old as can be said.
        guard seconds < 9_000_000_000 else { return .duration(nanoseconds: .max) }
        return .duration(nanoseconds: Int64(seconds * 1_000) * 1_000_000)
    }

    private var links: Value {
        guard let signal = signals["links"] else {
            return event.item?.text == nil ? .list([]) : .unknown(["signal 'links' was not computed"])
        }
        switch signal.state {
        case .matched(let matches): return .list(matches.map { .string($0.entry) })
        case .absent: return .list([])
        case .unknown(let reason): return .unknown(["signal 'links': \(reason)"])
        }
    }

    private static func timestamp(_ date: Date) -> Value {
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
        guard let signal = signals[name] else { return .unknown(["signal '\(name)' was not computed"]) }
        if case .unknown(let reason) = signal.state { return .unknown(["signal '\(name)': \(reason)"]) }
        let best = signal.matches.min { Self.rank($0) < Self.rank($1) }
        return switch field {
        case .matched: .bool(best != nil)
        case .trust: .string(best?.trust.rawValue ?? "none")
        // Farther than any two hashes are apart, so that "distance <= 31" alone is false where nothing matched.
        case .distance: .int(Int64(best?.distance ?? 257))
        case .bank: .string(best?.bank ?? "")
        case .count: .int(Int64(signal.matches.count))
        case .value: .double(best == nil ? 0 : 1)
        }
    }

    /// The most trusted match first, among these the nearest.
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
