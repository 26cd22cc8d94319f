// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Policies

/// Brings the effects of all rules that fired on one event together: each kind once, the policy's first clause first.
package struct Merge {
    package struct Plan: Sendable {
        package var rules: [RuleReference]
        package var clause: ClauseID?
        package var reason: String
        package var effects: [Effect]
        package var explanations: [Explanation]
        /// The live findings that act by themselves.
        package var findings: [RuleFinding]
        /// Each rule's part in it.
        package var uses: [RuleUse]
        /// Why everything destructive in it waits for a person: those who want it are stopped.
        package var restraint: String?

        package var isDestructive: Bool { effects.contains { $0.kind.isDestructive } }
        package var needsEvidence: Bool {
            isDestructive || effects.contains { $0.kind == .preserve || $0.kind == .review }
        }

        /// A quota whose `exceeded` is `drop`: what is destructive does not happen.
        mutating func dropDestructive(because why: String) {
            effects.removeAll { $0.kind.isDestructive || $0.kind == .notify }
            reason += "; dropped: \(why)"
        }
    }

    /// Nil when nothing is to be done.
    package let plan: Plan?

    package init(_ findings: [RuleFinding]) {
        let acting = findings.filter { ($0.stage == .live || $0.stage == .canary) && $0.isSomething }
        guard !acting.isEmpty else {
            plan = nil
            return
        }
        // A stopped rule's wish is held; beside another rule that may act it only asks for a person.
        let destructive = acting.filter(\.wantsDestruction)
        let restrained = destructive.compactMap(\.restraint)
        let isHeld = !restrained.isEmpty && restrained.count == destructive.count
        var effects: [Effect] = []
        for effect in acting.flatMap({ $0.wantedEffects(isHeld: isHeld) }) where !effects.contains(where: effect.isSame) {
            effects.append(effect)
        }
        plan = Plan(
            rules: acting.map(\.rule), clause: effects.lazy.compactMap(\.clause).first,
            reason: acting.map(\.summary).joined(separator: "; "), effects: effects,
            explanations: acting.map(\.explanation), findings: acting.filter(\.isWithinMachineAuthority),
            uses: acting.map { RuleUse(key: RuleKey($0.rule), effects: $0.wantedEffects(isHeld: isHeld).map(\.kind)) },
            restraint: isHeld ? restrained.joined(separator: "; ") : nil)
    }
}

extension RuleFinding {
    fileprivate var isSomething: Bool { !wantedEffects(isHeld: true).isEmpty }

    /// It would do something destructive by itself.
    fileprivate var wantsDestruction: Bool {
        result == .fired && isWithinMachineAuthority && effects.contains { $0.kind.isDestructive }
    }

    /// What the rule wants done: its effects, or a person's look when it cannot know or must not act.
    fileprivate func wantedEffects(isHeld: Bool) -> [Effect] {
        switch result {
        case .fired: isWithinMachineAuthority && (isHeld || restraint == nil) ? effects : effectsForAPerson
        case .unknown(_, then: .hold): [Effect(.review, parameters: ["priority": "20"])]
        case .unknown(_, then: .skip), .notFired: []
        }
    }

    /// A machine removes alone only what people have confirmed before: this rule's own signals hold a verified hash.
    fileprivate var isWithinMachineAuthority: Bool {
        !effects.contains { $0.kind.isDestructive } || explanation.signals.contains(where: \.isConfirmedByPeople)
    }

    /// What is left of the effects when a person must decide.
    private var effectsForAPerson: [Effect] {
        let harmless = effects.filter { !$0.kind.isDestructive && $0.kind != .notify }
        if harmless.contains(where: { $0.kind == .review }) { return harmless }
        return harmless + [Effect(.review, clause: effects.lazy.compactMap(\.clause).first, parameters: ["priority": "50"])]
    }

    fileprivate var summary: String {
        switch result {
        case .fired where isWithinMachineAuthority && restraint != nil: "rule \(rule.id) fired, but is stopped"
        case .fired where isWithinMachineAuthority: "rule \(rule.id) fired"
        case .fired: "rule \(rule.id) fired, no verified hash supports it, so a person decides"
        case .unknown(let why, _): "rule \(rule.id) cannot tell (\(why))"
        case .notFired: "rule \(rule.id) did not fire"
        }
    }
}

extension Signal {
    /// A verified hash within its radius.
    fileprivate var isConfirmedByPeople: Bool {
        (kind == .sha256 || kind == .pdq) && matches.contains { $0.trust == .verified }
    }
}
