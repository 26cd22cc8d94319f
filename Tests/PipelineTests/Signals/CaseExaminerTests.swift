// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Signals
import Storage
import Synchronization
import Testing

/// Gives a preview and marks of origin to whoever asks for them.
private struct GenerousBook: MediaInspector {
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts { try await inspect(bytes, MediaRequest()) }

    func inspect(_ bytes: [UInt8], _ request: MediaRequest) async throws(MediaError) -> MediaFacts {
        var facts = try await PictureBook().inspect(bytes)
        if request.preview { facts.preview = Array("small".utf8) }
        if request.provenance {
            facts.provenance = ProvenanceFacts(marks: [.init(kind: .generator, value: "Test Generator", place: "png-text")])
        }
        facts.times = ["decode": 1_200]
        return facts
    }
}

@Suite("Cases are looked into for their reviewers")
struct CaseExaminerTests {
    private static let policy = """
        policy: review
        owner: tests
        clauses:
          t.1: { en: "A test clause." }
        state:
          signals:
            nudity: { kind: model, model: nudity }
        rules:
          - id: never
            stage: shadow
            events: [message.posted]
            when: nudity.matched && text == "never"
            then: [ { review: { clause: t.1 } } ]
            unknown: skip
        """

    private static let state = SignalState.measured([
        SignalMeasurement(
            output: "nudity", value: 0.4, score: 0.4, counts: false,
            regions: [Region(x: 0.1, y: 0.2, width: 0.3, height: 0.4, score: 0.9, name: "face")], media: "p")
    ])

    private func flow(_ detector: ScriptedDetector) async throws -> Flow {
        try await Flow(policy: Self.policy, scripted: detector, inspector: GenerousBook())
    }

    private func report(_ privacy: PrivacyClass = .public, in flow: Flow) async throws -> CaseID {
        let media = Media(id: "p", type: "image/png")
        let report = Report(
            id: "r-1", platform: "test", externalID: "x-1",
            target: Target(platform: "test", space: "plaza", item: "m1", actor: "ann", media: [media]), reporter: "bo",
            text: "this is me",
            category: "ncii", at: flow.clock.now, privacy: privacy)
        let item = Item(id: "m1", text: "words", media: [media])
        let id = try await flow.intake.accept(
            IncomingReport(report: report, item: item, media: [FetchedMedia(media: media, bytes: Array("pattern".utf8))]))
        return try #require(id)
    }

    @Test("a reported picture has its signals, its marks of origin and a small picture, asked before anything else")
    func reported() async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        let id = try await report(in: flow)
        #expect(try await flow.store.examination(of: id) == nil)
        #expect(try await flow.caseExaminer.round())
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(examination.signals.first { $0.name == "nudity" }?.state == Self.state)
        #expect(detector.priorities == [.report])
        let file = try #require(examination.files.first)
        #expect(file.format == "png" && file.width == 8 && file.times == ["decode": 1_200])
        #expect(file.provenance?.marks.first?.value == "Test Generator")
        let kept = try #require(try await flow.store.caseFile(id)).evidence
        #expect(kept.map(\.role) == [.item, .media, .preview])
        #expect(try await flow.ledgerKinds().filter { $0 == "evidence.sealed" }.count == 3)
        // Done: the preview does not make it wait again.
        #expect(try await !flow.caseExaminer.round())
    }

    @Test("what comes in by a report from a private space is read by no detector", arguments: [PrivacyClass.private, .encrypted])
    func privateStaysPrivate(privacy: PrivacyClass) async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        let id = try await report(privacy, in: flow)
        try await flow.caseExaminer.round()
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(examination.withheld == .notPublic)
        #expect(examination.signals.isEmpty && detector.priorities.isEmpty)
        #expect(examination.files.count == 1)
    }

    @Test("nor when the space has closed meanwhile")
    func closedMeanwhile() async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        _ = try await flow.intake.accept([.sample(space: "plaza")])
        let id = try await report(in: flow)
        try await flow.intake.spaceChanged(Space(id: "plaza", privacy: .private), on: "test", at: flow.clock.now)
        try await flow.caseExaminer.round()
        #expect(try await flow.store.examination(of: id)?.withheld == .notPublic)
        #expect(detector.priorities.isEmpty)
    }

    @Test("what cannot be read says why")
    func unreadable() async throws {
        let flow = try await flow(ScriptedDetector(["nudity": .unknown("not installed: the file is missing")]))
        let media = Media(id: "p", type: "image/png")
        let report = Report(
            id: "r-2", platform: "test", externalID: "x-2", target: Target(platform: "test", space: "plaza", item: "m2"),
            reporter: nil, text: "", category: "other", at: flow.clock.now, privacy: .public)
        let id = try #require(
            try await flow.intake.accept(
                IncomingReport(
                    report: report, item: Item(id: "m2", media: [media]),
                    media: [FetchedMedia(media: media, bytes: Array("bad: bytes".utf8))])))
        try await flow.caseExaminer.round()
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(examination.files.first?.problem?.contains("broken on purpose") == true)
        #expect(examination.signals.contains { $0.state == .unknown("not installed: the file is missing") })
    }
}
