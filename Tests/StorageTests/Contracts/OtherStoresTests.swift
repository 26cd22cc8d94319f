// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Small stores")
struct SmallStoresTests {
    @Test("remembers a connector's facts", arguments: Engine.allCases)
    func state(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.state("matrix.reports") == nil)
            try await store.setState("matrix.reports", to: "17")
            try await store.setState("matrix.reports", to: "18")
            #expect(try await store.state("matrix.reports") == "18")
        }
    }

    @Test("keeps the same upload once, until it is old", arguments: Engine.allCases)
    func uploads(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let bytes: [UInt8] = [0, 255, 0, 39, 92]
            try await store.putUpload(bytes, sha256: "aa", at: Sample.now)
            try await store.putUpload([], sha256: "bb", at: Sample.now)
            try await store.putUpload(bytes, sha256: "aa", at: Sample.now.addingTimeInterval(60))
            #expect(try await store.upload(sha256: "aa") == bytes)
            #expect(try await store.upload(sha256: "bb") == [])
            #expect(try await store.deleteUploads(before: Sample.now.addingTimeInterval(60)) == 1)
            #expect(try await store.upload(sha256: "aa") == bytes, "it was given again")
            #expect(try await store.upload(sha256: "bb") == nil)
        }
    }

    @Test("keeps accounts, with their entries", arguments: Engine.allCases)
    func accounts(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            var hana = ModeratorAccount(id: "hana", role: .admin, passwordHash: "scrypt$1", createdAt: Sample.now)
            let bo = ModeratorAccount(id: "bo", role: .moderator, passwordHash: "scrypt$2", createdAt: Sample.now)
            try await store.putAccount(hana, ledger: Sample.entry("hana"))
            try await store.putAccount(bo, ledger: Sample.entry("bo"))
            hana.disabledAt = Sample.now.addingTimeInterval(9)
            hana.role = .moderator
            try await store.putAccount(hana, ledger: Sample.entry("hana"))
            #expect(try await store.accounts() == [bo, hana])
            #expect(try await store.account("hana") == hana)
            #expect(try await store.account("cy") == nil)
            #expect(try await store.ledgerSubjects() == ["hana", "bo", "hana"])
        }
    }

    @Test("keeps sessions until they end", arguments: Engine.allCases)
    func sessions(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let session = { (hash: String, seconds: Double) in
                Session(
                    tokenHash: hash, account: "hana", csrf: "x", createdAt: Sample.now,
                    expiresAt: Sample.now.addingTimeInterval(seconds))
            }
            try await store.putSession(session("aa", 10), ledger: Sample.entry("in"))
            try await store.putSession(session("bb", 10), ledger: Sample.entry("in"))
            try await store.putSession(session("cc", 10), ledger: Sample.entry("in"))
            #expect(try await store.session(tokenHash: "aa") == session("aa", 10))
            try await store.extendSession(tokenHash: "bb", until: Sample.now.addingTimeInterval(90))
            try await store.deleteSession(tokenHash: "cc", ledger: Sample.entry("out"))
            try await store.deleteSession(tokenHash: "cc", ledger: Sample.entry("out"))
            try await store.deleteSessions(endedBefore: Sample.now.addingTimeInterval(11))
            #expect(try await store.session(tokenHash: "aa") == nil)
            #expect(try await store.session(tokenHash: "bb") == session("bb", 90))
            #expect(try await store.session(tokenHash: "cc") == nil)
            #expect(try await store.ledgerSubjects() == ["in", "in", "in", "out"])
        }
    }
}
