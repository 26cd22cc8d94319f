// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// What rules were given of one public event, and what they said of it then: enough to judge it again.
///
/// Signals of what was written are left out, since they can be noticed again; counters too, since they can be counted again.
package struct RecordedEvent: Hashable, Sendable {
    /// What one rule said, whatever its stage.
    package struct Finding: Hashable, Sendable {
        package enum Result: Hashable, Sendable {
            case fired
            /// It could not tell, for this reason.
            case unknown(String)
        }

        package var key: RuleKey
        /// The stage that it really had for this event.
        package var stage: RuleFinding.Stage
        package var result: Result
        /// What it asked for, or would have if its stage let it: nothing destructive where a person has to decide.
        package var effects: [EffectKind]
        /// Its version was stopped: what is destructive in its effects waited for a person.
        package var isRestrained: Bool

        package init(
            key: RuleKey, stage: RuleFinding.Stage, result: Result, effects: [EffectKind], isRestrained: Bool = false
        ) {
            self.key = key
            self.stage = stage
            self.result = result
            self.effects = effects
            self.isRestrained = isRestrained
        }
    }

    /// As rules saw it; addresses of media are left out, and times are whole milliseconds.
    package let event: Event
    /// Those that cannot be noticed again without the media: hashes, models, and what is written in pictures.
    package let signals: [Signal]
    /// The names of the labels that were in force.
    package let actorLabels: [String]
    package let spaceLabels: [String]
    /// The rules that fired or could not tell, shadow ones too.
    package let findings: [Finding]

    /// - Parameters:
    ///   - signals: all that rules had; those of what was written are dropped.
    ///   - declared: the declarations of the set that judged it.
    ///   - findings: with the stages that they really had.
    package init(
        _ event: PublicEvent, signals: [Signal], declared: [SignalDeclaration], state: StateReadings, findings: [RuleFinding]
    ) {
        let inside = event.event
        self.init(
            kept: inside.withoutAddresses, signals: Self.notNoticedAgain(signals, declared),
            actorLabels: state.actorLabels.filter { $0.isInForce(at: inside.at) }.map(\.name),
            spaceLabels: state.spaceLabels.filter { $0.isInForce(at: inside.at) }.map(\.name),
            findings: findings.compactMap { Finding($0) })
    }

    /// An event without the past of a pipeline: from a file, or made up.
    package init(
        _ event: PublicEvent, signals: [Signal] = [], declared: [SignalDeclaration] = [], actorLabels: [String] = [],
        spaceLabels: [String] = [], findings: [Finding] = []
    ) {
        self.init(
            kept: event.event.withoutAddresses, signals: Self.notNoticedAgain(signals, declared), actorLabels: actorLabels,
            spaceLabels: spaceLabels,
            findings: findings)
    }

    /// - Parameter event: public, as it is kept.
    init(
        kept event: Event, signals: [Signal], actorLabels: [String], spaceLabels: [String], findings: [Finding]
    ) {
        self.event = event
        // What has no media matches no hash: that needs no room.
        let hasMedia = !(event.item?.media.isEmpty ?? true)
        self.signals = signals.isEmpty ? signals : Self.kept(signals, hasMedia: hasMedia)
        self.actorLabels = actorLabels
        self.spaceLabels = spaceLabels
        self.findings = findings
    }

    private static func notNoticedAgain(_ signals: [Signal], _ declared: [SignalDeclaration]) -> [Signal] {
        guard !signals.isEmpty else { return [] }
        let ofPictures = Set(declared.lazy.filter { $0.source == .pictures }.map(\.name))
        return signals.filter { $0.kind.isOfMedia || $0.kind.isDear || ofPictures.contains($0.name) }
    }

    private static func kept(_ signals: [Signal], hasMedia: Bool) -> [Signal] {
        signals.filter { hasMedia || $0.state != .absent || !$0.kind.isOfMedia }
            .map { Signal(name: $0.name, kind: $0.kind, state: $0.state, version: $0.version) }
    }
}

extension RecordedEvent.Finding {
    /// Nil for a rule that did not fire.
    fileprivate init?(_ finding: RuleFinding) {
        let result: Result
        switch finding.result {
        case .fired: result = .fired
        case .unknown(let why, _): result = .unknown(UnknownReason.withoutContent(why))
        case .notFired: return nil
        }
        let effects =
            finding.result == .fired ? ActingEffects.of(finding.effects.map(\.kind), given: finding.explanation.signals) : []
        self.init(
            key: RuleKey(finding.rule), stage: finding.stage, result: result, effects: effects,
            isRestrained: finding.restraint != nil)
    }

    /// Whether something followed from it.
    var acted: Bool { stage.acts && result == .fired }

    /// Whether something destructive followed from it without a person.
    var destroyed: Bool { acted && !isRestrained && effects.contains(where: \.isDestructive) }
}

extension SignalKind {
    /// Absent where there are no media.
    var isOfMedia: Bool { self == .sha256 || self == .pdq || self == .provenance }

    /// What models say, of media or text.
    var isDear: Bool { self == .model }
}

extension SignalDeclaration {
    /// It looks at nothing but what was written, so it can be had again from the event alone.
    var isNoticedAgain: Bool { !kind.isOfMedia && !kind.isDear && source == .text }

    /// Absent where there are no media.
    var isOfMedia: Bool { kind.isOfMedia || source == .pictures }
}

extension Event {
    /// As it is kept: without the addresses of media, and with times as they can be written.
    fileprivate var withoutAddresses: Event {
        var event = self
        event.at = .init(milliseconds: at.milliseconds)
        event.receivedAt = .init(milliseconds: receivedAt.milliseconds)
        event.actor.createdAt = actor.createdAt.map { .init(milliseconds: $0.milliseconds) }
        guard let item, !item.media.isEmpty, item.media.contains(where: { $0.url != nil }) else { return event }
        event.item?.media = item.media.map { Media(id: $0.id, type: $0.type, sha256: $0.sha256) }
        return event
    }
}
