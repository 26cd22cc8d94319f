// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Moderation
import Records

import struct Foundation.Date

/// The words in which the pipeline writes the ledger; never content.
extension LedgerEntry {
    static func decision(_ decision: Decision) -> LedgerEntry {
        var facts = [
            "verdict": decision.verdict.rawValue, "platform": decision.target.platform.rawValue,
            "effects": decision.effects.map(\.kind.rawValue).joined(separator: ","),
        ]
        facts["item"] = decision.target.item?.rawValue
        facts["clause"] = decision.clause?.rawValue
        facts["undoes"] = decision.undoes?.rawValue
        return LedgerEntry(
            kind: "decision.made", at: decision.at, actor: decision.by.label, subject: decision.id.rawValue, facts: facts)
    }

    static func preserved(_ evidence: Preserved, decision: DecisionID?, at: Date) -> LedgerEntry {
        var facts = ["sha256": evidence.sealed.sha256, "role": evidence.reference.role.rawValue]
        facts["decision"] = decision?.rawValue
        return LedgerEntry(kind: "evidence.sealed", at: at, actor: "system", subject: evidence.sealed.id.rawValue, facts: facts)
    }

    static func action(_ action: Action, at: Date, actor: String = "system") -> LedgerEntry {
        LedgerEntry(
            kind: "action.\(action.state.rawValue)", at: at, actor: actor, subject: action.id.rawValue,
            facts: [
                "effect": action.effect.kind.rawValue, "decision": action.decision.rawValue, "attempts": String(action.attempts),
                "verified": action.verifiedAt == nil ? "no" : "yes",
            ])
    }
}
