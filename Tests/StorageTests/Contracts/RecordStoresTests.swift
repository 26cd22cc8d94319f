// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Records
import Signals
import Testing

@testable import Storage

@Suite("Ledger store")
struct LedgerStoreTests {
    @Test("chains entries without gaps, page by page", arguments: Engine.allCases)
    func chain(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            #expect(try await store.head() == nil)
            #expect(try await store.verifyLedger() == .intact(entries: 0, hash: LedgerChain.start.hash))
            try await store.append([Sample.entry("1"), Sample.entry("2")])
            try await store.append([])
            try await store.append([Sample.entry("3")])
            #expect(try await store.ledgerSubjects() == ["1", "2", "3"])
            #expect(try await store.links(after: 1, limit: 1).map(\.sequence) == [2])
            let head = try #require(try await store.head())
            #expect(try await store.verifyLedger(page: 2) == .intact(entries: 3, hash: head.hash))
        }
    }

    @Test("stays one chain under fifty writers at once", arguments: Engine.allCases)
    func concurrent(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<50 {
                    group.addTask {
                        switch writer % 3 {
                        case 0: try await store.append([Sample.entry("\(writer)"), Sample.entry("\(writer)b")])
                        case 1:
                            _ = try await store.commit([
                                Commit(decision: Sample.decision("\(writer)"), ledger: [Sample.entry("\(writer)")])
                            ])
                        default:
                            _ = try await store.put(Bank(name: "b", addedAt: Sample.now), ledger: [Sample.entry("\(writer)")])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let subjects = try await store.ledgerSubjects()
            #expect(subjects.count == 67 && Set(subjects).count == 67)
            #expect(try await store.links(after: 0, limit: 100).map(\.sequence) == Array(1...67))
        }
    }

    @Test("shows whoever altered or cut it behind our back", arguments: Engine.allCases)
    func altered(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await store.append((1...9).map { Sample.entry("\($0)") })
            let tamper = { (text: String) in _ = try await store.database.write { try $0.execute(text) } }
            try await tamper("delete from ledger where sequence > 7")
            #expect(try await store.verifyLedger() == .wrongEnd(chainEndsAt: 7, headSays: 9))
            try await tamper("update ledger set canonical = replace(canonical, 'test', 'toast') where sequence = 4")
            #expect(try await store.verifyLedger() == .broken(at: 4))
        }
    }
}

@Suite("Evidence store")
struct EvidenceStoreTests {
    @Test("gives back what was sealed, and destroys it for good", arguments: Engine.allCases)
    func destroys(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let piece = try Sample.preserved("e-1", bytes)
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [piece, try Sample.preserved("e-2", [])])])
            let sealed = try #require(try await store.evidence("e-1"))
            #expect(sealed == piece.sealed)
            #expect(try EvidenceSealer.open(sealed) == bytes)
            #expect(try await store.evidence("e-2").map { try EvidenceSealer.open($0) } == [])

            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            #expect(try await store.evidence("e-1") == nil)
            #expect(try await store.caseFile("c-1")?.evidence.map(\.id) == ["e-2"])
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            #expect(try await store.ledgerSubjects() == ["e-1"], "what is gone is not destroyed twice")
        }
    }
}
