// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

@Suite("The registry of rules")
struct RuleStateTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private let start = Self.start
    private let key = RuleKey(rule: "flood", version: "2")

    private static func terms(
        _ version: String, _ stage: RuleFinding.Stage = .live, destructive: Bool = true, rule: String = "flood"
    ) -> RuleTerms {
        RuleTerms(
            reference: RuleReference(policy: "p", id: rule, version: version), stage: stage, events: [.messagePosted],
            isDestructive: destructive, text: "when: true")
    }

    /// A registry with one adopted version and a second that asks for a stage.
    private func edited(_ stage: RuleFinding.Stage = .live, approval: RuleApproval = .twoPeople) -> RuleState {
        var state = RuleState()
        _ = state.load([Self.terms("1")], approval: approval, at: start)
        _ = state.load([Self.terms("2", stage)], approval: approval, at: start + 60)
        return state
    }

    private func stage(_ state: RuleState, _ key: RuleKey? = nil, _ approval: RuleApproval = .twoPeople) -> RuleFinding.Stage? {
        state.versions[key ?? self.key].map { state.standing(of: $0, approval: approval).stage }
    }

    private func wish(
        _ stage: RuleFinding.Stage, by: String = "hana", percent: Int? = nil, report: String? = "bt-1"
    ) -> Promotion {
        Promotion(key: key, stage: stage, percent: percent, by: by, reason: "it did well", report: report)
    }

    @Test("the first set is adopted as it stands, each version with a ledger entry, and its share is not watched")
    func adopts() throws {
        var state = RuleState()
        let entries = state.load(
            [Self.terms("1"), Self.terms("1", .shadow, rule: "other")], approval: .twoPeople, at: start)
        #expect(entries.map(\.kind) == ["rule.adopted", "rule.adopted"] && entries.allSatisfy { $0.actor == "system" })
        #expect(entries[0].facts["reason"] == "adopted with the first start")
        let adopted = RuleKey(rule: "flood", version: "1")
        #expect(stage(state, adopted) == .live)
        #expect(try #require(state.versions[adopted]).watchedSince == nil)
        #expect(state.load([Self.terms("1"), Self.terms("1", .shadow, rule: "other")], approval: .twoPeople, at: start) == [])
    }

    @Test("a destructive version that comes later stays in the shadow, and says why")
    func shadow() throws {
        let state = edited()
        let version = try #require(state.versions[key])
        let standing = state.standing(of: version, approval: .twoPeople)
        #expect(standing.stage == .shadow && standing.shortfall == .notApproved)
        #expect(stage(state, RuleKey(rule: "flood", version: "1")) == .retired, "the version before is gone")
        #expect(stage(state, key, .files) == .live)
    }

    @Test("a version that only asks people needs nobody's leave")
    func harmless() {
        var state = edited()
        _ = state.load([Self.terms("3", destructive: false)], approval: .twoPeople, at: start)
        #expect(stage(state, RuleKey(rule: "flood", version: "3")) == .live)
    }

    @Test("nobody promotes without a back-test of that very version")
    func backTest() {
        var state = edited()
        let before = state
        #expect(throws: RuleChangeError.needsBackTest(key)) {
            try state.promote(wish(.live, report: nil), approval: .twoPeople, id: "r", at: start)
        }
        #expect(throws: RuleChangeError.needsBackTest(key)) {
            try state.promote(wish(.live, report: nil), approval: .onePerson, id: "r", at: start)
        }
        #expect(state == before)
    }

    @Test("a second person agrees, not the first one, and only then it acts and is watched")
    func twoPeople() throws {
        var state = edited()
        #expect(
            try state.promote(wish(.live), approval: .twoPeople, id: "r", at: start).map(\.kind) == ["rule.promotion-asked"])
        #expect(stage(state) == .shadow)
        #expect(throws: RuleChangeError.needsAnotherPerson("hana")) { try state.approve("r", by: "hana", at: start) }
        #expect(throws: RuleChangeError.alreadyAsked(by: "hana")) {
            try state.promote(wish(.live, by: "bo"), approval: .twoPeople, id: "r2", at: start)
        }
        let entries = try state.approve("r", by: "bo", at: start + 90)
        #expect(entries.map(\.kind) == ["rule.promoted"] && entries[0].actor == "person:bo")
        #expect(entries[0].facts["asked_by"] == "hana" && entries[0].facts["back_test"] == "bt-1")
        #expect(stage(state) == .live && state.versions[key]?.watchedSince == start + 90)
        #expect(throws: RuleChangeError.noSuchRequest("r")) { try state.approve("r", by: "cho", at: start) }
    }

    @Test("the lower of what the file asks and what was agreed to is what it may do")
    func lowerOfTwo() throws {
        var state = edited()
        _ = try state.promote(wish(.canary, percent: 5), approval: .onePerson, id: "r", at: start)
        let version = try #require(state.versions[key])
        let standing = state.standing(of: version, approval: .onePerson)
        #expect(standing.stage == .canary && standing.percent == 5 && standing.shortfall == .approvedUpTo(.canary))
        _ = state.load([Self.terms("2", .shadow)], approval: .onePerson, at: start)
        #expect(stage(state) == .shadow, "a file lowers at once")
        _ = state.load([Self.terms("2", .retired)], approval: .onePerson, at: start)
        #expect(stage(state) == .retired)
    }

    @Test("one person lowers at once; what waits is withdrawn, and going up again takes two")
    func lowers() throws {
        var state = edited()
        _ = try state.promote(wish(.live), approval: .twoPeople, id: "r", at: start)
        _ = try state.approve("r", by: "bo", at: start)
        #expect(
            try state.promote(wish(.shadow, report: nil), approval: .twoPeople, id: "", at: start).map(\.kind) == ["rule.lowered"]
        )
        let version = try #require(state.versions[key])
        #expect(
            state.standing(of: version, approval: .twoPeople).shortfall
                == .lowered(to: .shadow, by: "hana", reason: "it did well"))
        #expect(stage(state, key, .files) == .shadow, "whoever reviews files does not overrule a person")
        _ = try state.promote(wish(.live), approval: .twoPeople, id: "r2", at: start)
        #expect(stage(state) == .shadow)
        _ = try state.promote(wish(.retired, report: nil), approval: .twoPeople, id: "", at: start)
        #expect(state.request(for: key) == nil)
        #expect(stage(state) == .retired)
    }

    @Test("a refusal needs a reason and leaves everything as it was")
    func refuses() throws {
        var state = edited()
        _ = try state.promote(wish(.live), approval: .twoPeople, id: "r", at: start)
        #expect(throws: RuleChangeError.reasonMissing) { try state.refuse("r", by: "bo", reason: "", at: start) }
        #expect(try state.refuse("r", by: "bo", reason: "too broad", at: start).map(\.kind) == ["rule.promotion-refused"])
        #expect(stage(state) == .shadow && state.requests[0].state == .refused)
    }

    @Test("a stop holds until two people lift it, and what was counted against it begins anew")
    func stops() throws {
        var state = edited()
        state.versions[key]?.granted = .live
        state.versions[key]?.overturned = 6
        var made = 0
        let entries = state.stopImprecise(
            StopTerms(),
            makeID: {
                made += 1; return "s\(made)"
            }, at: start)
        #expect(entries.map(\.kind) == ["rule.stopped"] && entries[0].facts["cause"] == "precision")
        #expect(state.stopImprecise(StopTerms(), makeID: { "again" }, at: start) == [], "once is enough")
        let version = try #require(state.versions[key])
        #expect(state.standing(of: version, approval: .twoPeople).stop?.id == "s1")

        _ = try state.lift("s1", by: "hana", reason: "the reviewers were wrong", approval: .twoPeople, at: start)
        #expect(state.stop(of: key) != nil)
        #expect(throws: RuleChangeError.needsAnotherPerson("hana")) {
            try state.lift("s1", by: "hana", reason: "indeed", approval: .twoPeople, at: start)
        }
        _ = try state.lift("s1", by: "bo", reason: "I agree", approval: .twoPeople, at: start + 5)
        #expect(state.stop(of: key) == nil)
        #expect(state.versions[key]?.overturned == 0 && state.versions[key]?.watchedSince == start + 5)
        #expect(throws: RuleChangeError.noSuchStop("s1")) {
            try state.lift("s1", by: "bo", reason: "again", approval: .twoPeople, at: start)
        }
    }

    @Test("the switch is turned with a reason, and each turn is one entry")
    func turns() throws {
        var state = RuleState()
        #expect(throws: RuleChangeError.reasonMissing) { try state.turn(to: .caseOnly, by: "hana", reason: "", at: start) }
        let entries = try state.turn(to: .caseOnly, by: "hana", reason: "something is wrong", at: start)
        #expect(entries.map(\.kind) == ["rules.switched"] && entries[0].facts["before"] == "normal")
        #expect(try state.turn(to: .caseOnly, by: "bo", reason: "again", at: start) == [])
    }

    @Test("names of versions are read as they are written", arguments: ["a@1", "spam.wave@9f2c", "a@b@c"])
    func names(text: String) {
        #expect(RuleKey(text)?.description == text)
    }

    @Test("what is no name of a version is none", arguments: ["", "a", "a@", "@1"])
    func noNames(text: String) {
        #expect(RuleKey(text) == nil)
    }
}
