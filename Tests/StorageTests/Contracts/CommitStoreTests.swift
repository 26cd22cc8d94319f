// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Records
import Testing

@testable import Storage

private struct Unexpected: Error { let what: CommitResult }

@Suite("Commit store")
struct CommitStoreTests {
    @Test("writes everything that a conclusion changes", arguments: Engine.allCases)
    func everything(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let sequence = try #require(try await store.acceptNew([Sample.event("$1")]).first)
            let decision = Sample.decision("d-1")
            let actions = [Sample.action("a-1", of: "d-1"), Sample.action("a-2", of: "d-1", .notify)]
            let result = try await store.commit([
                Commit(
                    event: (sequence, .decided, "removed"), decision: decision, actions: actions,
                    opens: Sample.opening("c-1", priority: 50),
                    report: Sample.report("r-1", externalID: "7"),
                    evidence: [try Sample.preserved("e-1"), try Sample.preserved("e-2", role: .item)],
                    ledger: [Sample.entry("d-1"), Sample.entry("c-1")])
            ])
            #expect(result == [.applied("c-1")])
            let status = try #require(try await store.status(of: "$1", on: "matrix"))
            #expect(status.state == .decided && status.decision == "d-1" && status.note == "removed")
            #expect(try await store.decision("d-1") == decision)
            let file = try #require(try await store.caseFile("c-1"))
            #expect(file.case == Sample.opening("c-1", priority: 50))
            #expect(file.reports == [Sample.report("r-1", externalID: "7")])
            #expect(file.evidence.map(\.id) == ["e-2", "e-1"], "the item comes first")
            #expect(file.evidence[1] == (try Sample.preserved("e-1")).reference)
            #expect(file.decisions == [decision] && file.actions == actions)
            #expect(try await store.decisions(for: "c-1") == [decision])
            #expect(try await store.ledgerSubjects() == ["d-1", "c-1"])
        }
    }

    @Test("refuses what was concluded, decided or reported before, and leaves the neighbours alone", arguments: Engine.allCases)
    func superseded(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let sequences = try await store.acceptNew((1...4).map { Sample.event("$\($0)") })
            _ = try await store.commit([
                Commit(
                    event: (sequences[0], .decided, ""), decision: Sample.decision("d-1"), opens: Sample.opening("c-1"),
                    report: Sample.report("r-1", externalID: "7"))
            ])
            let results = try await store.commit([
                Commit(event: (sequences[0], .cleared, ""), ledger: [Sample.entry("concluded before")]),
                Commit(event: (sequences[1], .cleared, ""), ledger: [Sample.entry("one")]),
                Commit(
                    event: (sequences[2], .decided, ""), decision: Sample.decision("d-1"),
                    ledger: [Sample.entry("decided before")]),
                Commit(
                    opens: Sample.opening("c-2", item: "$2"), report: Sample.report("r-2", externalID: "7"),
                    evidence: [try Sample.preserved("e-2")], ledger: [Sample.entry("reported before")]),
                Commit(
                    event: (sequences[3], .decided, ""), decision: Sample.decision("d-2"),
                    actions: [Sample.action("a-2", of: "d-2")],
                    ledger: [Sample.entry("two")]),
                Commit(event: (sequences[3], .cleared, ""), ledger: [Sample.entry("concluded in this batch")]),
            ])
            #expect(results.count == 6)
            #expect(results[0] == .superseded && results[1] == .applied(nil) && results[2] == .superseded)
            #expect(results[3] == .superseded)
            #expect(results[4...5].count { $0 == .applied(nil) } == 1, "one event has one conclusion")
            #expect(try await store.status(of: "$3", on: "matrix")?.state == .queued)
            #expect(try await store.caseFile("c-2") == nil)
            #expect(try await store.evidence("e-2") == nil)
            #expect(try await store.ledgerSubjects().count == 2)
        }
    }

    @Test("refuses to conclude an event that was withdrawn meanwhile", arguments: Engine.allCases)
    func withdrawn(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let sequence = try #require(try await store.acceptNew([Sample.event("$1")]).first)
            _ = try await store.record(Space(id: "!plaza", privacy: .encrypted), on: "matrix", at: Sample.now)
            let commit = Commit(
                event: (sequence, .decided, ""), decision: Sample.decision("d-1"), actions: [Sample.action("a-1", of: "d-1")],
                evidence: [try Sample.preserved("e-1")], ledger: [Sample.entry("d-1")])
            #expect(try await store.commit([commit]) == [.superseded])
            #expect(try await store.decision("d-1") == nil)
            #expect(try await store.evidence("e-1") == nil)
            #expect(try await store.head() == nil)
        }
    }

    @Test("one bad commit fails alone: the others are written", arguments: Engine.allCases)
    func badNeighbour(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let good = { (id: String) in
                Commit(decision: Sample.decision(id), actions: [Sample.action("a-\(id)", of: id)], ledger: [Sample.entry(id)])
            }
            var bad = good("bad")
            bad.actions = [Sample.action("a-1", of: "bad"), Sample.action("a-1", of: "bad")]
            bad.opens = Sample.opening("c-bad")
            let results = try await store.commit([good("1"), bad, good("2")])
            #expect(results[0] == .applied(nil) && results[2] == .applied(nil))
            guard case .refused = results[1] else { throw Unexpected(what: results[1]) }
            #expect(try await store.decisions(limit: 9).map(\.id) == ["2", "1"])
            #expect(try await store.caseFile("c-bad") == nil)
            #expect(try await store.ledgerSubjects() == ["1", "2"])
        }
    }

    @Test("opens the case of a decision again, unless another one about the same item is open", arguments: Engine.allCases)
    func reopens(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            let item = try await store.lease("c-1", holder: "hana", at: Sample.now, until: Sample.now + 60)
            let lease = LeaseGuard(workItem: item.id, holder: "hana", token: try #require(item.lease).token)
            _ = try await store.commit([Commit(lease: lease, decision: Sample.decision("d-1"), caseID: "c-1")])
            #expect(try await store.caseFile("c-1")?.case.state == .closed)

            let undo = Commit(decision: Sample.decision("u-d-1"), reopensCaseOf: "d-1")
            #expect(try await store.commit([undo]) == [.applied("c-1")])
            let file = try #require(try await store.caseFile("c-1"))
            #expect(file.case.state == .open && file.case.decision == nil)
            #expect(file.evidence.map(\.id) == ["e-1"])
            #expect(file.decisions.map(\.id) == ["d-1", "u-d-1"])
            #expect(try await store.leaseNext(holder: "bo", at: Sample.now, until: Sample.now + 60)?.caseID == "c-1")
        }
    }

    @Test("names the case that does not exist", arguments: Engine.allCases)
    func unknownCase(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let results = try await store.commit([Commit(decision: Sample.decision("d"), caseID: "nowhere")])
            #expect(results == [.refused("there is no case nowhere")])
            #expect(try await store.decision("d") == nil)
        }
    }

    @Test("joins the open case of the same target; the higher priority and the stricter privacy win", arguments: Engine.allCases)
    func joins(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let results = try await store.commit([
                Commit(opens: Sample.opening("c-1", priority: 50), report: Sample.report("r-1", externalID: "1")),
                Commit(opens: Sample.opening("c-2", priority: 100), report: Sample.report("r-2", externalID: "2")),
                Commit(
                    opens: Sample.opening("c-3", priority: 0, privacy: .private), report: Sample.report("r-3", externalID: "3")),
                Commit(opens: Sample.opening("c-4", item: "$other")),
            ])
            #expect(results == [.applied("c-1"), .applied("c-1"), .applied("c-1"), .applied("c-4")])
            let file = try #require(try await store.caseFile("c-1"))
            #expect(file.case.priority == 100 && file.case.privacy == .private)
            #expect(file.reports.map(\.id) == ["r-1", "r-2", "r-3"])
            #expect(try await store.backlog().openCases == 2)
        }
    }

    @Test("fifty openings of one case at once make one case", arguments: Engine.allCases)
    func concurrentOpenings(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let results = try await withThrowingTaskGroup(of: [CommitResult].self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await store.commit([
                            Commit(
                                opens: Sample.opening("c-\(number)", priority: number),
                                report: Sample.report("r-\(number)", externalID: "\(number)"),
                                ledger: [Sample.entry("r-\(number)")])
                        ])
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(results.count == 50 && Set(results).count == 1)
            let files = try await store.cases(.open, limit: 9)
            #expect(files.count == 1 && files[0].case.priority == 49 && files[0].reports.count == 50)
            #expect(Set(try await store.ledgerSubjects()).count == 50)
        }
    }

    @Test("the same decision from many processes at once is written once", arguments: Engine.allCases)
    func concurrentDecisions(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let results = try await withThrowingTaskGroup(of: [CommitResult].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await store.commit([
                            Commit(
                                decision: Sample.decision("d"), actions: [Sample.action("a", of: "d")],
                                ledger: [Sample.entry("d")])
                        ])
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(results.count { $0 == .applied(nil) } == 1)
            #expect(results.count { $0 == .superseded } == 19)
            #expect(try await store.ledgerSubjects() == ["d"])
        }
    }

    @Test("cancels what waits, and refuses as a whole when something is done already", arguments: Engine.allCases)
    func cancels(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var done = Sample.action("a-3", of: "d-1")
            _ = try await store.commit([
                Commit(
                    decision: Sample.decision("d-1"),
                    actions: [Sample.action("a-1", of: "d-1"), Sample.action("a-2", of: "d-1", state: .held), done])
            ])
            done.state = .done
            try await store.record([ActionOutcome(action: done, ledger: nil)])
            let outdated = Commit(decision: Sample.decision("d-2"), cancels: ["a-1", "a-2", "a-3"])
            #expect(try await store.commit([outdated]) == [.outdated])
            #expect(try await store.decision("d-2") == nil)
            _ = try await store.commit([Commit(decision: Sample.decision("d-2"), cancels: ["a-1", "a-2"])])
            #expect(try await store.actions(of: "d-1").map(\.state) == [.cancelled, .cancelled, .done])
        }
    }

    @Test("lists the newest decisions first", arguments: Engine.allCases)
    func newestFirst(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit((1...5).map { Commit(decision: Sample.decision("d-\($0)")) })
            #expect(try await store.decisions(limit: 2).map(\.id) == ["d-5", "d-4"])
            #expect(try await store.decision("d-9") == nil)
        }
    }
}
