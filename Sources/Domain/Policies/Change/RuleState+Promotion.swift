// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Somebody's wish to let a version act.
package struct Promotion: Hashable, Sendable {
    package var key: RuleKey
    /// `shadow`, `canary` or `live`; below what it may do now it is lowered, which needs nobody else.
    package var stage: RuleFinding.Stage
    /// For `canary`: the share of events, 1 to 99.
    package var percent: Int?
    package var by: String
    package var reason: String
    /// The back-test that it rests on.
    package var report: String?

    package init(key: RuleKey, stage: RuleFinding.Stage, percent: Int? = nil, by: String, reason: String, report: String? = nil) {
        self.key = key
        self.stage = stage
        self.percent = percent
        self.by = by
        self.reason = reason
        self.report = report
    }
}

extension RuleState {
    /// Grants a stage, or makes a request that another person must approve.
    ///
    /// - Parameter id: for the request, when there is to be one.
    package mutating func promote(
        _ wish: Promotion, approval: RuleApproval, id: String, at now: Date
    ) throws(RuleChangeError) -> [LedgerEntry] {
        guard let version = versions[wish.key] else { throw .noSuchVersion(wish.key) }
        guard !wish.reason.isEmpty else { throw .reasonMissing }
        if let percent = wish.percent, !(1...99).contains(percent) {
            throw .invalid("a canary acts on 1 to 99 percent of events")
        }
        let agreed: RuleFinding.Stage = version.isDestructive && approval != .files ? version.granted : .live
        let allowed = version.ceiling.map { .lower(agreed, $0.stage) } ?? agreed
        guard wish.stage.isAbove(allowed) || (wish.stage == .canary && allowed == .canary && wish.percent != version.percent)
        else {
            guard allowed.isAbove(wish.stage) else { throw .notAbove(allowed) }
            return lower(wish, at: now)
        }
        guard version.isDestructive, approval != .files else { return grant(wish, by: wish.by, asked: nil, at: now) }
        guard wish.report != nil else { throw .needsBackTest(wish.key) }
        if approval == .onePerson { return grant(wish, by: wish.by, asked: nil, at: now) }
        if let waiting = request(for: wish.key) { throw .alreadyAsked(by: waiting.by) }
        requests.append(
            PromotionRequest(
                id: id, key: wish.key, stage: wish.stage, percent: wish.percent, by: wish.by, at: now, reason: wish.reason,
                report: wish.report))
        return [
            .rule("rule.promotion-asked", wish.key, by: wish.by, at: now, Self.facts(wish).merging(["request": id]) { a, _ in a })
        ]
    }

    /// A second person agrees.
    package mutating func approve(_ id: String, by account: String, at now: Date) throws(RuleChangeError) -> [LedgerEntry] {
        let index = try waiting(id)
        let request = requests[index]
        guard request.by != account else { throw .needsAnotherPerson(request.by) }
        requests[index].state = .approved
        requests[index].resolvedBy = account
        requests[index].resolvedAt = now
        let wish = Promotion(
            key: request.key, stage: request.stage, percent: request.percent, by: request.by, reason: request.reason,
            report: request.report)
        return grant(wish, by: account, asked: request, at: now)
    }

    /// A second person disagrees, or the first one thinks better of it.
    package mutating func refuse(
        _ id: String, by account: String, reason: String, at now: Date
    ) throws(RuleChangeError) -> [LedgerEntry] {
        guard !reason.isEmpty else { throw .reasonMissing }
        let index = try waiting(id)
        requests[index].state = requests[index].by == account ? .withdrawn : .refused
        requests[index].resolvedBy = account
        requests[index].resolvedAt = now
        return [
            .rule("rule.promotion-refused", requests[index].key, by: account, at: now, ["request": id, "reason": reason])
        ]
    }

    private func waiting(_ id: String) throws(RuleChangeError) -> Int {
        guard let index = requests.firstIndex(where: { $0.id == id && $0.state == .waiting }) else { throw .noSuchRequest(id) }
        return index
    }

    private mutating func grant(_ wish: Promotion, by account: String, asked: PromotionRequest?, at now: Date) -> [LedgerEntry] {
        versions[wish.key]?.granted = wish.stage
        versions[wish.key]?.percent = wish.stage == .canary ? wish.percent ?? RuleStanding.usualPercent : nil
        versions[wish.key]?.ceiling = nil
        // Whatever it does more than before is watched as if it were new.
        versions[wish.key]?.watchedSince = now
        var facts = Self.facts(wish)
        facts["request"] = asked?.id
        facts["asked_by"] = asked?.by
        return [.rule("rule.promoted", wish.key, by: account, at: now, facts)]
    }

    private mutating func lower(_ wish: Promotion, at now: Date) -> [LedgerEntry] {
        versions[wish.key]?.ceiling = .init(stage: wish.stage, by: wish.by, reason: wish.reason)
        let granted = versions[wish.key]?.granted ?? .shadow
        versions[wish.key]?.granted = .lower(granted, wish.stage.acts ? wish.stage : .shadow)
        var entries: [LedgerEntry] = [.rule("rule.lowered", wish.key, by: wish.by, at: now, Self.facts(wish))]
        if let open = requests.firstIndex(where: { $0.key == wish.key && $0.state == .waiting }) {
            requests[open].state = .withdrawn
            requests[open].resolvedBy = wish.by
            requests[open].resolvedAt = now
            entries.append(
                .rule(
                    "rule.promotion-refused", wish.key, by: wish.by, at: now, ["request": requests[open].id, "reason": "lowered"])
            )
        }
        return entries
    }

    private static func facts(_ wish: Promotion) -> [String: String] {
        var facts = ["stage": wish.stage.rawValue, "reason": wish.reason]
        facts["percent"] = wish.percent.map(String.init)
        facts["back_test"] = wish.report
        return facts
    }
}
