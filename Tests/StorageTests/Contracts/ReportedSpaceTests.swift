// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals
import Synchronization
import Testing

@testable import Storage

@Suite("A space that only a report says is public")
struct ReportedSpaceTests {
    private final class Clock: Sendable {
        private let time = Mutex(Sample.now)
        var now: Date { time.withLock { $0 } }
        func advance(by seconds: Double) { time.withLock { $0 += seconds } }
    }

    private func with(_ engine: Engine, _ body: (Store, Clock) async throws -> Void) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            let clock = Clock()
            let store = try await Store.open(url: url, connections: 2, now: { clock.now })
            do { try await body(store, clock) } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    private func report(_ id: String, at: Date = Sample.now, in store: Store) async throws {
        var report = Sample.report("r-\(id)", externalID: id)
        report.at = at
        _ = try await store.commit([Commit(opens: Sample.opening("c-\(id)"), report: report)])
    }

    private func close(_ store: Store, at: Date) async throws {
        _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: at)
    }

    @Test("is public for some minutes, for looking at what was reported, and never for what is kept", arguments: Engine.allCases)
    func forAWhile(engine: Engine) async throws {
        try await with(engine) { (store: Store, clock: Clock) async throws in
            try await report("1", in: store)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
            #expect(try await !store.isKnownPublic("!plaza", on: "matrix"))
            clock.advance(by: 14 * 60)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
            clock.advance(by: 2 * 60)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == nil)
            // Another report asks the platform again.
            try await report("2", at: Sample.now - 86_400, in: store)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
            #expect(try await !store.isKnownPublic("!plaza", on: "matrix"))
        }
    }

    @Test("closes when the platform says so, also long after", arguments: Engine.allCases)
    func closesLater(engine: Engine) async throws {
        try await with(engine) { (store: Store, clock: Clock) async throws in
            _ = try await store.keepIndex("one", at: clock.now, until: clock.now + 9e6)
            try await report("1", in: store)
            clock.advance(by: 3_600)
            // Whatever the platform's clock says: any word of its own counts more.
            try await close(store, at: Sample.now - 10)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .private)
            #expect(try await store.toForget(by: "one", limit: 9) == [.space("matrix", "!plaza")])
            try await report("2", at: clock.now, in: store)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .private, "a report opens nothing again")
        }
    }

    @Test("stays closed when it closed while the report was under way", arguments: Engine.allCases)
    func closedBefore(engine: Engine) async throws {
        try await with(engine) { (store: Store, clock: Clock) async throws in
            try await close(store, at: clock.now)
            clock.advance(by: 5)
            try await report("1", in: store)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == nil)
            let rows = try await store.database.read { try $0.query("select id from spaces") }
            #expect(rows.isEmpty, "of a space never seen public nothing is written down")
            clock.advance(by: 3_600)
            try await report("2", at: clock.now, in: store)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
        }
    }

    @Test("is known to be public once its own events say so", arguments: Engine.allCases)
    func confirmed(engine: Engine) async throws {
        try await with(engine) { (store: Store, clock: Clock) async throws in
            try await report("1", in: store)
            #expect(try await store.accept([Sample.event("$9", at: Sample.now - 60)])[0].isAccepted)
            #expect(try await store.isKnownPublic("!plaza", on: "matrix"))
            try await report("2", in: store)
            clock.advance(by: 86_400)
            #expect(try await store.isKnownPublic("!plaza", on: "matrix"))
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .public)
        }
    }

    @Test("closings are remembered only as long as they matter, and only so many")
    func memory() {
        let closings = RecentClosings(limit: 100)
        for number in 0..<1_000 { closings.add(SpaceID("!\(number)"), on: "matrix", at: Sample.now + Double(number)) }
        let end = Sample.now + 1_000
        #expect(!closings.allow("!999", on: "matrix", at: end))
        #expect(closings.allow("!999", on: "other", at: end))
        #expect(closings.allow("!500", on: "matrix", at: end))
        #expect(closings.allow("!999", on: "matrix", at: end + 901))
    }
}
