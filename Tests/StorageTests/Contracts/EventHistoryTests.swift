// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies
import Signals
import Testing

@testable import Storage

@Suite("Event history")
struct EventHistoryTests {
    private func record(_ event: Event, _ bytes: [UInt8] = [1, 2, 3]) -> HistoryRecord {
        HistoryRecord(
            platform: event.platform, space: event.space.id, actor: event.actor.id, receivedAt: event.receivedAt, bytes: bytes)
    }

    /// Accepts events and concludes each with a record of its number.
    @discardableResult
    private func keep(_ events: [Event], in store: Store) async throws -> [Int64] {
        let places = try await store.acceptNew(events)
        let commits = zip(events, places).map { event, place in
            var commit = Commit(event: (place, .cleared, ""))
            commit.history = record(event, [UInt8(truncatingIfNeeded: place)])
            return commit
        }
        #expect(try await store.commit(commits).allSatisfy { $0 == .applied(nil) })
        return places
    }

    private func all(_ store: Store, _ period: HistoryPeriod = HistoryPeriod()) async throws -> [Int64] {
        try await store.history(in: period, after: 0, limit: 1_000).map(\.sequence)
    }

    @Test("keeps a record with its event's conclusion, once, and none of one that is refused", arguments: Engine.allCases)
    func commits(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let events = [Sample.event("$1"), Sample.event("$2"), Sample.event("$3")]
            let places = try await store.acceptNew(events)
            var plain = Commit(event: (places[0], .cleared, ""))
            plain.history = record(events[0], [7])
            var decided = Commit(event: (places[1], .decided, ""), decision: Sample.decision("d-1"))
            decided.history = record(events[1], [0, 255])
            #expect(try await store.commit([plain, decided]) == [.applied(nil), .applied(nil)])
            plain.history = record(events[0], [8])
            #expect(try await store.commit([plain, decided]) == [.superseded, .superseded])
            // One that its platform withdraws has none.
            _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now - 9)
            var late = Commit(event: (places[2], .cleared, ""))
            late.history = record(events[2])
            #expect(try await store.commit([late]) == [.applied(nil)], "an old word on the space withdraws nothing")
            let rows = try await store.history(in: HistoryPeriod(), after: 0, limit: 9)
            #expect(rows.map(\.bytes) == [[7], [0, 255], [1, 2, 3]] && rows.map(\.sequence) == places)
        }
    }

    @Test("gives pages in the order of arrival, and of a period", arguments: Engine.allCases)
    func pages(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.historyExtent(in: HistoryPeriod()) == HistoryExtent(count: 0))
            let places = try await keep((0..<45).map { Sample.event("$\($0)", at: Sample.now + Double($0)) }, in: store)
            var found: [Int64] = []
            while case let page = try await store.history(in: HistoryPeriod(), after: found.last ?? 0, limit: 7), !page.isEmpty {
                #expect(page.count == 7 || found.count == 42)
                found += page.map(\.sequence)
            }
            #expect(found == places)
            // Received a second after it happened; the end is not in it.
            let period = HistoryPeriod(from: Sample.now + 11, until: Sample.now + 21)
            #expect(try await all(store, period) == Array(places[10..<20]))
            let extent = try await store.historyExtent(in: period)
            #expect(extent == HistoryExtent(count: 10, from: Sample.now + 11, until: Sample.now + 20))
        }
    }

    @Test("what came from a space that closes goes at once, and what a closed space left is not read", arguments: Engine.allCases)
    func closes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let places = try await keep(
                [Sample.event("$1"), Sample.event("$2", space: "!other"), Sample.event("$3")], in: store)
            _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now + 5)
            #expect(try await all(store) == [places[1]])
            #expect(try await store.historyExtent(in: HistoryPeriod()).count == 1)
            // Were a record left behind, nobody would read it.
            _ = try await store.database.write { sql in
                try sql.execute("update spaces set privacy = 'encrypted' where id = $1", [SQLValue("!other")])
            }
            #expect(try await all(store).isEmpty)
        }
    }

    @Test("forgets an actor, and nobody else", arguments: Engine.allCases)
    func forgets(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var other = Sample.event("$2")
            other.actor.id = "@bo"
            let places = try await keep([Sample.event("$1"), other, Sample.event("$3", space: "!other")], in: store)
            #expect(try await store.deleteHistory(of: .actor("telegram", "@ann")) == 0)
            #expect(try await store.deleteHistory(of: .actor("matrix", "@ann")) == 2)
            #expect(try await all(store) == [places[1]])
            #expect(try await store.deleteHistory(of: .space("matrix", "!plaza")) == 1)
            #expect(try await all(store).isEmpty)
        }
    }

    @Test("lets go of what is older than a time, or of all", arguments: Engine.allCases)
    func retention(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let places = try await keep((0..<10).map { Sample.event("$\($0)", at: Sample.now + Double($0)) }, in: store)
            #expect(try await store.deleteHistory(before: Sample.now + 4) == 3)
            #expect(try await all(store) == Array(places[3...]))
            #expect(try await store.deleteHistory(before: Sample.now + 4) == 0)
            #expect(try await store.deleteHistory(before: nil) == 7)
            #expect(try await all(store).isEmpty)
        }
    }

    @Test("what is deleted is in no file of SQLite")
    func scrubbed() async throws {
        try await withTemporaryFolder { (folder: URL) async throws in
            let path = folder.appending(path: "haechi.db").path
            let store = try await Store.open(url: "sqlite:\(path)", now: { Sample.now })
            let canary = "canary-\(UUID().uuidString)"
            func isThere() -> Bool {
                ["", "-wal"].contains { suffix in
                    FileManager.default.contents(atPath: path + suffix)?.range(of: Data(canary.utf8)) != nil
                }
            }
            func keepCanary(_ id: String) async throws {
                let event = Sample.event(id)
                for place in try await store.acceptNew([event]) {
                    var commit = Commit(event: (place, .cleared, ""))
                    commit.history = record(event, Array(canary.utf8))
                    _ = try await store.commit([commit])
                }
                #expect(isThere(), "the test itself does not work")
            }
            try await keepCanary("$1")
            _ = try await store.deleteHistory(before: Sample.now + 60)
            #expect(!isThere())
            try await keepCanary("$2")
            _ = try await store.deleteHistory(of: .actor("matrix", "@ann"))
            #expect(!isThere())
            try await keepCanary("$3")
            _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now + 5)
            #expect(!isThere())
            await store.close()
        }
    }
}

@Suite("What people said of items")
struct JudgementTests {
    private func event(_ item: String) -> Event {
        var event = Sample.event(item)
        event.item?.id = ItemID(item)
        return event
    }

    private func decision(
        _ id: String, _ verdict: Verdict, item: String, at: Double, by: Decider = .person("hana"), undoes: String? = nil
    ) -> Commit {
        var decision = Sample.decision(id, item: item)
        (decision.by, decision.verdict, decision.at) = (by, verdict, Sample.now + at)
        decision.undoes = undoes.map { DecisionID($0) }
        return Commit(decision: decision)
    }

    @Test("the last word counts, whoever says it, and what is taken back is not said", arguments: Engine.allCases)
    func lastWord(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                decision("p-1", .remove, item: "$bad", at: 1),
                decision("p-2", .noViolation, item: "$good", at: 1),
                decision("p-3", .noViolation, item: "$twice", at: 1), decision("p-4", .restrict, item: "$twice", at: 2),
                decision("p-0", .noViolation, item: "$back", at: 4), decision("p-5", .remove, item: "$back", at: 3),
                decision("p-6", .escalate, item: "$open", at: 1),
                decision("p-7", .remove, item: "$undone", at: 1),
                decision("u-p-7", .undo, item: "$undone", at: 2, undoes: "p-7"),
                decision("b-1-000000001", .remove, item: "$copy", at: 1),
                decision("b-2-000000001", .remove, item: "$machine", at: 1, by: .rules([])),
                decision("d-1", .remove, item: "$rule", at: 1, by: .rules([])),
                decision("p-8", .remove, item: "$old", at: -100),
            ])
            let judgements = try await store.judgements(since: Sample.now)
            let said = ["$bad", "$good", "$twice", "$back", "$open", "$undone", "$copy", "$machine", "$rule", "$old"].map {
                judgements[event($0)]
            }
            #expect(
                said == [.violation, .noViolation, .violation, .noViolation, nil, nil, .violation, nil, nil, nil])
            #expect(judgements.count == 5)
            var elsewhere = event("$bad")
            elsewhere.platform = "telegram"
            #expect(judgements[elsewhere] == nil)
        }
    }

    @Test("what people found of a rule's decision is said of its item", arguments: Engine.allCases)
    func outcomes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let key = RuleKey(rule: "ncii.known-copy", version: "9f2c")
            // More than one page of them.
            let count = 1_050
            _ = try await store.commit(
                (0..<count).map {
                    Commit(
                        decision: Sample.decision("d-\($0)", item: "$\($0)"), uses: [RuleUse(key: key, effects: [.remove])])
                })
            _ = try await store.commit([
                Commit(
                    ruleOutcomes: (0..<count).map {
                        RuleOutcome(key: key, decision: DecisionID("d-\($0)"), kind: $0 % 3 == 0 ? .overturned : .confirmed)
                    })
            ])
            // A person says otherwise, later than the outcome.
            _ = try await store.commit([decision("p-1", .noViolation, item: "$1", at: 10)])
            let judgements = try await store.judgements(since: Sample.now)
            #expect(judgements.count == count)
            #expect((0..<4).map { judgements[event("$\($0)")] } == [.noViolation, .noViolation, .violation, .noViolation])
            #expect(try await store.judgements(since: Sample.now + 60).count == 0)
        }
    }
}
