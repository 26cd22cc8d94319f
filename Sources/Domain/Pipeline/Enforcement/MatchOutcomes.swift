// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Policies
import Signals

import struct Foundation.Date

extension Decision {
    /// How the bank matches that this decision of rules rests on turned out; none for a person's decision.
    func outcomes(_ kind: MatchOutcome.Kind, at now: Date) -> [MatchOutcome] {
        guard case .rules = by else { return [] }
        let fingerprints = explanations.flatMap(\.signals).flatMap(\.matches).compactMap {
            Fingerprint.key(of: FingerprintID($0.entry))
        }
        return Set(fingerprints).sorted().map { MatchOutcome(fingerprint: $0, decision: id, kind: kind, at: now) }
    }

    /// What people found of the rules that had a part in this decision; none for a person's decision.
    func ruleOutcomes(_ kind: RuleOutcome.Kind) -> [RuleOutcome] {
        guard case .rules(let rules) = by else { return [] }
        return rules.map { RuleOutcome(key: RuleKey($0), decision: id, kind: kind) }
    }
}
