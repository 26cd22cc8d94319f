// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Records
import Testing

@testable import Storage

@Suite("SQLite")
struct SQLiteTests {
    private func withFile(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { (folder: URL) async throws in try await body(folder.appending(path: "haechi.db").path) }
    }

    @Test("waits for the disk at each commit, and overwrites what is deleted")
    func durable() async throws {
        try await withFile { (path: String) async throws in
            let database = try SQLiteDatabase(path: path)
            #expect(try await database.pragma("synchronous") == 2, "FULL")
            #expect(try await database.pragma("secure_delete") == 1)
            #expect(try await database.pragma("foreign_keys") == 1)
            await database.close()
        }
    }

    @Test("refuses a second server on the same file, lets tools and readers in, and is free afterwards")
    func oneServer() async throws {
        try await withFile { (path: String) async throws in
            let server = try await Store.open(url: "sqlite:\(path)")
            try await server.append([Sample.entry("1")])
            let expected = StorageError.inUse(
                location: "sqlite:\(path)", by: "process \(ProcessInfo.processInfo.processIdentifier)")
            await #expect(throws: expected) { _ = try await Store.open(url: "sqlite:\(path)") }
            let reader = try await Store.open(url: "sqlite:\(path)", access: .reader)
            #expect(try await reader.ledgerSubjects() == ["1"])
            await #expect(throws: StorageError.readOnly(location: "sqlite:\(path)")) {
                try await reader.append([Sample.entry("2")])
            }
            let tool = try await Store.open(url: "sqlite:\(path)", access: .tool)
            try await tool.append([Sample.entry("2")])
            #expect(try await server.ledgerSubjects() == ["1", "2"])
            await reader.close()
            await tool.close()
            await server.close()
            try await Store.open(url: "sqlite:\(path)").close()
        }
    }

    @Test("no byte of withdrawn content stays in the files")
    func canary() async throws {
        try await withFile { (path: String) async throws in
            let store = try await Store.open(url: "sqlite:\(path)")
            let canary = "canary-\(UUID().uuidString)"
            let events = (0..<50).map {
                Sample.event("$\($0)", space: $0 % 2 == 0 ? "!plaza" : "!other", text: "\(canary) \($0)")
            }
            let sequences = try await store.acceptNew(events)
            #expect(try files(path, hold: canary))
            _ = try await store.commit(
                zip(events, sequences).filter { $0.0.space.id == "!other" }.map { Commit(event: ($1, .cleared, "")) })
            #expect(try await store.record(Space(id: "!plaza", privacy: .encrypted), on: "matrix", at: Sample.now) == 25)
            #expect(try !files(path, hold: canary))
            await store.close()
            #expect(try !files(path, hold: canary))
        }
    }

    @Test("no byte of a destroyed key stays in the files")
    func destroyedKey() async throws {
        try await withFile { (path: String) async throws in
            let store = try await Store.open(url: "sqlite:\(path)")
            let piece = try Sample.preserved("e-1", Array(repeating: 65, count: 50_000))
            _ = try await store.commit([Commit(evidence: [piece])])
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1"))
            for suffix in ["", "-wal"] {
                let data = try Data(contentsOf: URL(filePath: path + suffix))
                #expect(
                    data.range(of: Data(piece.sealed.key)) == nil && data.range(of: Data(piece.sealed.sealed.prefix(64))) == nil)
            }
            await store.close()
        }
    }

    /// Whether the database or its write-ahead log holds a text.
    private func files(_ path: String, hold text: String) throws -> Bool {
        try ["", "-wal"].contains { suffix in
            guard FileManager.default.fileExists(atPath: path + suffix) else { return false }
            return try Data(contentsOf: URL(filePath: path + suffix)).range(of: Data(text.utf8)) != nil
        }
    }

    @Test("a full disk is said clearly, and nothing is half-written")
    func full() async throws {
        try await withFile { (path: String) async throws in
            let store = try await Store.open(url: "sqlite:\(path)")
            _ = try await store.accept([Sample.event("$1")])
            let database = try #require(store.database as? SQLiteDatabase)
            let pages = try #require(try await database.pragma("page_count"))
            _ = try await database.pragma("max_page_count = \(pages + 2)")
            let many = (0..<2_000).map { Sample.event("$many\($0)", text: String(repeating: "x", count: 500)) }
            await #expect(throws: StorageError.diskFull(location: "sqlite:\(path)")) { _ = try await store.accept(many) }
            #expect(try await store.backlog().events == [.queued: 1])
            _ = try await database.pragma("max_page_count = 1000000")
            #expect(try await store.acceptNew(many).count == 2_000, "works again when there is space")
            await store.close()
        }
    }

    @Test("a file that is no database, and a folder that is not there, are said clearly")
    func strange() async throws {
        try await withFile { (path: String) async throws in
            try Data(repeating: 66, count: 8_192).write(to: URL(filePath: path))
            await #expect(throws: StorageError.cannotOpen(location: "sqlite:\(path)", reason: "it is no SQLite database")) {
                _ = try await Store.open(url: "sqlite:\(path)")
            }
            let error = await #expect(throws: StorageError.self) { _ = try await Store.open(url: "sqlite:/nowhere/at/all.db") }
            #expect(error?.message.contains("/nowhere/at/all.db") == true)
        }
    }
}
