// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

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
        var effects: [Effect] = []
        for effect in acting.flatMap(\.wantedEffects) where !effects.contains(where: { $0.kind == effect.kind }) {
            effects.append(effect)
        }
        plan = Plan(
            rules: acting.map(\.rule), clause: effects.lazy.compactMap(\.clause).first,
            reason: acting.map(\.summary).joined(separator: "; "), effects: effects,
            explanations: acting.map(\.explanation), findings: acting.filter(\.isWithinMachineAuthority))
    }
}

extension RuleFinding {
    fileprivate var isSomething: Bool { !wantedEffects.isEmpty }

    /// What the rule wants done: its effects, or a person's look when it cannot know.
    fileprivate var wantedEffects: [Effect] {
        switch result {
        case .fired: isWithinMachineAuthority ? effects : effectsForAPerson
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
