// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Action store")
struct ActionStoreTests {
    private func put(_ actions: [Action], into store: Store, rules: [String] = ["ncii.known-copy"]) async throws {
        let id = try #require(actions.first?.decision)
        _ = try await store.commit([Commit(decision: Sample.decision(id.rawValue, rules: rules), actions: actions)])
    }

    @Test("hands out pending actions that are due, the longest due first", arguments: Engine.allCases)
    func pending(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let later = Sample.now.addingTimeInterval(60)
            let actions = [
                Sample.action("a-1", of: "d"), Sample.action("a-2", of: "d", due: later),
                Sample.action("a-3", of: "d", state: .held),
                Sample.action("a-4", of: "d"),
            ]
            try await put(actions, into: store)
            #expect(try await store.pendingActions(dueBy: Sample.now, limit: 9, notOn: []) == [actions[0], actions[3]])
            #expect(try await store.pendingActions(dueBy: Sample.now, limit: 1, notOn: []).map(\.id) == ["a-1"])
            #expect(try await store.pendingActions(dueBy: later, limit: 9, notOn: []).map(\.id) == ["a-1", "a-4", "a-2"])
        }
    }

    @Test("records outcomes with their entries, and leaves finished actions alone", arguments: Engine.allCases)
    func outcomes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await put(
                [Sample.action("a-1", of: "d"), Sample.action("a-2", of: "d"), Sample.action("a-3", of: "d", state: .held)],
                into: store)
            var done = Sample.action("a-1", of: "d", state: .done)
            done.attempts = 2
            done.note = "redacted"
            done.verifiedAt = Sample.now.addingTimeInterval(3)
            var retry = Sample.action("a-2", of: "d", due: Sample.now.addingTimeInterval(30))
            retry.attempts = 1
            let released = Sample.action("a-3", of: "d", state: .pending)
            try await store.record([
                ActionOutcome(action: done, ledger: Sample.entry("a-1")), ActionOutcome(action: retry, ledger: nil),
                ActionOutcome(action: released, ledger: Sample.entry("a-3")),
            ])
            #expect(try await store.actions(of: "d") == [done, retry, released])
            var late = done
            late.state = .failed
            try await store.record([ActionOutcome(action: late, ledger: Sample.entry("late"))])
            #expect(try await store.record([]).isEmpty)
            #expect(try await store.actions(of: "d").first == done)
            #expect(try await store.ledgerSubjects() == ["a-1", "a-3"])
            #expect(try await store.actions(in: [.done, .pending], limit: 2).map(\.id) == ["a-3", "a-2"])
            #expect(try await store.actions(in: [], limit: 2).isEmpty)
        }
    }

    @Test("what was done while it was being cancelled is written down as done", arguments: Engine.allCases)
    func lateOutcome(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await put([Sample.action("a-1", of: "d")], into: store)
            #expect(try await store.commit([Commit(cancels: ["a-1"])]) == [.applied(nil)])
            #expect(try await store.commit([Commit(cancels: ["a-1"])]) == [.outdated])
            let failed = Sample.action("a-1", of: "d", state: .failed)
            #expect(try await store.record([ActionOutcome(action: failed, ledger: nil)]) == [false])
            #expect(try await store.actions(of: "d").map(\.state) == [.cancelled])
            let done = Sample.action("a-1", of: "d", state: .done)
            #expect(try await store.record([ActionOutcome(action: done, ledger: Sample.entry("late"))]) == [false])
            #expect(try await store.actions(of: "d").map(\.state) == [.done])
            #expect(try await store.ledgerSubjects() == ["late"])
        }
    }

    @Test("leaves out platforms that are busy", arguments: Engine.allCases)
    func exclusion(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await put([Sample.action("a-1", of: "d")], into: store)
            #expect(try await store.pendingActions(dueBy: .distantFuture, limit: 9, notOn: ["other"]).count == 1)
            #expect(try await store.pendingActions(dueBy: .distantFuture, limit: 9, notOn: ["matrix", "other"]).isEmpty)
        }
    }

    @Test("counts what rules took away since a time, by rule", arguments: Engine.allCases)
    func quotas(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await put(
                [Sample.action("a-1", of: "d-1"), Sample.action("a-2", of: "d-1", .notify)], into: store, rules: ["r1", "r2"])
            try await put([Sample.action("b-1", of: "d-2", .ban, state: .held)], into: store, rules: ["r1"])
            var person = Sample.decision("d-3")
            person.by = .person("hana")
            _ = try await store.commit([Commit(decision: person, actions: [Sample.action("c-1", of: "d-3")])])
            let taken = try await store.destructiveActions(since: Sample.now)
            #expect(taken.map(\.rule) == ["r1", "r2"], "held and human decisions do not count")
            #expect(taken.allSatisfy { $0.at == Sample.now })
            #expect(try await store.destructiveActions(since: Sample.now.addingTimeInterval(0.001)).isEmpty)
        }
    }
}
