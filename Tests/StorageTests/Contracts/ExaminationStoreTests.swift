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
    private func examination(_ id: CaseID, pieces: Int) -> CaseExamination {
        CaseExamination(
            caseID: id, at: Sample.now, pieces: pieces,
            files: [
                .init(
                    evidence: "e-1", media: "mxc:one", format: "png", width: 640, height: 480,
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
            let found = examination("c-1", pieces: 1)
            try await store.record(found)
            #expect(try await store.examination(of: "c-1") == found)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-2"])
        }
    }

    @Test("more evidence makes it wait again, a preview does not", arguments: Engine.allCases)
    func again(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            try await store.record(examination("c-1", pieces: 1))
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("v-1", role: .preview)])])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            _ = try await store.commit([Commit(caseID: "c-1", evidence: [try Sample.preserved("e-2")])])
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            // Evidence that came while the first was looked at is not forgotten.
            try await store.record(examination("c-1", pieces: 1))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == ["c-1"])
            try await store.record(examination("c-1", pieces: 2))
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
        }
    }

    @Test("what cannot be examined comes later, and in the end not any more", arguments: Engine.allCases)
    func postponed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([Commit(opens: Sample.opening("c-1"), evidence: [try Sample.preserved("e-1")])])
            let later = Sample.now.addingTimeInterval(10)
            try await store.postponeExamination(of: "c-1", until: later, attempts: 2)
            #expect(try await store.waitingExaminations(dueBy: Sample.now, limit: 10) == [])
            #expect(try await store.waitingExaminations(dueBy: later, limit: 10) == ["c-1"])
            try await store.postponeExamination(of: "c-1", until: later, attempts: 2)
            #expect(try await store.waitingExaminations(dueBy: later.addingTimeInterval(100), limit: 10) == [])
        }
    }

    @Test("it goes with the last of the evidence", arguments: Engine.allCases)
    func destroyed(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            _ = try await store.commit([
                Commit(
                    opens: Sample.opening("c-1"),
                    evidence: [
                        try Sample.preserved("e-1"), try Sample.preserved("e-2"), try Sample.preserved("v-1", role: .preview),
                    ])
            ])
            try await store.record(examination("c-1", pieces: 2))
            try await store.destroyEvidence("e-1", ledger: Sample.entry("e-1", kind: "evidence.destroyed"))
            #expect(try await store.examination(of: "c-1") != nil)
            try await store.destroyEvidence("e-2", ledger: Sample.entry("e-2", kind: "evidence.destroyed"))
            #expect(try await store.examination(of: "c-1") == nil)
        }
    }
}
