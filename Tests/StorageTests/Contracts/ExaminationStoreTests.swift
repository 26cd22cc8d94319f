// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals
import Testing

@testable import Storage

@Suite("Examination store")
struct ExaminationStoreTests {
    private func examination(_ id: CaseID, pieces: [EvidenceID]) -> CaseExamination {
        CaseExamination(
            caseID: id, at: Sample.now, pieces: pieces,
            files: [
                .init(
                    evidence: "e-1", media: "mxc:one", sha256: String(repeating: "e1", count: 32), format: "png", width: 640,
                    height: 480,
                    provenance: ProvenanceFacts(
                        manifest: .untrusted, codes: ["signingCredential.untrusted"], signer: "Test Maker",
                        claimGenerator: "Test Camera",
                        marks: [.init(kind: .digitalSourceType, value: "digitalCapture", place: "c2pa")]),
                    times: ["decode": 3_000])
            ],
            signals: [
                Signal(
                    name: "nudity", kind: .model,
                    state: .measured([
                        SignalMeasurement(
                            output: "nudity", value: 0.25, score: 0.5, counts: false,
                            meaning: Meaning(
                                precision: 0.25, low: 0.125, high: 0.5, baseRate: 0.001, cases: 412, day: "2026-11-12"),
                            regions: [Region(x: 0.25, y: 0.5, width: 0.25, height: 0.125, score: 0.75, name: "face")],
                            media: "mxc:one")
                    ]), version: "nudity@1:f32", microseconds: 31_000),
                Signal(name: "language", kind: .model, state: .unknown("not installed"), version: ""),
            ])
    }

    @Test("a case with evidence waits until it is examined, the most urgent first", arguments: Engine.allCases)
    func waits(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")]),
                Commit(opens: Sample.opening("c-2", item: "$2", priority: 100), evidence: [try Sample.preserved("e-2")]),
                Commit(opens: Sample.opening("c-3", item: "$3")),
            ])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-2", "c-1"])
            #expect(try await store.examination(of: "c-1") == nil)
            let found = examination("c-1", pieces: ["e-1"])
            try await store.record(found)
            #expect(try await store.examination(of: "c-1") == found)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-2"])
        }
    }

    @Test("more evidence makes it wait again, a preview does not", arguments: Engine.allCases)
    func again(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            try await store.record(examination("c-1", pieces: ["e-1"]))
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("v-1", role: .preview)])])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("e-2")])])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            // Evidence that came while the first was looked at is not forgotten.
            try await store.record(examination("c-1", pieces: ["e-1"]))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            try await store.record(examination("c-1", pieces: ["e-1", "e-2"]))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
        }
    }

    @Test("what cannot be examined comes later, and in the end not any more", arguments: Engine.allCases)
    func postponed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            let later = Sample.now.addingTimeInterval(10)
            #expect(try await !store.postponeExamination(of: "c-1", until: later, attempts: 2))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            #expect(try await store.waitingExaminations(dueBy: later, limit: 10) == ["c-1"])
            #expect(try await store.examination(of: "c-1") == nil)
            #expect(try await store.postponeExamination(of: "c-1", until: later, attempts: 2))
            #expect(try await store.waitingExaminations(dueBy: later.addingTimeInterval(100), limit: 10) == [])
            #expect(try await store.examination(of: "c-1")?.withheld == .givenUp, "it is said, and not waited for any longer")
            // What was found before stays beside it.
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("e-2")])])
            try await store.record(examination("c-1", pieces: ["e-1", "e-2"]))
            #expect(try await store.postponeExamination(of: "c-1", until: later, attempts: 1))
            let last = try #require(try await store.examination(of: "c-1"))
            #expect(last.withheld == .givenUp && last.files.count == 1)
        }
    }

    @Test("what was found in a piece goes with it, and the rest is looked at again", arguments: Engine.allCases)
    func destroyed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                Commit(
                    opens: Sample.opening("c-1"),
                    evidence: [
                        try Sample.preserved("e-1"), try Sample.preserved("e-2"),
                        try Sample.preserved("e-1-preview", role: .preview), try Sample.preserved("e-2-preview", role: .preview),
                    ])
            ])
            try await store.record(examination("c-1", pieces: ["e-1", "e-2"]))
            try await store.destroyEvidence("e-2-preview", ledger: Sample.entry("e-2-preview", kind: "evidence.destroyed"))
            #expect(try await store.examination(of: "c-1") != nil)
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            #expect(try await store.examination(of: "c-1") == nil)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            // One that was under way does not bring it back.
            try await store.record(examination("c-1", pieces: ["e-1", "e-2"]))
            #expect(try await store.examination(of: "c-1") == nil)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            try await store.record(examination("c-1", pieces: ["e-2"]))
            #expect(try await store.examination(of: "c-1") != nil)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            try await store.destroyEvidence("e-2", ledger: Sample.entry("e-2", kind: "evidence.destroyed"))
            #expect(try await store.examination(of: "c-1") == nil)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            #expect(try await store.ledgerSubjects() == ["e-2-preview", "e-1", "e-1-preview", "e-2"])
        }
    }

    @Test("one piece destroyed and one added meanwhile are not taken for none", arguments: Engine.allCases)
    func exchanged(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1"), try Sample.preserved("e-2")])
            ])
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("e-3")])])
            try await store.record(examination("c-1", pieces: ["e-1", "e-2"]))
            #expect(try await store.examination(of: "c-1") == nil)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
        }
    }

    @Test("a preview is kept only while the original is there", arguments: Engine.allCases)
    func previewOfNothing(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1"), try Sample.preserved("e-2")])
            ])
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            for (original, result) in [("e-1", CommitResult.superseded), ("e-2", .applied(nil))] {
                var commit = Commit(caseID: "c-1", evidence: [try Sample.preserved("\(original)-preview", role: .preview)])
                commit.original = EvidenceID(original)
                #expect(try await store.commit([commit]) == [result])
            }
            #expect(try await store.caseFile("c-1")?.evidence.map(\.id) == ["e-2", "e-2-preview"])
        }
    }

    @Test("whoever takes one has it alone, until it is put off or the time is over", arguments: Engine.allCases)
    func claimed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            let end = Sample.now + 60
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await store.claimExamination(of: "c-1", dueBy: Sample.now, until: end) }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1)
            #expect(try await store.waitingExaminations(dueBy: end - 1, limit: 10) == [])
            #expect(try await store.waitingExaminations(dueBy: end, limit: 10) == ["c-1"])
            #expect(try await !store.postponeExamination(of: "c-1", until: Sample.now, attempts: nil))
            #expect(try await store.claimExamination(of: "c-1", dueBy: Sample.now, until: end))
        }
    }

    @Test("what was no attempt does not count, however often", arguments: Engine.allCases)
    func noAttempt(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            for _ in 0..<20 { #expect(try await !store.postponeExamination(of: "c-1", until: Sample.now, attempts: nil)) }
            #expect(try await !store.postponeExamination(of: "c-1", until: Sample.now, attempts: 2))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            #expect(try await store.postponeExamination(of: "c-1", until: Sample.now, attempts: 2))
        }
    }

    @Test("closed cases do not wait; one that is opened again does, unless all of it was looked at", arguments: Engine.allCases)
    func closed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for (id, item) in [("c-1", "$1"), ("c-2", "$2"), ("c-3", "$3")] {
                _ = try await store.commit([
                    Commit(
                        opens: Sample.opening(id, item: item),
                        evidence: [try Sample.preserved("e-\(id)"), try Sample.preserved("f-\(id)")])
                ])
            }
            try await store.record(examination("c-2", pieces: ["e-c-2", "f-c-2"]))
            for (id, item) in [("c-1", "$1"), ("c-2", "$2"), ("c-3", "$3")] { try await close(CaseID(id), item: item, store) }
            #expect(try await store.waiting() == [])
            // What is destroyed by and by does not make it wait, either.
            try await store.destroyEvidence("e-c-3", ledger: Sample.entry("e-c-3", kind: "evidence.destroyed"))
            #expect(try await store.waiting() == [])
            for id in ["c-1", "c-2", "c-3"] {
                let undo = Commit(decision: Sample.decision("u-\(id)"), reopensCaseOf: DecisionID("d-\(id)"))
                #expect(try await store.commit([undo]) == [.applied(CaseID(id))])
            }
            #expect(try await store.waiting() == ["c-1", "c-3"])
            #expect(try await !store.tellOnce(of: "c-1"), "an index may have forgotten meanwhile what it holds")
        }
    }

    private func close(_ id: CaseID, item: String, _ store: Store) async throws {
        let work = try await store.lease(id, holder: "hana", at: Sample.now, until: Sample.now + 60)
        let key = LeaseGuard(workItem: work.id, holder: "hana", token: try #require(work.lease).token)
        _ = try await store.commit([Commit(lease: key, decision: Sample.decision("d-\(id)", item: item), caseID: id)])
    }

    @Test("an index is told of a case once, and not after what it is about was to be forgotten", arguments: Engine.allCases)
    func told(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for number in 1...3 {
                _ = try await store.commit([
                    Commit(
                        opens: Sample.opening("c-\(number)", item: "$\(number)"), evidence: [try Sample.preserved("e-\(number)")])
                ])
            }
            #expect(try await store.tellOnce(of: "c-1"))
            #expect(try await !store.tellOnce(of: "c-1"))
            try await store.note(.item("matrix", "$2"))
            try await store.note(.item("other", "$3"))
            #expect(try await !store.tellOnce(of: "c-2"))
            #expect(try await store.tellOnce(of: "c-3"))
            for (id, subject): (CaseID, LookAlikeSubject) in [
                ("c-4", .actor("matrix", "@ann")), ("c-5", .space("matrix", "!plaza")),
            ] {
                _ = try await store.commit([
                    Commit(
                        opens: Sample.opening(id.rawValue, item: "$\(id)"), evidence: [try Sample.preserved("e-\(id)")])
                ])
                try await store.note(subject)
                #expect(try await !store.tellOnce(of: id))
            }
        }
    }
}

extension Store {
    /// All that have the mark of waiting, whatever their case's state.
    func waiting() async throws -> [String] {
        try await database.read { sql in
            try sql.query("select case_id from case_examinations where waits = 1 order by case_id").map { try $0.text(0) }
        }
    }
}
