// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Case store")
struct CaseStoreTests {
    private let now = Sample.now
    private let until = Sample.now.addingTimeInterval(Lease.duration)

    private func key(_ item: WorkItem) throws -> LeaseGuard {
        let lease = try #require(item.lease)
        return LeaseGuard(workItem: item.id, holder: lease.holder, token: lease.token)
    }

    @Test("hands out the most urgent case, the oldest among equals", arguments: Engine.allCases)
    func mostUrgent(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("young", priority: 50, at: now.addingTimeInterval(-1))
            try await store.openCase("ordinary", priority: 0, at: now.addingTimeInterval(-9))
            try await store.openCase("old", priority: 50, at: now.addingTimeInterval(-5))
            var given: [CaseID?] = []
            for person in ["hana", "bo", "cy", "dee"] {
                given.append(try await store.leaseNext(holder: AccountID(person), at: now, until: until)?.caseID)
            }
            #expect(given == ["old", "young", "ordinary", nil])
        }
    }

    @Test("gives a person the case that they hold already", arguments: Engine.allCases)
    func sameAgain(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1")
            let first = try #require(try await store.leaseNext(holder: "hana", at: now, until: until))
            try await store.openCase("c-2", priority: 100)
            let again = try #require(try await store.leaseNext(holder: "hana", at: now, until: until.addingTimeInterval(5)))
            #expect(again.id == first.id && again.lease?.token == first.lease?.token)
            #expect(again.lease?.until == until.addingTimeInterval(5))
        }
    }

    @Test("people who ask at once get different cases", arguments: Engine.allCases)
    func different(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for number in 0..<12 { try await store.openCase("c-\(number)") }
            let given = try await withThrowingTaskGroup(of: WorkItemID?.self) { group in
                for person in 0..<12 {
                    group.addTask { try await store.leaseNext(holder: AccountID("p-\(person)"), at: now, until: until)?.id }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(given.compactMap { $0 }).count == 12)
        }
    }

    @Test("one person with many open tabs gets one case", arguments: Engine.allCases)
    func tabs(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for number in 0..<5 { try await store.openCase("c-\(number)") }
            let given = try await withThrowingTaskGroup(of: WorkItem?.self) { group in
                for _ in 0..<8 { group.addTask { try await store.leaseNext(holder: "hana", at: now, until: until) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(given.map { $0?.id }).count == 1)
        }
    }

    @Test("a lease that ran out passes on, with a larger token, and the old holder can't write", arguments: Engine.allCases)
    func fencing(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1")
            let hana = try #require(try await store.leaseNext(holder: "hana", at: now, until: until))
            #expect(try await store.leaseNext(holder: "bo", at: until.addingTimeInterval(-0.001), until: until) == nil)
            // Ran out, but nobody took it: a heartbeat brings it back.
            try await store.heartbeat(try key(hana), until: until.addingTimeInterval(10))
            let later = until.addingTimeInterval(10)
            let bo = try #require(try await store.leaseNext(holder: "bo", at: later, until: later.addingTimeInterval(120)))
            #expect(bo.id == hana.id)
            #expect(try key(bo).token > key(hana).token)
            await #expect(throws: CaseworkError.leaseLost) { try await store.heartbeat(try key(hana), until: later) }
            let judgement = { (lease: LeaseGuard, id: String) in
                Commit(
                    lease: lease, decision: Sample.decision(id), evidence: [try Sample.preserved("e-\(id)")],
                    ledger: [Sample.entry(id)])
            }
            #expect(try await store.commit([try judgement(key(hana), "late")]) == [.leaseLost])
            #expect(try await store.decision("late") == nil)
            #expect(try await store.commit([try judgement(key(bo), "good")]) == [.applied(nil)])
            let file = try #require(try await store.caseFile("c-1"))
            #expect(file.case.state == .closed && file.case.decision == "good" && file.case.closedAt == Sample.now)
            #expect(file.workItem.doneAt == Sample.now && file.workItem.lease == nil)
            #expect(file.decisions.map(\.id) == ["good"] && file.evidence.map(\.id) == ["e-good"])
            #expect(try await store.commit([try judgement(key(bo), "twice")]) == [.superseded], "it was decided before")
            #expect(try await store.ledgerSubjects() == ["good"])
        }
    }

    @Test("the token grows with each new holder, also after a release", arguments: Engine.allCases)
    func tokens(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1")
            var tokens: [Int64] = []
            for person in ["hana", "bo", "hana", "hana"] {
                let item = try #require(try await store.leaseNext(holder: AccountID(person), at: now, until: until))
                tokens.append(try key(item).token)
                try await store.release(try key(item))
            }
            #expect(tokens == tokens.sorted() && Set(tokens).count == 4)
        }
    }

    @Test("leases one case by name, unless somebody else has it or it is done", arguments: Engine.allCases)
    func byName(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1")
            let hana = try await store.lease("c-1", holder: "hana", at: now, until: until)
            await #expect(throws: CaseworkError.leaseHeld(by: "hana", until: Date(milliseconds: until.milliseconds))) {
                _ = try await store.lease("c-1", holder: "bo", at: now, until: until)
            }
            await #expect(throws: CaseworkError.noSuchCase("c-9")) {
                _ = try await store.lease("c-9", holder: "bo", at: now, until: until)
            }
            _ = try await store.commit([Commit(lease: try key(hana), decision: Sample.decision("d"))])
            await #expect(throws: CaseworkError.caseClosed("c-1")) {
                _ = try await store.lease("c-1", holder: "bo", at: now, until: until)
            }
            await #expect(throws: CaseworkError.leaseLost) { try await store.heartbeat(try key(hana), until: until) }
        }
    }

    @Test("a decision that keeps the case open puts it back into the queue", arguments: Engine.allCases)
    func keptOpen(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1", priority: 50)
            let hana = try #require(try await store.leaseNext(holder: "hana", at: now, until: until))
            let escalation = Commit(
                lease: try key(hana), keepsCaseOpen: true, decision: Sample.decision("d"),
                opens: Sample.opening("x", item: "$c-1", priority: 100))
            #expect(try await store.commit([escalation]) == [.applied("c-1")])
            #expect(try await store.leaseNext(holder: "hana", at: now, until: until) == nil, "she has passed it on")
            let bo = try #require(try await store.leaseNext(holder: "bo", at: now, until: until))
            #expect(bo.caseID == "c-1")
            #expect(try key(bo).token > key(hana).token)
            #expect(try await store.caseFile("c-1")?.case.priority == 100)
        }
    }

    @Test("after a case closed, the same target opens a new one", arguments: Engine.allCases)
    func reopens(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.openCase("c-1", item: "$1")
            let hana = try #require(try await store.leaseNext(holder: "hana", at: now, until: until))
            _ = try await store.commit([Commit(lease: try key(hana), decision: Sample.decision("d-1"))])
            #expect(try await store.commit([Commit(opens: Sample.opening("c-2"))]) == [.applied("c-2")])
            #expect(try await store.cases(.open, limit: 9).map(\.case.id) == ["c-2"])
            #expect(try await store.cases(.closed, limit: 9).map(\.case.id) == ["c-1"])
        }
    }

    @Test("lists open cases by urgency", arguments: Engine.allCases)
    func lists(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for number in 1...4 {
                try await store.openCase("c-\(number)", priority: number % 2 * 50, at: now.addingTimeInterval(Double(number)))
            }
            #expect(try await store.cases(.open, limit: 3).map(\.case.id) == ["c-1", "c-3", "c-2"])
            #expect(try await store.cases(.closed, limit: 3).isEmpty)
            #expect(try await store.caseFile("c-9") == nil)
        }
    }

    @Test("finds what was decided about an item outside of its case, and only that", arguments: Engine.allCases)
    func elsewhere(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var other = Sample.decision("d-elsewhere")
            other.target.space = "!other"
            _ = try await store.commit([
                Commit(decision: Sample.decision("d-rule"), actions: [Sample.action("a-1", of: "d-rule", state: .done)]),
                Commit(decision: Sample.decision("d-item", item: "$2")), Commit(decision: other),
                Commit(decision: Sample.decision("d-inside"), opens: Sample.opening("c-1")),
            ])
            let found = try await store.decisionsElsewhere(about: Sample.target(), than: "c-1")
            #expect(found.decisions.map(\.id) == ["d-rule"] && found.actions.map(\.id) == ["a-1"])
            // From another case, both.
            let all = try await store.decisionsElsewhere(about: Sample.target(), than: "c-2")
            #expect(all.decisions.map(\.id) == ["d-rule", "d-inside"])
            let noItem = Target(platform: "matrix", space: "!plaza", actor: "@ann")
            #expect(try await store.decisionsElsewhere(about: noItem, than: "c-1") == DecisionsElsewhere())
        }
    }

    @Test("finds decisions that are older than the column, too", arguments: Engine.allCases)
    func backfill(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var space = Sample.decision("d-space")
            space.target.item = nil
            var hostile = Sample.decision("d-hostile")
            hostile.reason = "a\u{0}b"
            _ = try await store.commit([
                Commit(decision: Sample.decision("d-rule")), Commit(decision: space), Commit(decision: hostile),
            ])
            _ = try await store.database.write { sql in
                try sql.execute("drop index decisions_of_subject")
                try sql.execute("alter table decisions drop column subject")
                return try sql.execute("delete from schema_migrations where number >= 7")
            }
            try await Migrator(Schema.migrations, location: store.location).migrate(store.database)
            let found = try await store.decisionsElsewhere(about: Sample.target(), than: "c-1")
            #expect(found.decisions.map(\.id) == ["d-rule"])
        }
    }

    @Test("says when each piece of evidence was sealed", arguments: Engine.allCases)
    func sealings(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            #expect(try await store.caseFile("c-1")?.evidence.map(\.sealedAt) == [Sample.now])
        }
    }
}
