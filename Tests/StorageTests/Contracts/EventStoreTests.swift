// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Event store")
struct EventStoreTests {
    @Test("keeps accepted events in order and whole", arguments: Engine.allCases)
    func acceptsInOrder(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let events = (1...1_200).map { Sample.event("$\($0)", text: "안녕 👋 \"\($0)\" \\ \n") }
            let sequences = try await store.acceptNew(events)
            #expect(sequences.count == 1_200 && sequences == sequences.sorted())
            let queued = try await store.queued(.fresh, dueBy: Sample.now.addingTimeInterval(1), limit: 5_000)
            #expect(queued.map(\.event) == events)
            #expect(queued.map(\.sequence) == sequences)
            #expect(queued.allSatisfy { $0.attempts == 0 })
            let page = try await store.queued(.fresh, dueBy: Sample.now.addingTimeInterval(1), limit: 2)
            #expect(page.map(\.event.id) == ["$1", "$2"])
            #expect(try await store.queued(.fresh, dueBy: Sample.now, limit: 5).isEmpty, "not due yet")
        }
    }

    @Test("says which deliveries are duplicates, in one batch and later", arguments: Engine.allCases)
    func duplicates(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let first = try await store.accept([Sample.event("$1"), Sample.event("$2"), Sample.event("$1")])
            #expect(first.map(\.isAccepted) == [true, true, false] && first[2] == .duplicate)
            #expect(try await store.accept([Sample.event("$2")]) == [.duplicate])
            #expect(try await store.accept([]) == [])
            #expect(try await store.backlog().events == [.queued: 2])
        }
    }

    @Test("keeps the same event once when it is delivered many times at once", arguments: Engine.allCases)
    func concurrentDuplicates(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let answers = try await withThrowingTaskGroup(of: [Acceptance].self) { group in
                for _ in 0..<20 { group.addTask { try await store.accept([Sample.event("$1"), Sample.event("$2")]) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers.count { $0.isAccepted } == 2)
            #expect(answers.count { $0 == .duplicate } == 38)
        }
    }

    @Test("keeps names with a zero character apart from crashing", arguments: Engine.allCases)
    func zeroCharacter(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.accept([Sample.event("a\0b", text: "x\0y"), Sample.event("c")]).allSatisfy(\.isAccepted))
            #expect(try await store.accept([Sample.event("a\0b")]) == [.duplicate])
            #expect(try await store.queued(.fresh, dueBy: .distantFuture, limit: 1).first?.event.item?.text == "x\0y")
        }
    }

    @Test("puts an event off until its time, and counts the tries", arguments: Engine.allCases)
    func postpones(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let sequence = try #require(try await store.acceptNew([Sample.event("$1")]).first)
            let later = Sample.now.addingTimeInterval(60)
            try await store.postpone(sequence, until: later, reason: "media server down")
            #expect(try await store.queued(.retries, dueBy: later.addingTimeInterval(-0.001), limit: 9).isEmpty)
            #expect(try await store.queued(.retries, dueBy: later, limit: 9).map(\.attempts) == [1])
            #expect(try await store.queued(.fresh, dueBy: later, limit: 9).isEmpty, "it must not stand in the way of new ones")
            #expect(try await store.status(of: "$1", on: "matrix")?.note == "media server down")
        }
    }

    @Test("tells where an event has got to, without content", arguments: Engine.allCases)
    func status(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let sequences = try await store.acceptNew([Sample.event("$1"), Sample.event("$2")])
            _ = try await store.commit([Commit(event: (sequences[0], .cleared, "no rule fired"))])
            let status = try #require(try await store.status(of: "$1", on: "matrix"))
            #expect(
                status
                    == EventStatus(
                        sequence: sequences[0], platform: "matrix", id: "$1", kind: .messagePosted, space: "!plaza",
                        actor: "@ann",
                        at: Sample.now, receivedAt: Date(milliseconds: Sample.now.milliseconds + 1_000), state: .cleared,
                        attempts: 0,
                        concludedAt: Sample.now, note: "no rule fired", decision: nil))
            #expect(try await store.recent(limit: 5).map(\.id) == ["$2", "$1"])
            #expect(try await store.status(of: "$1", on: "api") == nil)
        }
    }

    @Test("forgets a space's queued events when it turns private, and drops what comes late", arguments: Engine.allCases)
    func turnsPrivate(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.accept([Sample.event("$1"), Sample.event("$2"), Sample.event("$3", space: "!other")])
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
            let turned = Sample.now.addingTimeInterval(10)
            #expect(try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: turned) == 2)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .private)
            #expect(try await store.status(of: "$1", on: "matrix")?.state == .withdrawn)
            #expect(try await store.queued(.fresh, dueBy: .distantFuture, limit: 9).map(\.event.id) == ["$3"])
            #expect(try await store.backlog().events == [.queued: 1, .withdrawn: 2])

            // Said while it was public, delivered after: dropped, and no trace of it.
            let late = try await store.accept([Sample.event("$4", at: turned), Sample.event("$5", at: Sample.now)])
            #expect(late == [.dropped, .dropped])
            #expect(try await store.status(of: "$4", on: "matrix") == nil)
            // Said after the last word that we have: the event's own word counts.
            #expect(try await store.accept([Sample.event("$6", at: turned.addingTimeInterval(1))])[0].isAccepted)
            #expect(try await store.accept([Sample.event("$7", space: "!new", privacy: .encrypted)]) == [.dropped])
        }
    }

    @Test("believes the latest word on a space, and the stricter among equals", arguments: Engine.allCases)
    func latestWord(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            func word(_ privacy: PrivacyClass, _ seconds: Double) async throws -> PrivacyClass? {
                _ = try await store.record(
                    Space(id: "!plaza", privacy: privacy), on: "matrix", at: Sample.now.addingTimeInterval(seconds))
                return try await store.privacy(of: "!plaza", on: "matrix")
            }
            #expect(try await word(.private, 0) == nil, "nothing is recorded of a space never seen public")
            #expect(try await word(.public, 1) == .public)
            #expect(try await word(.private, 0.999) == .public, "an older word changes nothing")
            #expect(try await word(.encrypted, 1) == .encrypted)
            #expect(try await word(.private, 1) == .encrypted, "a laxer word of the same moment changes nothing")
            #expect(try await word(.public, 2) == .public)
            // Equal moments stay equal when they are stored: no millisecond is lost by rounding.
            for step in 0..<40 {
                let at = 3 + Double(step) * 0.0017
                #expect(try await word(.public, at) == .public)
                #expect(try await word(.private, at) == .private)
                #expect(try await word(.public, at) == .private)
            }
        }
    }

    @Test("never leaves an event queued when its space turns private at the same moment", arguments: Engine.allCases)
    func race(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for round in 0..<20 {
                let space = SpaceID("!room\(round)")
                _ = try await store.accept([Sample.event("$first\(round)", space: space)])
                async let accepted = store.accept((0..<5).map { Sample.event("$\(round).\($0)", space: space) })
                async let withdrawn = store.record(
                    Space(id: space, privacy: .private), on: "matrix", at: Sample.now.addingTimeInterval(1))
                _ = try await (accepted, withdrawn)
            }
            #expect(try await store.queued(.fresh, dueBy: .distantFuture, limit: 9).isEmpty)
        }
    }

    @Test("tells how much waits and since when", arguments: Engine.allCases)
    func backlog(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(
                try await store.backlog()
                    == Backlog(events: [:], actions: [:], openCases: 0, oldestQueuedEvent: nil, oldestPendingAction: nil))
            let sequences = try await store.acceptNew(
                (1...4).map { Sample.event("$\($0)", at: Sample.now.addingTimeInterval(Double($0))) })
            _ = try await store.commit([
                Commit(event: (sequences[0], .cleared, "")), Commit(event: (sequences[1], .failed, "undecodable")),
                Commit(
                    event: (sequences[2], .decided, ""), decision: Sample.decision("d"),
                    actions: [Sample.action("a", of: "d"), Sample.action("b", of: "d", state: .held)], opens: Sample.opening("c")),
            ])
            #expect(
                try await store.backlog()
                    == Backlog(
                        events: [.queued: 1, .cleared: 1, .failed: 1, .decided: 1], actions: [.pending: 1, .held: 1],
                        openCases: 1,
                        oldestQueuedEvent: Date(milliseconds: Sample.now.milliseconds + 5_000), oldestPendingAction: Sample.now))
        }
    }
}

extension Acceptance {
    var isAccepted: Bool { if case .accepted = self { true } else { false } }
}
