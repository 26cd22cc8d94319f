// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

// What changes the registry: each gives the ledger entries that belong to it, and changes nothing when it throws.

extension RuleState {
    /// Notes what the files have now.
    ///
    /// On an empty registry the first set is adopted as it stands, so that a fresh installation works at once; later every new
    /// destructive version begins in the shadow.
    package mutating func load(_ terms: [RuleTerms], approval: RuleApproval, at now: Date) -> [LedgerEntry] {
        let adopts = versions.isEmpty
        var entries: [LedgerEntry] = []
        for rule in terms { entries += note(rule, adopts: adopts, at: now) }
        let keys = Set(terms.map(\.key))
        for key in versions.keys.sorted(by: { $0.description < $1.description }) {
            guard versions[key]?.isLoaded == true else { continue }
            if !keys.contains(key) {
                versions[key]?.isLoaded = false
                entries.append(.rule("rule.gone", key, by: "system", at: now))
            } else {
                watchIfItActs(key, approval, at: now)
            }
        }
        return entries
    }

    private mutating func note(_ rule: RuleTerms, adopts: Bool, at now: Date) -> [LedgerEntry] {
        guard var known = versions[rule.key] else {
            var new = RuleVersion(
                key: rule.key, policy: rule.reference.policy, kinds: rule.events, isDestructive: rule.isDestructive,
                asked: rule.stage,
                isAdopted: adopts, firstSeenAt: now, atMost: rule.atMost, precision: rule.precision)
            if adopts, rule.stage.acts { new.granted = rule.stage }
            versions[rule.key] = new
            let reason = adopts ? "adopted with the first start" : "read from the files"
            return [
                .rule(
                    adopts ? "rule.adopted" : "rule.loaded", rule.key, by: "system", at: now,
                    ["stage": rule.stage.rawValue, "reason": reason])
            ]
        }
        let before = known.isLoaded ? known.asked.rawValue : "gone"
        (known.isLoaded, known.asked) = (true, rule.stage)
        (known.atMost, known.precision, known.policy) = (rule.atMost, rule.precision, rule.reference.policy)
        versions[rule.key] = known
        guard before != rule.stage.rawValue else { return [] }
        return [.rule("rule.asked", rule.key, by: "system", at: now, ["stage": rule.stage.rawValue, "before": before])]
    }

    /// A version that acts from now on is watched from now on; what was adopted had been at work before anybody watched.
    private mutating func watchIfItActs(_ key: RuleKey, _ approval: RuleApproval, at now: Date) {
        guard let version = versions[key], version.watchedSince == nil, !version.isAdopted,
            standing(of: version, approval: approval).stage.acts
        else { return }
        versions[key]?.watchedSince = now
    }
}

extension LedgerEntry {
    static func rule(_ kind: String, _ key: RuleKey, by account: String, at: Date, _ facts: [String: String] = [:]) -> LedgerEntry
    {
        LedgerEntry(
            kind: kind, at: at, actor: account == "system" ? account : "person:\(account)", subject: key.description, facts: facts
        )
    }
}
