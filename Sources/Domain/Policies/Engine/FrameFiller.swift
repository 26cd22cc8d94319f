// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation

/// Decodes an event, its signals and its state into the slots that the rules of one kind of event read, each once.
struct FrameFiller: Sendable {
    /// The slots of one signal. A class, so that going through them copies nothing.
    private final class SignalSlots: Sendable {
        let name: String
        let fields: [(slot: FrameLayout.Slot, field: RuleInput.SignalField)]

        init(_ name: String, _ fields: [(slot: FrameLayout.Slot, field: RuleInput.SignalField)]) {
            self.name = name
            self.fields = fields
        }
    }

    /// What is the same for every rule and cheap to copy: a slot and what goes there.
    private let plain: [(slot: FrameLayout.Slot, input: RuleInput)]
    private let text: FrameLayout.Slot?
    private let links: FrameLayout.Slot?
    private let media: (slot: FrameLayout.Slot, id: FrameLayout.Field?, type: FrameLayout.Field?, sha256: FrameLayout.Field?)?
    private let actorLabels: FrameLayout.Slot?
    private let spaceLabels: FrameLayout.Slot?
    private let signals: [SignalSlots]
    private let counters: [(name: String, slot: FrameLayout.Slot)]

    init(_ layout: FrameLayout, _ rules: [Rule]) {
        var inputs: [RuleInput: FrameLayout.Slot] = [:]
        for rule in rules {
            for (slot, input) in zip(rule.condition.program.slots, rule.condition.inputs) {
                if let input, let place = layout.slot(slot.path) { inputs[input] = place }
            }
        }
        let fixed: [RuleInput] = [.eventKind, .eventID, .eventTime, .eventPlatform, .actorID, .actorAge, .spaceID]
        plain = fixed.compactMap { input in inputs[input].map { ($0, input) } }
        text = inputs[.text]
        links = inputs[.links]
        actorLabels = inputs[.actorLabels]
        spaceLabels = inputs[.spaceLabels]
        media = inputs[.media].map {
            ($0, layout.field("id", of: $0), layout.field("type", of: $0), layout.field("sha256", of: $0))
        }
        let names = Set(rules.flatMap(\.condition.signals)).sorted()
        signals = names.map { name in
            SignalSlots(
                name,
                RuleInput.SignalField.allCases.compactMap { field in inputs[.signal(name, field)].map { ($0, field) } })
        }
        counters = Set(rules.flatMap(\.condition.counters)).sorted().compactMap { name in
            inputs[.counter(name)].map { (name, $0) }
        }
    }

    func fill(_ frame: Frame, _ inputs: RuleInputs) {
        frame.reset()
        let event = inputs.event
        for (slot, input) in plain {
            switch input {
            case .eventKind: frame.set(slot, .string(event.kind.rawValue))
            case .eventID: frame.set(slot, .string(event.id.rawValue))
            case .eventPlatform: frame.set(slot, .string(event.platform.rawValue))
            case .actorID: frame.set(slot, .string(event.actor.id.rawValue))
            case .spaceID: frame.set(slot, .string(event.space.id.rawValue))
            default: if let value = inputs.value(of: input) { frame.set(slot, any: value) }
            }
        }
        if let text { frame.set(text, .string(event.item?.text ?? "")) }
        if let actorLabels { set(frame, actorLabels, inputs.state.actorLabels, event) }
        if let spaceLabels { set(frame, spaceLabels, inputs.state.spaceLabels, event) }
        if let links { fill(frame, links: links, inputs) }
        if let media { fill(frame, media: media, event.item?.media ?? []) }
        fill(frame, signalsOf: inputs)
        for (name, slot) in counters {
            switch inputs.counter(name) {
            case .int(let count): frame.set(slot, .int(count))
            case .unknown(let why): frame.setUnknown(slot, why)
            default: break
            }
        }
    }

    private func set(_ frame: Frame, _ slot: FrameLayout.Slot, _ labels: [Label], _ event: Event) {
        let count = labels.count { $0.isInForce(at: event.at) }
        guard let list = frame.makeList(slot, count: count), count > 0, let element = frame.layout.field("", of: slot) else {
            return
        }
        var place = 0
        for label in labels where label.isInForce(at: event.at) {
            list.set(place, element, .string(label.name))
            place += 1
        }
    }

    private func fill(_ frame: Frame, links slot: FrameLayout.Slot, _ inputs: RuleInputs) {
        guard case .matched(let matches)? = inputs.signal("links")?.state else {
            if let value = inputs.value(of: .links) { frame.set(slot, any: value) }
            return
        }
        frame.set(slot, texts: matches.lazy.map(\.entry))
    }

    private func fill(
        _ frame: Frame,
        media place: (slot: FrameLayout.Slot, id: FrameLayout.Field?, type: FrameLayout.Field?, sha256: FrameLayout.Field?),
        _ media: [Media]
    ) {
        guard let list = frame.makeList(place.slot, count: media.count) else { return }
        for (index, item) in media.enumerated() {
            if let field = place.id { list.set(index, field, .string(item.id.rawValue)) }
            if let field = place.type, let type = item.type { list.set(index, field, .string(type)) }
            if let field = place.sha256, let hash = item.sha256 { list.set(index, field, .string(hash)) }
        }
    }

    private func fill(_ frame: Frame, signalsOf inputs: RuleInputs) {
        let given = inputs.signals
        // Detectors give their signals in the same order each time, mostly that of the slots.
        var expected = 0
        for slots in signals {
            guard let place = Self.find(slots.name, in: given, from: expected) else {
                setUnknown(frame, slots, "signal '\(slots.name)' was not computed")
                continue
            }
            expected = place + 1
            switch given[place].state {
            case .absent: set(frame, slots, best: nil, count: 0)
            case .matched(let matches): set(frame, slots, best: given[place].best, count: matches.count)
            case .unknown(let why): setUnknown(frame, slots, "signal '\(slots.name)': \(why)")
            }
        }
    }

    /// Looks around the whole row once, from a place on.
    private static func find(_ name: String, in signals: [Signal], from start: Int) -> Int? {
        var place = start
        for _ in signals.indices {
            if place >= signals.count { place = 0 }
            if signals[place].name == name { return place }
            place += 1
        }
        return nil
    }

    private func setUnknown(_ frame: Frame, _ slots: SignalSlots, _ why: String) {
        for (slot, _) in slots.fields { frame.setUnknown(slot, [why]) }
    }

    private func set(_ frame: Frame, _ slots: SignalSlots, best: Match?, count: Int) {
        for (slot, field) in slots.fields {
            switch field {
            case .matched: frame.set(slot, .bool(best != nil))
            case .trust: frame.set(slot, .string(best?.trust.rawValue ?? "none"))
            case .distance: frame.set(slot, .int(Int64(best?.distance ?? RuleInputs.noDistance)))
            case .bank: frame.set(slot, .string(best?.bank ?? ""))
            case .count: frame.set(slot, .int(Int64(count)))
            case .value: frame.set(slot, .double(best == nil ? 0 : 1))
            }
        }
    }
}
