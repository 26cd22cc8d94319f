// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Signals
import Testing

@testable import Storage

@Suite("Whom indexes are to forget")
struct ForgetListTests {
    private static let end = Sample.now + 7 * 86_400

    @Test("is written down for every index, once, until that index has done it", arguments: Engine.allCases)
    func notes(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.note(.actor("matrix", "@nobody-hears"))
            #expect(try await !store.keepIndex("one", at: Sample.now, until: Self.end))
            #expect(try await !store.keepIndex("two", at: Sample.now, until: Self.end))
            #expect(try await store.keepIndex("one", at: Sample.now, until: Self.end), "it was there all the time")
            #expect(try await store.indexes() == ["one", "two"])
            let subjects: [LookAlikeSubject] = [
                .actor("matrix", "@ann"), .item("matrix", "@ann"), .space("matrix", "!plaza"), .space("other", "!plaza"),
            ]
            for subject in subjects + subjects { try await store.note(subject) }
            #expect(try await store.toForget(by: "one", limit: 10) == subjects)
            #expect(try await store.toForget(by: "one", limit: 2) == Array(subjects.prefix(2)))
            try await store.forgot(Array(subjects.prefix(3)), by: "one")
            #expect(try await store.toForget(by: "one", limit: 10) == [subjects[3]])
            #expect(try await store.toForget(by: "two", limit: 10) == subjects)
            try await store.dropIndex("two")
            #expect(try await store.indexes() == ["one"])
            #expect(try await store.toForget(by: "two", limit: 10).isEmpty)
        }
    }

    @Test("a space that closes is written down in the transaction that closes it", arguments: Engine.allCases)
    func closing(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.keepIndex("one", at: Sample.now, until: Self.end)
            _ = try await store.acceptNew([Sample.event("$1")])
            _ = try await store.record(Space(id: "!plaza", privacy: .public), on: "matrix", at: Sample.now + 1)
            #expect(try await store.toForget(by: "one", limit: 10).isEmpty)
            _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now + 2)
            #expect(try await store.toForget(by: "one", limit: 10) == [.space("matrix", "!plaza")])
            // Of a space never seen public nothing is written down.
            _ = try await store.record(Space(id: "!cellar", privacy: .private), on: "matrix", at: Sample.now + 2)
            #expect(try await store.toForget(by: "one", limit: 10).count == 1)
        }
    }

    @Test("an index whose time is over is given up, with what was written down for it", arguments: Engine.allCases)
    func time(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.keepIndex("old", at: Sample.now - 60, until: Sample.now - 1)
            _ = try await store.keepIndex("new", at: Sample.now - 60, until: Sample.now - 2)
            #expect(try await store.indexes() == ["old", "new"])
            #expect(try await store.keepIndex("new", at: Sample.now - 3, until: Self.end))
            #expect(try await !store.keepIndex("old", at: Sample.now, until: Self.end), "so it must begin anew")
            #expect(try await store.indexes() == ["old", "new"])
            // Also where look-alikes are off.
            try await store.note(.actor("matrix", "@ann"))
            try await store.giveUpIndexes(at: Self.end + 1)
            #expect(try await store.indexes().isEmpty)
            #expect(try await store.toForget(by: "new", limit: 10).isEmpty)
        }
    }

    @Test("indexes that come and go with their disks leave no rows behind", arguments: Engine.allCases)
    func bounded(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for day in 0..<30 {
                let at = Sample.now - Double(30 - day) * 86_400
                _ = try await store.keepIndex("disk-\(day)", at: at, until: at + 7 * 86_400)
            }
            for number in 0..<5 { try await store.note(.actor("matrix", ActorID("@\(number)"))) }
            let rows = try await store.database.read { sql in
                Int(try sql.query("select count(*) from lookalike_forgets").first?.int(0) ?? 0)
            }
            #expect(rows == 35, "five people for each index of the last seven days")
        }
    }
}
