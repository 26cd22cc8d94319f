// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// What is left of a rule's effects when a machine carries them out alone.
enum ActingEffects {
    /// The effects, when nothing in them is destructive or people have confirmed what was found; otherwise what is harmless,
    /// and a person's look.
    ///
    /// - Parameter signals: those that the rule's condition reads.
    static func of(_ effects: [EffectKind], given signals: [Signal]) -> [EffectKind] {
        guard effects.contains(where: \.isDestructive), !signals.contains(where: \.isConfirmedByPeople) else { return effects }
        return forAPerson(effects)
    }

    static func forAPerson(_ effects: [EffectKind]) -> [EffectKind] {
        let harmless = effects.filter { !$0.isDestructive && $0 != .notify }
        return harmless.contains(.review) ? harmless : harmless + [.review]
    }
}

extension Signal {
    /// A verified hash within its radius.
    var isConfirmedByPeople: Bool {
        (kind == .sha256 || kind == .pdq) && matches.contains { $0.trust == .verified }
    }
}
