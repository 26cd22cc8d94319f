// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Moderation

/// Decodes an event, its signals and its state into the slots that the rules of one kind of event read, each once.
///
/// A frame starts every event as most events are: no signal found anything, nobody has a label. Only what is different is put in,
/// and why something cannot be told is a constant here; findings tell it in full.
struct FrameFiller: Sendable {
    typealias Position = FrameLayout.Position

    /// Where the fields of one signal go; nil where no rule asks.
    struct SignalSlots: Sendable {
        let name: String
        let matched: Position?
        let trust: Position?
        let distance: Position?
        let bank: Position?
        let count: Position?
        let value: Position?
        let label: Position?

        var all: [Position] { [matched, trust, distance, bank, count, value, label].compactMap { $0 } }
    }

    /// What one frame has ready.
    struct Constants {
        /// By the place of the signal, of the counter.
        let unknownSignals: [FrameConstant]
        let unknownCounters: [FrameConstant]
        let unknownAge: FrameConstant
        let unknownLinks: FrameConstant
    }

    private let kind: EventKind
    private let kindSlot: Position?
    private let id: Position?
    private let platform: Position?
    private let actorID: Position?
    private let spaceID: Position?
    private let age: Position?
    private let time: FrameLayout.Slot?
    private let text: Position?
    private let links: Position?
    private let media: (slot: FrameLayout.Slot, id: FrameLayout.Field?, type: FrameLayout.Field?, sha256: FrameLayout.Field?)?
    private let actorLabels: Position?
    private let spaceLabels: Position?
    private let signals: [SignalSlots]
    private let counters: [(name: String, slot: Position)]

    init(_ layout: FrameLayout, _ rules: [Rule], kind: EventKind) {
        var inputs: [RuleInput: FrameLayout.Slot] = [:]
        for rule in rules {
            for (slot, input) in zip(rule.condition.program.slots, rule.condition.inputs) {
                if let input, let place = layout.slot(slot.path) { inputs[input] = place }
            }
        }
        self.kind = kind
        kindSlot = inputs[.eventKind]?.position
        id = inputs[.eventID]?.position
        platform = inputs[.eventPlatform]?.position
        actorID = inputs[.actorID]?.position
        spaceID = inputs[.spaceID]?.position
        age = inputs[.actorAge]?.position
        time = inputs[.eventTime]
        text = inputs[.text]?.position
        links = inputs[.links]?.position
        actorLabels = inputs[.actorLabels]?.position
        spaceLabels = inputs[.spaceLabels]?.position
        media = inputs[.media].map {
            ($0, layout.field("id", of: $0), layout.field("type", of: $0), layout.field("sha256", of: $0))
        }
        signals = Set(rules.flatMap(\.condition.signals)).sorted().map { name in
            func slot(_ field: RuleInput.SignalField) -> Position? { inputs[.signal(name, field)]?.position }
            return SignalSlots(
                name: name, matched: slot(.matched), trust: slot(.trust), distance: slot(.distance), bank: slot(.bank),
                count: slot(.count), value: slot(.value), label: slot(.label))
        }
        counters = Set(rules.flatMap(\.condition.counters)).sorted().compactMap { name in
            inputs[.counter(name)].map { (name, $0.position) }
        }
    }

    /// Makes a new frame start as most events are.
    func prepare(_ frame: Frame) -> Constants {
        if let kindSlot { frame.set(kindSlot, text: kind.rawValue) }
        for place in [text].compactMap({ $0 }) { frame.set(place, text: "") }
        for place in [links, actorLabels, spaceLabels].compactMap({ $0 }) { frame.set(place, upTo: 0) { _ in nil } }
        if let media { _ = frame.makeList(media.slot, count: 0) }
        let none = RuleInputs.SignalFields.none
        for slots in signals { set(frame, slots, none) }
        let constants = Constants(
            unknownSignals: signals.map { frame.constant(unknown: ["signal '\($0.name)' is unknown"]) },
            unknownCounters: counters.map { frame.constant(unknown: ["counter '\($0.name)' is unknown"]) },
            unknownAge: frame.constant(unknown: ["the age of the account is unknown"]),
            unknownLinks: frame.constant(unknown: ["signal 'links' is unknown"]))
        frame.keep()
        return constants
    }

    /// The same values as `RuleInputs` gives, which is asked for what is rare.
    func fill(_ frame: Frame, _ constants: borrowing Constants, _ inputs: borrowing RuleInputs) {
        frame.reset()
        if let id { frame.set(id, text: inputs.event.id.rawValue) }
        if let platform { frame.set(platform, text: inputs.event.platform.rawValue) }
        if let actorID { frame.set(actorID, text: inputs.event.actor.id.rawValue) }
        if let spaceID { frame.set(spaceID, text: inputs.event.space.id.rawValue) }
        if let time { frame.set(time, any: RuleInputs.timestamp(inputs.event.at)) }
        if let age {
            if let nanoseconds = inputs.ageInNanoseconds {
                frame.set(age, durationInNanoseconds: nanoseconds)
            } else {
                frame.set(age, constants.unknownAge)
            }
        }
        if let text, let written = inputs.event.item?.text { frame.set(text, text: written) }
        if let actorLabels { set(frame, actorLabels, inputs.state.actorLabels, at: inputs.event.at) }
        if let spaceLabels { set(frame, spaceLabels, inputs.state.spaceLabels, at: inputs.event.at) }
        if let media, let items = inputs.event.item?.media, !items.isEmpty { fill(frame, media, items) }
        fillSignals(frame, constants, inputs)
        for place in counters.indices {
            if let count = inputs.count(of: counters[place].name) {
                frame.set(counters[place].slot, int: count)
            } else {
                frame.set(counters[place].slot, constants.unknownCounters[place])
            }
        }
    }

    private func set(_ frame: Frame, _ position: Position, _ labels: [Label], at time: Date) {
        guard !labels.isEmpty else { return }
        frame.set(position, upTo: labels.count) { place in
            if let end = labels[place].expiresAt, time >= end { return nil }
            return labels[place].name
        }
    }

    private func fill(
        _ frame: Frame,
        _ place: (slot: FrameLayout.Slot, id: FrameLayout.Field?, type: FrameLayout.Field?, sha256: FrameLayout.Field?),
        _ media: [Media]
    ) {
        guard let list = frame.makeList(place.slot, count: media.count) else { return }
        for (index, item) in media.enumerated() {
            if let field = place.id { list.set(index, field, .string(item.id.rawValue)) }
            if let field = place.type, let type = item.type { list.set(index, field, .string(type)) }
            if let field = place.sha256, let hash = item.sha256 { list.set(index, field, .string(hash)) }
        }
    }

    private func fillSignals(_ frame: Frame, _ constants: borrowing Constants, _ inputs: borrowing RuleInputs) {
        let given = inputs.signals
        if let links { fill(frame, links: links, given, constants, hasText: inputs.event.item?.text != nil) }
        // Detectors give their signals in the same order each time, mostly that of the slots.
        var expected = 0
        for index in signals.indices {
            guard let place = Self.find(signals[index].name, in: given, from: expected) else {
                for slot in signals[index].all { frame.set(slot, constants.unknownSignals[index]) }
                continue
            }
            expected = place + 1
            switch given[place].state {
            // As the frame starts.
            case .absent: break
            case .matched(let matches):
                set(frame, signals[index], RuleInputs.SignalFields(given[place].best, count: matches.count))
            case .measured: set(frame, signals[index], RuleInputs.SignalFields(given[place]))
            case .unknown: for slot in signals[index].all { frame.set(slot, constants.unknownSignals[index]) }
            }
        }
    }

    private func fill(
        _ frame: Frame, links slot: Position, _ given: [Signal], _ constants: borrowing Constants, hasText: Bool
    ) {
        guard let place = Self.find("links", in: given, from: 0) else {
            if hasText { frame.set(slot, constants.unknownLinks) }
            return
        }
        switch given[place].state {
        case .absent, .measured: break
        case .matched(let matches): frame.set(slot, upTo: matches.count) { matches[$0].entry }
        case .unknown: frame.set(slot, constants.unknownLinks)
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

    private func set(_ frame: Frame, _ slots: SignalSlots, _ fields: RuleInputs.SignalFields) {
        if let slot = slots.matched { frame.set(slot, bool: fields.matched) }
        if let slot = slots.trust { frame.set(slot, text: fields.trust) }
        if let slot = slots.distance { frame.set(slot, int: fields.distance) }
        if let slot = slots.bank { frame.set(slot, text: fields.bank) }
        if let slot = slots.count { frame.set(slot, int: fields.count) }
        if let slot = slots.value { frame.set(slot, double: fields.value) }
        if let slot = slots.label { frame.set(slot, text: fields.label) }
    }
}
