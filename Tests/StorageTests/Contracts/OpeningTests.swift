// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Opening a store")
struct OpeningTests {
    @Test("finds everything again after a restart", arguments: Engine.allCases)
    func reopens(engine: Engine) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            let first = try await Store.open(url: url, connections: 2)
            _ = try await first.accept([Sample.event("$1")])
            try await first.append([Sample.entry("1")])
            await first.close()
            let reader = try await Store.open(url: url, access: .reader, connections: 2)
            #expect(try await reader.ledgerSubjects() == ["1"])
            #expect(try await reader.status(of: "$1", on: "matrix")?.state == .queued)
            await reader.close()
        }
    }

    @Test("several processes may bring the schema up to date at once", arguments: Engine.allCases)
    func concurrentMigration(engine: Engine) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            try await Store.open(url: url, connections: 1).close()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Store.open(url: url, access: .tool, connections: 1).close() }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("refuses a database of a newer Haechi, and says so", arguments: Engine.allCases)
    func tooNew(engine: Engine) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            let store = try await Store.open(url: url, connections: 1)
            _ = try await store.database.write {
                try $0.execute("insert into schema_migrations (number, name, applied_at) values (999, 'future', 0)")
            }
            await store.close()
            let expected = StorageError.schemaTooNew(
                location: store.location, found: 999, known: Schema.migrations.last?.number ?? 0)
            for access in [Store.Access.server, .tool, .reader] {
                await #expect(throws: expected) { _ = try await Store.open(url: url, access: access, connections: 1) }
            }
        }
    }

    @Test("a reader makes nothing: an empty place is an error", arguments: Engine.allCases)
    func readerOfNothing(engine: Engine) async throws {
        try await engine.withEmptyURL { (url: String) async throws in
            await #expect(throws: StorageError.self) { _ = try await Store.open(url: url, access: .reader, connections: 1) }
        }
    }

    @Test("a step of the schema that fails leaves nothing behind", arguments: Engine.allCases)
    func halfMigration(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let last = try #require(Schema.migrations.last).number
            let bad = Migration(last + 1, "bad", ["create table extra (id {int} primary key)", "create table events (id {int})"])
            let migrator = Migrator(Schema.migrations + [bad], location: store.location)
            await #expect(throws: StorageError.self) { try await migrator.migrate(store.database) }
            await #expect(throws: StorageError.self) { _ = try await store.database.read { try $0.query("select * from extra") } }
            #expect(try await migrator.version(store.database) == last)
        }
    }

    @Test(
        "says what an address should look like, without repeating secrets",
        arguments: ["mysql://u:secret@h/d", "haechi.db", "sqlite:", ""])
    func badAddress(text: String) async throws {
        let error = await #expect(throws: StorageError.self) { _ = try await Store.open(url: text) }
        #expect(error?.message.contains("sqlite:PATH") == true)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("shows a PostgreSQL address without user and password")
    func location() throws {
        #expect(
            try StorageAddress("postgres://u:secret@db.example:5433/haechi?sslmode=require").location
                == "postgres://db.example:5433/haechi")
    }
}
