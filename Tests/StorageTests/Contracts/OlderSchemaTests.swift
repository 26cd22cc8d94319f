// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals
import Testing

@testable import Storage

@Suite("A database of an older version")
struct OlderSchemaTests {
    @Test("steps that were released stay as they were")
    func released() {
        #expect(
            Schema.migrations.prefix(5).map(\.name) == ["beginning", "rules", "rule state", "history", "examinations"])
        #expect(
            Schema.migrations[4].statements == [
                """
                create table case_examinations (
                    case_id text primary key references cases (id),
                    waits {int} not null,
                    attempts {int} not null,
                    due_at {int} not null,
                    payload text
                )
                """, "create index case_examinations_waiting on case_examinations (due_at) where waits = 1",
            ])
    }

    /// As it was written when an examination counted its pieces.
    private static let oldPayload =
        #"{"caseID":"c-read","at":800000000,"pieces":1,"files":[{"evidence":"e-read","times":{},"format":"png","width":8,"height":8}],"signals":[]}"#

    private func fill(_ database: any SQLDatabase) async throws {
        try await Migrator(Array(Schema.migrations.prefix(5)), location: "an older one").migrate(database)
        try await database.write { sql in
            for (number, id) in ["read", "older", "closed", "closed-older", "empty"].enumerated() {
                let isClosed = id.hasPrefix("closed")
                try sql.execute(
                    """
                    insert into cases (id, case_key, target, state, opened_at, closed_at, priority, reason, privacy)
                    values ($1, $2, $3, $4, $5, $6, 0, 'reported', 'public')
                    """,
                    [
                        .text("c-\(id)"), .text("matrix|item|!plaza|\(id)"), try Stored.json(Sample.target(id)),
                        .text(isClosed ? "closed" : "open"), SQLValue(number), SQLValue(isClosed ? number : nil),
                    ])
                guard id != "empty" else { continue }
                try sql.execute(
                    """
                    insert into evidence (id, case_id, role, type, sha256, size, sealed_at, sealed)
                    values ($1, $2, 'media', 'image/png', '', 0, 0, $3)
                    """, [.text("e-\(id)"), .text("c-\(id)"), SQLValue([0])])
            }
            for id in ["read", "closed"] {
                try sql.execute(
                    "insert into case_examinations (case_id, waits, attempts, due_at, payload) values ($1, 0, 0, 0, $2)",
                    [.text("c-\(id)"), .text(Self.oldPayload)])
            }
            try sql.execute("insert into spaces (platform, id, privacy, at) values ('matrix', '!plaza', 'public', 0)")
        }
        await database.close()
    }

    @Test("is brought up to date: open cases are looked at anew, closed ones rest, spaces can close", arguments: Engine.allCases)
    func migrates(engine: Engine) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            switch try StorageAddress(url) {
            case .sqlite(let path): try await fill(try SQLiteDatabase(path: path))
            case .postgres(let url): try await fill(PostgresDatabase(url: url, connections: 2))
            }
            let store = try await Store.open(url: url, connections: 2, now: { Sample.now })
            // What was read is not believed to be as it was written then.
            #expect(try await store.examination(of: "c-read") == nil)
            #expect(try await store.closedCases(after: nil, limit: 9).map(\.examination) == [nil, nil])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 9) == ["c-read", "c-older"])
            #expect(try await store.waiting() == ["c-older", "c-read"], "no closed case waits for ever")
            #expect(try await !store.tellOnce(of: "c-read"), "whoever left since then does not come back")
            try await store.record(CaseExamination(caseID: "c-older", at: Sample.now, pieces: ["e-older"]))
            #expect(try await store.waiting() == ["c-read"])

            #expect(try await store.isKnownPublic("!plaza", on: "matrix"))
            #expect(try await !store.keepIndex("one", at: Sample.now, until: Sample.now + 60))
            _ = try await store.record(Space(id: "!plaza", privacy: .private), on: "matrix", at: Sample.now)
            #expect(try await store.privacy(of: "!plaza", on: "matrix") == .private)
            #expect(try await store.toForget(by: "one", limit: 9) == [.space("matrix", "!plaza")])
            try await store.note(.item("matrix", "read"))
            await store.close()
        }
    }

    @Test("an examination that cannot be read is given up like any other", arguments: Engine.allCases)
    func unreadable(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            _ = try await store.database.write { sql in
                try sql.execute("update case_examinations set payload = $1", [.text(Self.oldPayload)])
            }
            #expect(try await store.postponeExamination(of: "c-1", until: Sample.now, attempts: 1))
            #expect(try await store.examination(of: "c-1")?.withheld == .givenUp)
        }
    }
}
