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
        /// The live findings behind it.
        package var findings: [RuleFinding]

        package var isDestructive: Bool { effects.contains { $0.kind.isDestructive } }
        package var needsEvidence: Bool {
            isDestructive || effects.contains { $0.kind == .preserve || $0.kind == .review }
        }

        /// A machine removes alone only what people have confirmed before: a verified hash. Anything else goes to a person.
        mutating func keepWithinMachineAuthority() {
            let confirmed = findings.contains { finding in
                finding.result == .fired && finding.effects.contains { $0.kind.isDestructive }
                    && finding.explanation.signals.contains(where: \.isConfirmedByPeople)
            }
            guard isDestructive, !confirmed else { return }
            effects.removeAll { $0.kind.isDestructive || $0.kind == .notify }
            if !effects.contains(where: { $0.kind == .review }) {
                effects.append(Effect(.review, clause: clause, parameters: ["priority": "50"]))
            }
            reason += "; no verified hash supports a removal by rule alone, so a person decides"
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
            explanations: acting.map(\.explanation), findings: acting)
    }
}

extension RuleFinding {
    fileprivate var isSomething: Bool { !wantedEffects.isEmpty }

    /// What the rule wants done: its effects, or a person's look when it cannot know.
    fileprivate var wantedEffects: [Effect] {
        switch result {
        case .fired: effects
        case .unknown(_, then: .hold): [Effect(.review, parameters: ["priority": "20"])]
        case .unknown(_, then: .skip), .notFired: []
        }
    }

    fileprivate var summary: String {
        switch result {
        case .fired: "rule \(rule.id) fired"
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
