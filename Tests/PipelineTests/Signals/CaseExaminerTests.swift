// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Records
import Signals
import Storage
import Synchronization
import Testing

/// Gives a preview and marks of origin to whoever asks for them.
private final class GenerousBook: MediaInspector {
    private let requests = Mutex<[MediaRequest]>([])
    /// Done once, while a file is looked at.
    let meanwhile = Mutex<(@Sendable () async -> Void)?>(nil)
    /// Why it does not look at anything now.
    let refusal = Mutex<MediaError?>(nil)

    var asked: [MediaRequest] { requests.withLock { $0 } }

    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts { try await inspect(bytes, MediaRequest()) }

    func inspect(_ bytes: [UInt8], _ request: MediaRequest) async throws(MediaError) -> MediaFacts {
        requests.withLock { $0.append(request) }
        let work = meanwhile.withLock { work in
            defer { work = nil }
            return work
        }
        await work?()
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        var facts = try await PictureBook().inspect(bytes)
        if request.preview { facts.preview = Array("small".utf8) }
        if request.provenance {
            facts.provenance = ProvenanceFacts(marks: [.init(kind: .generator, value: "Test Generator", place: "png-text")])
        }
        facts.times = ["decode": 1_200]
        return facts
    }
}

extension Store {
    fileprivate func sealed(_ id: EvidenceID, _ bytes: [UInt8], at now: Date) throws -> Preserved {
        let sealed = try EvidenceSealer.seal(bytes, type: "image/png", id: id, at: now)
        return Preserved(
            sealed: sealed,
            reference: EvidenceReference(
                id: id, role: .media, media: "more", type: sealed.type, sha256: sealed.sha256, size: sealed.size))
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
          - id: odd
            stage: live
            events: [message.posted]
            when: text == "odd"
            then: [ { preserve: {} }, { review: { clause: t.1 } } ]
            unknown: skip
        """

    private static let state = SignalState.measured([
        SignalMeasurement(
            output: "nudity", value: 0.4, score: 0.4, counts: false,
            regions: [Region(x: 0.1, y: 0.2, width: 0.3, height: 0.4, score: 0.9, name: "face")], media: "p")
    ])

    private let book = GenerousBook()
    /// As a PNG begins.
    private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    private func flow(
        _ detector: ScriptedDetector, looked: @escaping @Sendable (PublicEvent, [ExaminedMedia]) -> Void = { _, _ in }
    ) async throws -> Flow {
        try await Flow(policy: Self.policy, scripted: detector, inspector: book, looked: looked)
    }

    private func report(
        _ privacy: PrivacyClass = .public, type: String = "image/heic", files: [[UInt8]] = [Array("pattern".utf8)], in flow: Flow
    ) async throws -> CaseID {
        let media = Media(id: "p", type: type)
        let report = Report(
            id: "r-1", platform: "test", externalID: "x-1",
            target: Target(platform: "test", space: "plaza", item: "m1", actor: "ann", media: [media]), reporter: "bo",
            text: "this is me",
            category: "ncii", at: flow.clock.now, privacy: privacy)
        let item = Item(id: "m1", text: "words", media: [media])
        let id = try await flow.intake.accept(
            IncomingReport(report: report, item: item, media: files.map { FetchedMedia(media: media, bytes: $0) }))
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

    @Test("versions of an item with the same words are said to be the same, those that were edited are not")
    func sameTexts() async throws {
        let flow = try await flow(ScriptedDetector(["nudity": Self.state]))
        let id = try await report(in: flow)
        for (number, words) in [(2, "words"), (3, "other words")] {
            let target = Target(platform: "test", space: "plaza", item: "m1", actor: "ann")
            let again = Report(
                id: ReportID("r-\(number)"), platform: "test", externalID: "x-\(number)", target: target, reporter: "bo",
                text: "again", category: "ncii", at: flow.clock.now, privacy: .public)
            // Without its files it is other bytes.
            _ = try await flow.intake.accept(IncomingReport(report: again, item: Item(id: "m1", text: words), media: []))
        }
        try await flow.caseExaminer.round()
        let items = try #require(try await flow.store.caseFile(id)).evidence.filter { $0.role == .item }
        #expect(Set(items.map(\.sha256)).count == 3)
        let same = try #require(try await flow.store.examination(of: id)).sameTexts
        #expect(same.map { $0.map(Set.init) } == [Set(items.prefix(2).map(\.id))])
    }

    @Test("what only a rule wants looked at does not go before what happens now; with a report it does")
    func openedByRule() async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        _ = try await flow.intake.accept([.sample(space: "plaza", text: "odd")])
        await flow.settle()
        #expect(detector.priorities.isEmpty)
        #expect(try await flow.caseExaminer.round())
        #expect(detector.priorities == [.live])
        _ = try await report(in: flow)
        #expect(try await flow.caseExaminer.round())
        #expect(detector.priorities == [.live, .report])
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
        #expect(examination.files.count == 1 && examination.files[0].provenance == nil)
        // People get the small picture that they need, and no more is made.
        #expect(book.asked.count == 1)
        #expect(book.asked.allSatisfy { $0.preview && $0.rasters.isEmpty && !$0.provenance })
        #expect(try await flow.store.caseFile(id)?.evidence.map(\.role) == [.item, .media, .preview])
    }

    @Test("nor is anything looked for in it, or kept of it, when the space closes in the middle")
    func closesInTheMiddle() async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        _ = try await flow.intake.accept([.sample(space: "plaza")])
        let id = try await report(in: flow)
        let (intake, clock) = (flow.intake, flow.clock)
        flow.clock.advance(by: 1)
        book.meanwhile.withLock {
            $0 = { try? await intake.spaceChanged(Space(id: "plaza", privacy: .private), on: "test", at: clock.now) }
        }
        try await flow.caseExaminer.round()
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(examination.withheld == .notPublic && detector.priorities.isEmpty)
        #expect(examination.files.map(\.provenance) == [nil])
    }

    @Test("a small picture is made only of what browsers do not show by themselves")
    func previews() async throws {
        for (type, bytes, isMade) in [
            ("image/png", Self.png, false), ("image/heic", Self.png, true), ("image/png", Array("no png".utf8), true),
        ] {
            let flow = try await flow(ScriptedDetector(["nudity": Self.state]))
            let id = try await report(type: type, files: [bytes], in: flow)
            try await flow.caseExaminer.round()
            let kept = try #require(try await flow.store.caseFile(id)).evidence
            #expect(kept.contains { $0.role == .preview } == isMade, "\(type)")
        }
    }

    @Test("two versions under one id have each their own facts, findings and small picture")
    func versions() async throws {
        let told = Mutex<[MediaID]>([])
        let flow = try await flow(ScriptedDetector(["nudity": Self.state])) { _, media in
            told.withLock { $0 = media.map(\.media.id) }
        }
        let id = try await report(files: [Array("one".utf8), Array("two".utf8)], in: flow)
        try await flow.caseExaminer.round()
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(Set(examination.files.map(\.sha256)).count == 2)
        let names = examination.files.compactMap(\.media)
        #expect(names.count == 2 && names[0] == "p" && names[1] != "p")
        #expect(told.withLock { $0 } == names)
        let kept = try #require(try await flow.store.caseFile(id)).evidence
        #expect(Set(kept.filter { $0.role == .preview }.map(\.id)) == Set(examination.files.map(\.evidence.preview)))
    }

    @Test("evidence that is destroyed in the middle leaves no small picture and no findings")
    func destroyedInTheMiddle() async throws {
        let flow = try await flow(ScriptedDetector(["nudity": Self.state]))
        let id = try await report(in: flow)
        let media = try #require(try await flow.store.caseFile(id)?.evidence.first { $0.role == .media })
        let (store, clock) = (flow.store, flow.clock)
        book.meanwhile.withLock {
            $0 = {
                try? await store.destroyEvidence(
                    media.id,
                    ledger: LedgerEntry(
                        kind: "evidence.destroyed", at: clock.now, actor: "person:hana", subject: media.id.rawValue, facts: [:]))
            }
        }
        try await flow.caseExaminer.round()
        #expect(try await flow.store.caseFile(id)?.evidence.map(\.role) == [.item])
        #expect(try await flow.store.examination(of: id) == nil)
        #expect(try await flow.caseExaminer.round(), "what is left is looked at again")
        #expect(try await flow.store.examination(of: id)?.files.isEmpty == true)
    }

    @Test("whose author is not named is not told of as somebody's")
    func nobody() async throws {
        let told = Mutex<[ActorID]>([])
        let flow = try await flow(ScriptedDetector(["nudity": Self.state])) { event, _ in
            told.withLock { $0.append(event.event.actor.id) }
        }
        let media = Media(id: "p", type: "image/png")
        _ = try await flow.intake.accept(
            IncomingReport(
                report: Report(
                    id: "r-3", platform: "test", externalID: "x-3", target: Target(platform: "test", space: "plaza", item: "m3"),
                    reporter: nil, text: "", category: "other", at: flow.clock.now, privacy: .public),
                item: Item(id: "m3", media: [media]), media: [FetchedMedia(media: media, bytes: Self.png)]))
        try await flow.caseExaminer.round()
        #expect(told.withLock { $0 } == [""])
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

    @Test("a busy decoder is no attempt: however long it is busy, the case is looked at in the end")
    func busyDecoder() async throws {
        let flow = try await flow(ScriptedDetector(["nudity": Self.state]))
        _ = try await flow.intake.accept([.sample(space: "plaza")])
        let id = try await report(in: flow)
        book.refusal.withLock { $0 = .unavailable("the decoder's queue is full") }
        var tries = 0
        for _ in 0..<1_800 {
            if try await flow.caseExaminer.round() { tries += 1 }
            flow.clock.advance(by: 1)
        }
        #expect((25...40).contains(tries), "with pauses of at most a minute")
        #expect(try await flow.store.examination(of: id) == nil)
        book.refusal.withLock { $0 = nil }
        flow.clock.advance(by: 61)
        #expect(try await flow.caseExaminer.round())
        let examination = try #require(try await flow.store.examination(of: id))
        #expect(examination.withheld == nil && examination.files.first?.format == "png")
    }

    @Test("a case that is being looked at is left alone by others")
    func oneAtATime() async throws {
        let flow = try await flow(ScriptedDetector(["nudity": Self.state]))
        _ = try await report(in: flow)
        let other = flow.anotherExaminer(book)
        let others = Mutex<[Bool]>([])
        book.meanwhile.withLock {
            $0 = {
                let found = try? await other.round()
                others.withLock { $0.append(found ?? true) }
            }
        }
        #expect(try await flow.caseExaminer.round())
        #expect(others.withLock { $0 } == [false])
        #expect(book.asked.count == 1)
    }

    @Test(
        "what only a report says is public is looked at for some minutes, and then not any more",
        arguments: [(14, true), (16, false)])
    func reportsWord(minutes: Int, isRead: Bool) async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        let id = try await report(in: flow)
        flow.clock.advance(by: Double(minutes) * 60)
        try await flow.caseExaminer.round()
        #expect(try await flow.store.examination(of: id)?.withheld == (isRead ? nil : .notPublic))
        #expect(detector.priorities.isEmpty != isRead)
    }

    @Test("a space that closed while its report was under way is read by no detector")
    func closedBeforeTheReport() async throws {
        let detector = ScriptedDetector(["nudity": Self.state])
        let flow = try await flow(detector)
        try await flow.intake.spaceChanged(Space(id: "plaza", privacy: .private), on: "test", at: flow.clock.now)
        let id = try await report(in: flow)
        try await flow.caseExaminer.round()
        #expect(try await flow.store.examination(of: id)?.withheld == .notPublic)
        #expect(detector.priorities.isEmpty)
    }

    @Test("an index is told of a case once, however often it is looked at")
    func toldOnce() async throws {
        let told = Mutex(0)
        let flow = try await flow(ScriptedDetector(["nudity": Self.state])) { _, _ in told.withLock { $0 += 1 } }
        let id = try await report(in: flow)
        try await flow.caseExaminer.round()
        let more = try flow.store.sealed("e-more", Array("another pattern".utf8), at: flow.clock.now)
        _ = try await flow.store.commit([Commit(caseID: id, evidence: [more])])
        #expect(try await flow.caseExaminer.round())
        #expect(try await flow.store.examination(of: id)?.files.count == 2)
        #expect(told.withLock { $0 } == 1)
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
