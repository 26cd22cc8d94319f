// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies
import Testing

@testable import Storage

@Suite("Registry of rules")
struct RuleStoreTests {
    private struct Refused: Error {}

    private let key = RuleKey(rule: "flood", version: "2")
    private let other = RuleKey(rule: "other", version: "1")

    private func terms(_ key: RuleKey, _ stage: RuleFinding.Stage = .live) -> RuleTerms {
        RuleTerms(
            reference: RuleReference(policy: "p", id: key.rule, version: key.version), stage: stage,
            events: [.messagePosted, .messageEdited], isDestructive: true, text: "when: true", atMost: 0.25, precision: 0.95)
    }

    private func load(_ store: Store) async throws {
        let all = [terms(key), terms(other, .canary)]
        try await store.changeRules(texts: [key: "when: true"]) { $0.load(all, approval: .twoPeople, at: Sample.now) }
    }

    private func decide(
        _ store: Store, _ id: String, by uses: [RuleUse], actions: [Action] = [], at sequence: Int = 0
    ) async throws {
        let done = try await store.commit([
            Commit(
                decision: Sample.decision(id, rules: uses.map(\.key.rule)), actions: actions, ledger: [Sample.entry(id)],
                uses: uses)
        ])
        #expect(done == [.applied(nil)])
    }

    @Test(
        "keeps everything that a change made, with its ledger entries, and says that something changed",
        arguments: Engine.allCases)
    func roundTrip(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.ruleState() == RuleState())
            try await load(store)
            let (key, other) = (key, other)
            let written = try await store.changeRules { state in
                var entries = try state.promote(
                    Promotion(key: other, stage: .live, by: "hana", reason: "why", report: "bt"), approval: .twoPeople, id: "q",
                    at: Sample.now)
                entries += try state.stop(key, .share, reason: "too many", by: "system", id: "s", at: Sample.now)
                entries += try state.turn(to: .caseOnly, by: "bo", reason: "to be safe", at: Sample.now)
                return entries
            }
            let read = try await store.ruleState()
            #expect(read == written)
            #expect(try await store.rulesRevision() == read.revision)
            #expect(read.versions.count == 2 && read.versions[key]?.atMost == 0.25 && read.versions[key]?.kinds.count == 2)
            #expect(read.requests.map(\.id) == ["q"] && read.stops.map(\.id) == ["s"] && read.mode == .caseOnly)
            #expect(try await store.text(of: key) == "when: true")

            let later = try await store.changeRules { state in
                var entries = try state.approve("q", by: "bo", at: Sample.now)
                entries += try state.lift("s", by: "bo", reason: "fine", approval: .files, at: Sample.now)
                entries += try state.promote(
                    Promotion(key: key, stage: .shadow, by: "bo", reason: "later"), approval: .twoPeople, id: "", at: Sample.now)
                return entries
            }
            #expect(later.revision > read.revision && later.requests.isEmpty && later.stops.isEmpty)
            #expect(try await store.ruleState() == later)
            #expect(later.versions[key]?.ceiling == .init(stage: .shadow, by: "bo", reason: "later"))
            #expect(try await store.requests(limit: 9).map(\.state) == [.approved])
            #expect(try await store.stops(limit: 9).map(\.liftedBy) == ["bo"])
            #expect(try await store.ledgerSubjects().count == 8)
        }
    }

    @Test("a change that is refused writes nothing", arguments: Engine.allCases)
    func refused(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await load(store)
            let before = try await store.ruleState()
            await #expect(throws: Refused.self) {
                try await store.changeRules { state in
                    state.mode = .caseOnly
                    throw Refused()
                }
            }
            try await store.changeRules { _ in [] }
            #expect(try await store.ruleState() == before)
        }
    }

    @Test("of many who ask at once, one waits and the others are told", arguments: Engine.allCases)
    func oneRequest(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await load(store)
            let key = key
            try await store.changeRules { state in
                state.versions[key]?.granted = .shadow
                return [Sample.entry("x")]
            }
            let asked = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        do {
                            try await store.changeRules { state in
                                try state.promote(
                                    Promotion(key: key, stage: .live, by: "p\(number)", reason: "why", report: "bt"),
                                    approval: .twoPeople, id: "q\(number)", at: Sample.now)
                            }
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(asked == 1)
            #expect(try await store.requests(limit: 99).count == 1)
        }
    }

    @Test("a stop holds what the version has decided and nobody has begun, and nothing of others", arguments: Engine.allCases)
    func holds(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await load(store)
            let (key, other) = (key, other)
            let mine = RuleUse(key: key, effects: [.quarantine])
            var done = Sample.action("a-done", of: "d-1", .quarantine)
            try await decide(
                store, "d-1", by: [mine],
                actions: [Sample.action("a-1", of: "d-1", .quarantine), Sample.action("a-2", of: "d-1", .notify), done])
            done.state = .done
            try await store.record([ActionOutcome(action: done, ledger: nil)])
            try await decide(
                store, "d-2", by: [RuleUse(key: other, effects: [.remove])], actions: [Sample.action("a-3", of: "d-2")])
            _ = try await store.commit([
                Commit(decision: Sample.decision("p-1"), actions: [Sample.action("a-4", of: "p-1")])
            ])
            try await store.changeRules { try $0.stop(key, .person, reason: "no", by: "bo", id: "s", at: Sample.now) }
            #expect(try await store.actions(in: [.held], limit: 9).map(\.id) == ["a-1"])
            #expect(Set(try await store.actions(in: [.pending], limit: 9).map(\.id)) == ["a-2", "a-3", "a-4"])
            try await store.changeRules { try $0.turn(to: .caseOnly, by: "bo", reason: "all", at: Sample.now) }
            #expect(Set(try await store.actions(in: [.held], limit: 9).map(\.id)) == ["a-1", "a-3"])
            #expect(try await store.actions(in: [.pending], limit: 9).contains { $0.id == "a-4" }, "a person's decision stands")
        }
    }

    @Test("counts add up over processes and minutes, and old ones go", arguments: Engine.allCases)
    func counts(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let minute = RuleTally.minute(Sample.now)
            var counts = RuleCounts()
            for _ in 0..<5 { counts.saw(.messagePosted, minute: minute) }
            counts.saw(.messagePosted, minute: minute - 100)
            counts.add(.init(fired: 3, acted: 2), to: key, minute: minute)
            counts.add(.init(held: 1), to: key, minute: minute - 1)
            try await store.add(counts)
            try await store.add(counts)
            let recent = try await store.counts(since: Sample.now - 3_600)
            #expect(recent.seen == [.messagePosted: 10])
            #expect(recent.rules == [key: .init(fired: 6, acted: 4, held: 2)])
            #expect(try await store.counts(since: Sample.now - 86_400).seen == [.messagePosted: 12])
            try await store.deleteCounts(before: Sample.now - 3_600)
            #expect(try await store.counts(since: Sample.now - 86_400) == recent)
        }
    }

    @Test(
        "the last word on a decision counts, once, and only for what the rule wanted to do by itself", arguments: Engine.allCases)
    func outcomes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await load(store)
            let (key, other) = (key, other)
            for number in 1...3 {
                try await decide(
                    store, "d-\(number)",
                    by: [RuleUse(key: key, effects: [.lock]), RuleUse(key: other, effects: [.review])])
            }
            let revision = try await store.rulesRevision()
            func say(_ kind: RuleOutcome.Kind, _ number: Int) async throws {
                _ = try await store.commit([
                    Commit(
                        ruleOutcomes: [key, other].map { RuleOutcome(key: $0, decision: DecisionID("d-\(number)"), kind: kind) })
                ])
            }
            try await say(.confirmed, 1)
            try await say(.overturned, 1)
            try await say(.overturned, 1)
            try await say(.confirmed, 2)
            try await say(.confirmed, 9)
            let versions = try await store.ruleState().versions
            #expect(versions[key].map { [$0.confirmed, $0.overturned] } == [1, 1])
            #expect(versions[other].map { [$0.confirmed, $0.overturned] } == [0, 0])
            #expect(try await store.rulesRevision() > revision)
            // Beginning anew is the registry's doing; a word that is changed later takes nothing away twice.
            try await store.changeRules { state in
                state.versions[key]?.confirmed = 0
                state.versions[key]?.overturned = 0
                return [Sample.entry("anew")]
            }
            try await say(.confirmed, 1)
            #expect(try await store.ruleState().versions[key].map { [$0.confirmed, $0.overturned] } == [1, 0])
        }
    }

    @Test("knows what a version did that still stands, in the order in which it was decided", arguments: Engine.allCases)
    func footprint(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await load(store)
            let mine = RuleUse(key: key, effects: [.quarantine, .lock])
            for number in [3, 1, 2] {
                let id = "d-\(number)"
                try await decide(
                    store, id, by: number == 2 ? [mine, RuleUse(key: other, effects: [.lock])] : [mine],
                    actions: [Sample.action("a-\(id)", of: id, .lock, state: number == 1 ? .done : .held)])
            }
            try await decide(store, "d-4", by: [RuleUse(key: other, effects: [.lock])])
            var undo = Sample.decision("u-d-3")
            undo.undoes = "d-3"
            _ = try await store.commit([Commit(decision: undo)])

            let uses = try await store.uses(of: key, after: 0, limit: 9)
            #expect(uses.map(\.decision) == ["d-3", "d-1", "d-2"] && uses.map(\.isUndone) == [true, false, false])
            #expect(uses[2].others == [RuleUse(key: other, effects: [.lock])] && uses[0].others == [])
            #expect(uses[0].effects == [.quarantine, .lock])
            #expect(try await store.uses(of: key, after: uses[0].sequence, limit: 1).map(\.decision) == ["d-1"])
            #expect(try await store.newestUses(of: key, limit: 2).map(\.decision) == ["d-2", "d-1"])
            #expect(
                try await store.footprint(of: key)
                    == RuleFootprint(
                        decisions: 2, shared: 1, alreadyUndone: 1,
                        lines: [
                            .init(effect: .lock, platform: "matrix", state: .done, count: 1),
                            .init(effect: .lock, platform: "matrix", state: .held, count: 1),
                        ]))
        }
    }

    @Test("an undo is worked on by one process at a time, until it is not heard of any more", arguments: Engine.allCases)
    func undos(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var undo = RuleUndo(id: "x", key: key, at: Sample.now, by: "bo", reason: "why", perMinute: 60, total: 3)
            try await store.put(undo, ledger: [Sample.entry("x")])
            #expect(try await store.lease(undo: "x", holder: "one", at: Sample.now, until: Sample.now + 30))
            #expect(try await store.lease(undo: "x", holder: "one", at: Sample.now, until: Sample.now + 30))
            #expect(try await !store.lease(undo: "x", holder: "two", at: Sample.now + 29, until: Sample.now + 60))
            #expect(try await store.lease(undo: "x", holder: "two", at: Sample.now + 31, until: Sample.now + 60))
            (undo.cursor, undo.undone, undo.irreversible) = (7, 2, ["remove": 1])
            #expect(try await store.update(undo, expecting: [.running], ledger: []))
            #expect(try await store.undo("x") == undo)
            #expect(try await !store.update(undo, expecting: [.paused], ledger: [Sample.entry("never")]))
            #expect(try await store.undos(limit: 5) == [undo])
            #expect(try await store.undo("y") == nil)
            #expect(try await store.ledgerSubjects() == ["x"])
        }
    }

    @Test("keeps back-tests by version, the newest first", arguments: Engine.allCases)
    func backtests(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let reports = (1...3).map { number in
                BacktestReport(
                    id: "bt-\(number)", key: number == 3 ? other : key, at: Sample.now, by: "hana", events: 100,
                    numbers: ["fired": 3], hash: "00")
            }
            for report in reports { try await store.put(report, ledger: [Sample.entry(report.id)]) }
            #expect(try await store.reports(of: key, limit: 9) == [reports[1], reports[0]])
            #expect(try await store.report("bt-3") == reports[2])
            #expect(try await store.report("bt-9") == nil)
        }
    }
}
