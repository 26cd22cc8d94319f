// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

import struct Foundation.Date

/// One set of rules that judges recorded events again, with counters that are counted again from the same events.
struct Replay {
    /// What one rule says now.
    struct Said {
        enum Result {
            case fired([EffectKind])
            case unknown(UnknownReason)
        }
        /// In `rules`.
        let rule: Int
        let result: Result
    }

    /// The rules of one kind of event.
    private struct Desk {
        let engine: KindEngine
        /// For each rule of the engine its place in `rules`, and the places of the counters that it reads.
        let places: [Int]
        let counters: [[Int]]
    }

    let policies: PolicySet
    let rules: [Rule]
    private let notice: (PublicEvent) -> [Signal]
    /// Signals that cannot be noticed again: as they are where there are no media, and where there are, for those not recorded.
    private let withoutMedia: [Signal]
    private let withMedia: [Signal]
    private let dear: Set<String>
    /// By kind of event.
    private let desks: [Desk?]
    private var counters: ReplayCounters

    init(_ side: Backtest.Side, only: Set<String>?) {
        let policies = side.policies.asIfLive(only: only)
        self.policies = policies
        notice = side.notice
        rules = policies.rules
        let numbers = Dictionary(rules.enumerated().map { ($1.reference.id, $0) }, uniquingKeysWith: { first, _ in first })
        let declared = policies.signals.filter { !$0.isNoticedAgain }
        let missing = SignalState.unknown("was not recorded")
        withMedia = declared.map { Signal(name: $0.name, kind: $0.kind, state: missing, version: "") }
        withoutMedia = declared.map {
            Signal(name: $0.name, kind: $0.kind, state: $0.isOfMedia ? .absent : missing, version: "")
        }
        dear = Set(policies.dearSignals.map(\.name))
        let counters = ReplayCounters(policies)
        self.counters = counters
        desks = EventKind.allCases.sorted { $0.ordinal < $1.ordinal }.map { kind in
            policies.engines[kind].map { engine in
                Desk(
                    engine: engine, places: engine.rules.map { numbers[$0.reference.id] ?? 0 },
                    counters: engine.rules.map { counters.places(of: $0.counters) })
            }
        }
    }

    /// What the rules say of the next event, in the order of the engine; rules that do not fire are left out.
    /// - Parameter hash: of what makes it one event among all.
    mutating func judge(_ event: PublicEvent, _ recorded: RecordedEvent, hash: UInt64) -> [Said] {
        let signals = signals(event, recorded)
        let cheap = RuleInputs(
            event.event, dear.isEmpty ? signals : signals.filter { !dear.contains($0.name) }, warming: policies.warming)
        counters.begin(with: cheap)
        let said = conclude(event.event, signals, cheap, recorded, hash)
        counters.count(cheap, event: hash)
        return said
    }

    // MARK: - What rules are given

    private func signals(_ event: PublicEvent, _ recorded: RecordedEvent) -> [Signal] {
        let noticed = notice(event)
        var rest = event.event.item?.media.isEmpty ?? true ? withoutMedia : withMedia
        if !recorded.signals.isEmpty {
            for place in rest.indices {
                let known = recorded.signals.first { $0.name == rest[place].name && $0.kind == rest[place].kind }
                if let known { rest[place] = known }
            }
        }
        return noticed + rest
    }

    private static func labels(_ recorded: RecordedEvent, _ state: inout StateReadings) {
        let inside = recorded.event
        guard !recorded.actorLabels.isEmpty || !recorded.spaceLabels.isEmpty else { return }
        state.actorLabels = recorded.actorLabels.map { .recorded($0, on: .actor(inside.platform, inside.actor.id), inside.at) }
        state.spaceLabels = recorded.spaceLabels.map { .recorded($0, on: .space(inside.platform, inside.space.id), inside.at) }
    }

    // MARK: - What follows

    private mutating func conclude(
        _ event: Event, _ signals: [Signal], _ cheap: RuleInputs, _ recorded: RecordedEvent, _ hash: UInt64
    ) -> [Said] {
        guard let desk = desks[event.kind.ordinal] else { return [] }
        let engine = desk.engine
        var state = StateReadings.none
        Self.labels(recorded, &state)
        // First without counters: what is no whatever they say needs none to be read, and that is nearly everything.
        let isPlain = dear.isEmpty && recorded.actorLabels.isEmpty && recorded.spaceLabels.isEmpty
        var inputs = isPlain ? cheap : RuleInputs(event, signals, state, warming: policies.warming)
        var reported = engine.reported(inputs)
        guard !reported.isEmpty else { return [] }
        let wanted = Set(reported.lazy.flatMap { desk.counters[$0.rule] })
        if !wanted.isEmpty {
            state.counters = counters.read(wanted, cheap, event: hash)
            inputs = RuleInputs(event, signals, state, warming: policies.warming)
            reported = engine.reported(inputs)
        }
        var said: [Said] = []
        for (place, outcome) in reported {
            let rule = engine.rules[place]
            guard !rule.isOver(at: event.at) else { continue }
            said.append(Said(rule: desk.places[place], result: result(outcome, rule, inputs)))
        }
        return said
    }

    private func result(_ outcome: Outcome, _ rule: Rule, _ inputs: RuleInputs) -> Said.Result {
        guard outcome == .yes else { return .unknown(UnknownReason(rule.condition.evaluate(inputs))) }
        let seen = rule.isDestructive ? inputs.signals.filter { rule.signals.contains($0.name) } : []
        return .fired(ActingEffects.of(rule.effects.map(\.kind), given: seen))
    }
}

extension Label {
    /// In force for one event.
    fileprivate static func recorded(_ name: String, on subject: LabelSubject, _ at: Date) -> Label {
        Label(name: name, subject: subject, by: .rules([]), reason: "recorded", at: at)
    }
}
