// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

extension RuleState {
    /// Stops a version; nothing when it is stopped already.
    package mutating func stop(
        _ key: RuleKey, _ cause: RuleStop.Cause, reason: String, by account: String, id: String, at now: Date
    ) throws(RuleChangeError) -> [LedgerEntry] {
        guard versions[key] != nil else { throw .noSuchVersion(key) }
        guard !reason.isEmpty else { throw .reasonMissing }
        guard stop(of: key) == nil else { return [] }
        stops.append(RuleStop(id: id, key: key, at: now, cause: cause, reason: reason, by: account))
        return [.rule("rule.stopped", key, by: account, at: now, ["stop": id, "cause": cause.rawValue, "reason": reason])]
    }

    /// Lets a stopped version act again; where promotions need two people this does too, and the first call only asks.
    ///
    /// What was counted against it begins anew.
    package mutating func lift(
        _ id: String, by account: String, reason: String, approval: RuleApproval, at now: Date
    ) throws(RuleChangeError) -> [LedgerEntry] {
        guard let index = stops.firstIndex(where: { $0.id == id && $0.liftedAt == nil }) else { throw .noSuchStop(id) }
        guard !reason.isEmpty else { throw .reasonMissing }
        let stop = stops[index]
        if approval == .twoPeople, versions[stop.key]?.isDestructive ?? true {
            guard let asked = stop.liftAskedBy else {
                (stops[index].liftAskedBy, stops[index].liftReason) = (account, reason)
                return [.rule("rule.stop-lift-asked", stop.key, by: account, at: now, ["stop": id, "reason": reason])]
            }
            guard asked != account else { throw .needsAnotherPerson(asked) }
        }
        stops[index].liftReason = stop.liftReason ?? reason
        (stops[index].liftedAt, stops[index].liftedBy) = (now, account)
        var facts = ["stop": id, "reason": reason]
        facts["asked_by"] = stop.liftAskedBy
        if var version = versions[stop.key] {
            facts["confirmed"] = String(version.confirmed)
            facts["overturned"] = String(version.overturned)
            (version.confirmed, version.overturned, version.watchedSince) = (0, 0, now)
            versions[stop.key] = version
        }
        return [.rule("rule.stop-lifted", stop.key, by: account, at: now, facts)]
    }

    /// Stops every version that people have overturned too often.
    package mutating func stopImprecise(_ terms: StopTerms, makeID: () -> String, at now: Date) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        for version in versions.values.sorted(by: { $0.key.description < $1.key.description })
        where version.isDestructive && stop(of: version.key) == nil {
            let promised = version.precision ?? terms.precision
            guard terms.isTooImprecise(confirmed: version.confirmed, overturned: version.overturned, promised: promised) else {
                continue
            }
            let all = version.confirmed + version.overturned
            let reason =
                "\(version.overturned) of \(all) decisions that people looked at were overturned; promised precision \(Self.percent(promised))"
            // It exists and a reason is given, so this cannot fail.
            entries += (try? stop(version.key, .precision, reason: reason, by: "system", id: makeID(), at: now)) ?? []
        }
        return entries
    }

    /// Turns the one switch.
    package mutating func turn(
        to mode: RuleMode, by account: String, reason: String, at now: Date
    ) throws(RuleChangeError) -> [LedgerEntry] {
        guard !reason.isEmpty else { throw .reasonMissing }
        guard self.mode != mode else { return [] }
        let before = self.mode ?? .normal
        self.mode = mode
        return [
            LedgerEntry(
                kind: "rules.switched", at: now, actor: account == "system" ? account : "person:\(account)", subject: "rules",
                facts: ["mode": mode.rawValue, "before": before.rawValue, "reason": reason])
        ]
    }

    /// `2.5%`, for people.
    package static func percent(_ share: Double) -> String {
        let thousandths = (share * 100_000).rounded() / 1_000
        return thousandths == thousandths.rounded() ? "\(Int(thousandths))%" : "\(thousandths)%"
    }
}
