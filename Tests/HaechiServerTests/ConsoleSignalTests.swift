// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import HaechiServer
import Moderation
import Pipeline
import Signals
import Synchronization
import Testing

@Suite("Console: what was noticed")
struct ConsoleSignalTests {
    private let media: MediaID = "mxc://example.org/c1"

    private func signal(_ name: String, _ measurements: [SignalMeasurement]) -> Signal {
        Signal(name: name, kind: .model, state: .measured(measurements), version: "\(name)@1:f32", microseconds: 31_400)
    }

    private var examination: CaseExamination {
        let meaning = Meaning(precision: 0.05, low: 0.03, high: 0.09, baseRate: 0.001, cases: 412, day: "2026-11-12")
        let face = Region(x: 0.25, y: 0.1, width: 0.5, height: 0.4, score: 0.87654, name: "face")
        return CaseExamination(
            caseID: "c1", at: Date(timeIntervalSince1970: 1_772_400_000), pieces: ["e-c1-item", "e-c1-media"],
            files: [
                .init(
                    evidence: "e-c1-media", media: media, sha256: String(repeating: "b2", count: 32), format: "jpeg", width: 640,
                    height: 480,
                    provenance: ProvenanceFacts(
                        manifest: .untrusted, codes: ["signingCredential.untrusted"], signer: "Test <b>Maker</b>",
                        claimGenerator: "Somebody Known",
                        marks: [.init(kind: .generator, value: "Test Generator", place: "png-text")]),
                    times: ["decode": 12_300, "hash": 2_500])
            ],
            signals: [
                signal(
                    "nudity",
                    [
                        SignalMeasurement(
                            output: "nudity", value: 0.0512, score: 0.93217, counts: true, meaning: meaning, media: media)
                    ]),
                signal(
                    "review_faces",
                    [SignalMeasurement(output: "faces", value: 1, score: 0.87654, counts: true, regions: [face], media: media)]),
                signal(
                    "review_language", [SignalMeasurement(output: "language", value: 1, score: 1, counts: true, label: "ko")]),
                Signal(name: "picture_words", kind: .text, state: .unknown("not installed: libtesseract.so.5"), version: ""),
                Signal(name: "review_contacts", kind: .contact, state: .absent, version: "1"),
            ])
    }

    private func page(
        _ examination: CaseExamination?, language: String = "en", preview: Bool = false, decisions: [Decision] = []
    ) async throws -> String {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase(
            "c1", picture: preview ? ("image/heic", [1, 2, 3]) : ("image/png", ConsoleSamples.png), decisions: decisions)
        if let examination { await fixture.world.record(examination) }
        if preview { await fixture.world.addPreview(to: "c1", of: media) }
        return try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.get("/console/language/\(language)?return=/console")
            _ = try await browser.post("/console/cases/c1/take")
            return try await browser.get("/console/cases/c1").text
        }
    }

    @Test("a calibrated value is a sentence about reviewed cases, and no bare score stands anywhere")
    func meaning() async throws {
        let page = try await page(examination)
        #expect(page.contains("Of 100 public items that score like this here, 3 to 9 were upheld (412 reviewed, 2026-11-12)."))
        #expect(page.contains("Faces found: 1. They are marked on the picture.") && !page.contains("Not calibrated here"))
        for score in ["0.93", "0.876", "0.05", "93 %", "87 %", "88 %"] { #expect(!page.contains(score), "\(score) is shown") }
        #expect(page.contains("unknown: not installed: libtesseract.so.5"))
        #expect(page.contains("nudity@1:f32") && page.contains("31.4 ms"))
        #expect(!page.contains("Contacts"), "what found nothing is left out")
    }

    @Test("an explanation says that a model's value was read, and not which", arguments: [("en", "(a model"), ("ko", "(모델의 값)")])
    func explanation(language: String, words: String) async throws {
        let rule = RuleReference(policy: "pictures", id: "pictures.rule", version: "9f2c4b7d10aa")
        let steps = [
            ("nudity.value", "0.93", 3), ("nudity.value * 2.0", "1.86", 2), ("nudity.value * 2.0 >= 1.8", "true", 1),
            ("fresh", "4711", 2), ("fresh >= 7", "true", 1), ("nudity.value * 2.0 >= 1.8 && fresh >= 7", "true", 0),
        ]
        let explanation = Explanation(
            rule: rule, condition: "nudity.value * 2.0 >= 1.8 && fresh >= 7", result: "true",
            steps: steps.map { Explanation.Step(expression: $0.0, value: $0.1, depth: $0.2) },
            signals: Array(examination.signals.prefix(1)), counters: [CounterReading(name: "fresh", value: 4_711)])
        let decision = Decision(
            id: "d-1", at: examination.at, by: .rules([rule]), verdict: .review,
            target: Target(platform: "matrix", item: "$item-c1"), clause: "ncii.2", reason: "", explanations: [explanation],
            effects: [Effect(.review)])
        let page = try await page(examination, language: language, decisions: [decision])
        #expect(page.contains("<code>nudity.value * 2.0</code>") && page.contains("<code>4711</code>"))
        #expect(page.contains("<code>\(words)"))
        for score in ["0.93", "1.86"] { #expect(!page.contains(score), "\(score) is shown") }
    }

    @Test("in Korean too")
    func korean() async throws {
        let page = try await page(examination, language: "ko")
        #expect(page.contains("공개 자료 100건 가운데 3~9건이 위반으로 확인되었습니다(검토 412건, 2026-11-12)."))
        #expect(page.contains("Test &lt;b&gt;Maker&lt;/b&gt;의 서명이 있으나, 신뢰 목록에 없습니다. 이름은 서명한 쪽이 적은 그대로이며"))
        #expect(page.contains("프로그램이 스스로 밝힌 이름: Somebody Known.") && page.contains("얼굴 1"))
    }

    @Test("faces are boxes over the covered picture, with words for whoever does not see them")
    func boxes() async throws {
        let page = try await page(examination)
        let place = try #require(page.range(of: "data-frame"))
        let frame = page[place.lowerBound...].prefix { _ in true }
        #expect(frame.contains(#"<rect x="25.00%" y="10.00%" width="50.00%" height="40.00%"/>"#))
        #expect(frame.contains(#"role="img" aria-label="Face 1: 25 % from the left, 10 % from the top, 50 % wide, 40 % high""#))
        #expect(frame.contains("data-covered>Covered"))
        #expect(!page.contains(" src=\"/console/cases"), "the picture is covered")
    }

    @Test("where a file says it comes from is said with what that is worth")
    func origin() async throws {
        let page = try await page(examination)
        let signed = "Signed by Test &lt;b&gt;Maker&lt;/b&gt;, not on your trust list: the name is whatever the signer wrote"
        #expect(page.contains(signed))
        #expect(page.contains("The program that wrote it calls itself Somebody Known."))
        #expect(page.contains("Trace of a generator: Test Generator. Unsigned: anybody can write that."))
        #expect(page.contains("jpeg 640 × 480") && page.contains("decode 12.3 ms") && page.contains("hash 2.5 ms"))

        var bare = examination
        bare.files[0].provenance = ProvenanceFacts()
        let without = try await self.page(bare)
        #expect(without.contains("No mark of origin: this means nothing."))
    }

    @Test("what ingredients say is never shown as signed, what the manifest itself says is")
    func ingredients() async throws {
        var changed = examination
        let marks = ["c2pa", "c2pa-ingredient"].flatMap { place in
            [
                ProvenanceFacts.Mark(kind: .digitalSourceType, value: "\(place)-type", place: place),
                ProvenanceFacts.Mark(kind: .generator, value: "\(place)-maker", place: place),
            ]
        }
        changed.files[0].provenance = ProvenanceFacts(manifest: .trusted, signer: "Test Maker", marks: marks)
        let page = try await page(changed)
        #expect(page.contains("The signed manifest says: c2pa-type.") && page.contains("names a generator: c2pa-maker."))
        #expect(page.contains("What it was made from says: c2pa-ingredient-type. Whoever signed last does not vouch for that."))
        #expect(page.contains("What it was made from names a generator: c2pa-ingredient-maker. Whoever signed last"))
        #expect(
            !page.contains("The signed manifest says: c2pa-ingredient")
                && !page.contains("generator: c2pa-ingredient-maker. Unsigned"))
    }

    @Test("whoever is not named by the certificate is named nowhere as the signer, whatever the program calls itself")
    func unnamed() async throws {
        var changed = examination
        changed.files[0].provenance?.signer = nil
        let unnamed = try await page(changed)
        #expect(unnamed.contains("Signed by somebody who is not named and not on your trust list."))
        #expect(!unnamed.contains("Signed by Somebody Known"))
        changed.files[0].provenance?.manifest = .trusted
        #expect(try await page(changed).contains("Signed by somebody on your trust list, who is not named."))
        changed.files[0].provenance?.signer = "Test Maker"
        #expect(try await page(changed).contains("Signed by Test Maker, on your trust list."))
        changed.files[0].provenance = ProvenanceFacts(manifest: .invalid, claimGenerator: "Somebody Known")
        let invalid = try await page(changed)
        #expect(invalid.contains("It carries a signed manifest that does not fit") && !invalid.contains("Somebody Known"))
    }

    @Test("says so when nothing was looked at yet, or may be")
    func waiting() async throws {
        #expect(try await page(nil).contains("Not looked at yet."))
        var withheld = examination
        (withheld.withheld, withheld.signals) = (.notPublic, [])
        #expect(try await page(withheld).contains("This does not come from a public space, so no detector has read it."))
        var givenUp = examination
        givenUp.withheld = .givenUp
        #expect(try await page(givenUp).contains("Looking into it failed again and again, and was given up."))
        #expect(try await page(givenUp, language: "ko").contains("여러 번 시도했으나 확인하지 못하여 중단했습니다."))
        var nothing = examination
        nothing.signals = []
        #expect(try await page(nothing).contains("That does not mean that there is nothing."))
    }

    @Test("what a browser cannot show is shown as the small picture that was made of it")
    func preview() async throws {
        let page = try await page(examination, preview: true)
        #expect(page.contains("/evidence/e-c1-media-preview?token="))
        #expect(page.contains("A small picture of our own making"))
    }

    @Test("two versions of a file under one id are not taken for each other")
    func versions() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        var both = examination
        var other = both.files[0]
        (other.evidence, other.media, other.sha256) = (
            "e-c1-other", "mxc://example.org/c1#d4", String(repeating: "d4", count: 32)
        )
        (other.format, other.provenance) = ("webp", ProvenanceFacts())
        both.files.append(other)
        await fixture.world.record(both)
        await fixture.world.addVersion(to: "c1", of: media)
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let page = try await browser.get("/console/cases/c1").text
            let parts = page.components(separatedBy: "data-media data-src").dropFirst()
            #expect(parts.count == 2)
            let (first, second) = (try #require(parts.first), try #require(parts.last))
            #expect(first.contains("jpeg 640") && first.contains("<rect") && first.contains("Test Generator"))
            #expect(second.contains("webp 640") && !second.contains("<rect") && !second.contains("Test Generator"))
        }
    }

    @Test("ways of contact that a rule found are shown to who holds the case, and to nobody else")
    func contacts() async throws {
        let rule = RuleReference(policy: "pictures", id: "pictures.rule", version: "9f2c4b7d10aa")
        let match = Match(bank: "contact", trust: .claimed, entry: "line:bo")
        let explanation = Explanation(
            rule: rule, condition: "way.matched", result: "true", steps: [],
            signals: [Signal(name: "way", kind: .contact, state: .matched([match]), version: "1")])
        let decision = Decision(
            id: "d-1", at: examination.at, by: .rules([rule]), verdict: .review,
            target: Target(platform: "matrix", item: "$item-c1"), clause: "ncii.2", reason: "", explanations: [explanation],
            effects: [Effect(.review)])
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1", decisions: [decision])
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let before = try await browser.get("/console/cases/c1").text
            #expect(!before.contains("line:bo") && before.contains("(shown to who holds the case)"))
            _ = try await browser.post("/console/cases/c1/take")
            #expect(try await browser.get("/console/cases/c1").text.contains("line:bo"))
        }
    }

    @Test("similar pictures are looked up by whoever holds the case")
    func similar() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("seen")
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            #expect(try await browser.get("/console/cases/seen/similar").status == .forbidden)
            _ = try await browser.post("/console/cases/seen/take")
            #expect(try await browser.get("/console/cases/seen").text.contains("/console/cases/seen/similar"))
            #expect(try await browser.get("/console/cases/seen/similar").text.contains("Nothing similar is in the index."))
        }
    }

    @Test("the page of the rules says which optional signals are on, and why others are off")
    func standing() async throws {
        let fixture = try await ConsoleFixture()
        fixture.world.standing.withLock {
            $0 = [
                SignalStanding(name: "nudity", detail: "1, f32", waiting: 3, shed: 12),
                SignalStanding(name: "picture-text", problem: "libtesseract.so.5 is missing"),
            ]
        }
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let page = try await browser.get("/console/rules").text
            #expect(page.contains("on · 1, f32 · waiting 3 · dropped under load 12"))
            #expect(page.contains("off · libtesseract.so.5 is missing"))
        }
    }
}

extension ConsoleWorld {
    fileprivate func addVersion(to id: CaseID, of media: MediaID) {
        files[id]?.evidence.append(
            EvidenceReference(
                id: "e-c1-other", role: .media, media: media, type: "image/webp", sha256: String(repeating: "d4", count: 32),
                size: 900))
    }

    fileprivate func addPreview(to id: CaseID, of media: MediaID) {
        files[id]?.evidence.append(
            EvidenceReference(
                id: "e-c1-media-preview", role: .preview, media: media, type: "image/jpeg",
                sha256: String(repeating: "c3", count: 32),
                size: 900))
    }
}
