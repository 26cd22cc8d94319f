// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals
import Testing

@testable import HaechiServer

@Suite("Console: what was noticed, told once and in words")
struct ConsoleNoticedTests {
    private let media: MediaID = "mxc://example.org/c1"

    private func model(
        _ name: String, version: String = "1", _ measurements: [SignalMeasurement], took: Int = 31_400
    ) -> Signal {
        Signal(name: name, kind: .model, state: .measured(measurements), version: version, microseconds: took)
    }

    private func intent(_ output: String, counts: Bool = false) -> [SignalMeasurement] {
        [SignalMeasurement(output: output, value: 0.4, score: 0.4, counts: counts)]
    }

    private func found(_ name: String, _ kind: SignalKind, _ matches: [Match]) -> Signal {
        Signal(name: name, kind: kind, state: .matched(matches), version: "1", microseconds: 12)
    }

    private func unknown(_ name: String, _ kind: SignalKind, _ why: String) -> Signal {
        Signal(name: name, kind: kind, state: .unknown(why), version: "")
    }

    private func page(
        _ signals: [Signal], marks: [ProvenanceFacts.Mark] = [], language: String = "en", reason: String? = nil
    ) async throws -> String {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1")
        if let reason { await fixture.world.change("c1") { $0.case.reason = reason } }
        await fixture.world.record(
            CaseExamination(
                caseID: "c1", at: fixture.clock.now, pieces: ["e-c1-item", "e-c1-media"],
                files: [
                    .init(
                        evidence: "e-c1-media", media: media, sha256: String(repeating: "b2", count: 32), format: "png",
                        width: 64, height: 64, provenance: ProvenanceFacts(marks: marks), times: ["decode": 1_200])
                ], signals: signals))
        return try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.get("/console/language/\(language)?return=/console")
            _ = try await browser.post("/console/cases/c1/take")
            return try await browser.get("/console/cases/c1").text
        }
    }

    private func count(_ words: String, in page: String) -> Int { page.components(separatedBy: words).count - 1 }

    @Test("models of texts are told beside the text, once, however many policies ask them")
    func times() async throws {
        let face = SignalMeasurement(output: "faces", value: 0, counts: false, media: media)
        let page = try await page([
            model("asks_for_deepfake", intent("solicits-deepfake")), model("threatens", intent("sextortion-threat")),
            model("review_language", [SignalMeasurement(output: "language", value: 1, counts: true, label: "ko")], took: 400),
            model("review_faces", version: "faces@1:f32", [face], took: 9_100),
        ])
        let parts = page.components(separatedBy: "<section class=\"panel\"")
        let text = try #require(parts.first { $0.contains("data-text") })
        let file = try #require(parts.first { $0.contains("data-media") })
        #expect(text.contains("<bdi>Intent of the text 31.4 ms · Language 400 µs</bdi>"))
        #expect(file.contains("decode 1.2 ms · Faces 9.1 ms</bdi>"))
    }

    @Test("what a text seems to want is one line, and what counts stands alone")
    func intent() async throws {
        let signals = [
            model("asks_for_deepfake", intent("solicits-deepfake")),
            model("threatens", intent("sextortion-threat", counts: true)),
            model("trades_leaks", intent("trades-leaks")),
        ]
        let page = try await page(signals)
        #expect(count("<bdi>Intent of the text</bdi>", in: page) == 1)
        #expect(
            page.contains("threatens with intimate images: Not calibrated here: shown, not judged. It reaches what is asked for.")
        )
        #expect(page.contains("below what is asked for: asks for a sexual deepfake, trades leaked images. Not calibrated here."))
        for name in ["asks_for_deepfake", "threatens<", "trades_leaks", "0.4"] { #expect(!page.contains(name), "\(name)") }
        let korean = try await self.page(signals, language: "ko")
        #expect(korean.contains("기준에 이르지 않음: 성적 합성물 의뢰, 유출물 거래."))
    }

    @Test("languages have names", arguments: [("ko", true, "Korean.", "한국어."), ("en", false, "Perhaps English.", "영어일 수 있습니다.")])
    func languages(code: String, isSure: Bool, english: String, korean: String) async throws {
        let signal = model(
            "review_language",
            [SignalMeasurement(output: "language", value: isSure ? 1 : 0, counts: isSure, label: code)])
        #expect(try await page([signal]).contains("<bdi>\(english)</bdi>"))
        #expect(try await page([signal], language: "ko").contains("<bdi>\(korean)</bdi>"))
    }

    @Test("that a language is not known is said, too", arguments: [("en", "not known."), ("ko", "알 수 없음.")])
    func noLanguage(language: String, words: String) async throws {
        let signal = model(
            "review_language", [SignalMeasurement(output: "language", value: 0, counts: false, label: "und")])
        let page = try await page([signal], language: language)
        #expect(page.contains("<bdi>\(words)</bdi>") && !page.contains("und."))
    }

    @Test("ways of contact stand in full, once, without words that mean nothing for them")
    func contacts() async throws {
        let match = Match(bank: "telegram", trust: .claimed, entry: "telegram:a_handle_of_some_length")
        let page = try await page([
            found("way_of_contact", .contact, [match]), found("review_contacts", .contact, [match]),
            found("links", .link, [Match(bank: "links", trust: .claimed, entry: "https://t.me/a_handle_of_some_length")]),
            found("seen", .contact, [Match(bank: "line", trust: .claimed, entry: "line:somebody_else", media: media)]),
        ])
        #expect(count("telegram:a_handle_of_some_length", in: page) == 1)
        #expect(count("<bdi>Contacts</bdi>", in: page) == 1 && page.contains("<bdi>Contacts in pictures</bdi>"))
        #expect(page.contains("<bdi>Telegram</bdi> <bdi class=\"id\">telegram:a_handle_of_some_length</bdi></p>"))
        #expect(page.contains("https://t.me/a_handle_of_some_length"))
        for word in ["claimed", "original", "way_of_contact"] { #expect(!page.contains(word), "\(word)") }
    }

    @Test("what a bank holds has its trust and how it was changed in words")
    func hashes() async throws {
        let match = Match(bank: "known", trust: .probation, distance: 8, entry: "fp-17", media: media, variant: "rot90-inverted")
        let signal = found("near_copy", .pdq, [match])
        let page = try await page([signal])
        #expect(page.contains("<bdi>Known pictures</bdi>") && page.contains("turned by 90°, colours inverted"))
        #expect(try await self.page([signal], language: "ko").contains("90° 회전, 색 반전"))
    }

    @Test("what is unknown for one reason is one line")
    func unknown() async throws {
        let why = "undecodable media: the file ends early"
        let signals = [
            unknown("near_copy", .pdq, why), unknown("review_nudity", .model, why), unknown("review_faces", .model, why),
            unknown("contact_in_picture", .contact, why), unknown("review_picture_personal", .personal, why),
            unknown("asks_for_deepfake", .model, "no answer in time"),
        ]
        let page = try await page(signals)
        #expect(count("unknown: \(why)", in: page) == 1)
        #expect(page.contains("<bdi>Known pictures, Nudity, Faces, Text in pictures</bdi>"))
        #expect(page.contains("<bdi>A model&#39;s answer</bdi>") || page.contains("<bdi>A model's answer</bdi>"))
        let korean = try await self.page(signals, language: "ko")
        #expect(korean.contains("알 수 없음: 해독할 수 없는 파일: the file ends early") && korean.contains("알 수 없음: 제시간에 답이 없음"))
    }

    @Test("programs have their own names")
    func generators() async throws {
        let page = try await page([], marks: [.init(kind: .generator, value: "a1111", place: "png-text")])
        #expect(page.contains("Trace of a generator: Stable Diffusion web UI (AUTOMATIC1111)."))
    }

    @Test("why a case is here is said in the reader's language")
    func reasons() async throws {
        let reason = "rule a.one fired; rule b.two cannot tell (no answer in time)"
        #expect(try await page([], reason: reason).contains("<bdi>\(reason)</bdi>"))
        let korean = try await page([], language: "ko", reason: reason)
        #expect(korean.contains("<bdi>규칙 a.one에 해당; 규칙 b.two이(가) 판단할 수 없음(제시간에 답이 없음)</bdi>"))
    }
}

@Suite("Sentences that the program stores")
struct StoredWordsTests {
    @Test("are read in Korean, whatever stands in them")
    func forms() {
        for entry in ConsoleStrings.stored {
            let english = entry.en.replacing("%@", with: "x-1")
            let korean = StoredWords.shown(english, .ko)
            #expect(korean == entry.ko.replacing("%@", with: "x-1"), "\(entry.key)")
            #expect(StoredWords.shown(english, .en) == english)
        }
    }

    @Test("are those that models and decoders give")
    func producers() {
        let messages =
            [ModelError.notInstalled("x"), .busy("x"), .deadline, .unavailable("x"), .refused("x")].map(\.message)
            + [MediaError.unsupported("x"), .nothingToSee("x"), .undecodable("x"), .tooLarge("x"), .unavailable("x")].map(
                \.message)
        for message in messages { #expect(StoredWords.shown(message, .ko) != message, "\(message)") }
    }

    @Test("keep the order of their values, side by side and inside one another")
    func nested() {
        let stopped = "rule a is stopped: it acted on 3 of 40 events in 10 min; at most 5 % (of 20 events or more) is allowed"
        #expect(
            StoredWords.shown("rule a fired, but is stopped; held: \(stopped)", .ko)
                == "규칙 a에 해당하나, 규칙이 중지되어 있음; 보류: 규칙 a 중지됨: 처리 3건(이벤트 40건 중, 10분 동안); 허용 한도 5 %(이벤트 20건 이상일 때)")
        #expect(
            StoredWords.shown("rule a cannot tell (busy: b; c); rule d fired", .ko)
                == "규칙 a이(가) 판단할 수 없음(처리량 초과: b; c); 규칙 d에 해당")
    }

    @Test("are told from what people write", arguments: ["", "we were wrong; see (2", "규칙을 보세요; ok", "a: b; c)"])
    func free(text: String) { #expect(StoredWords.shown(text, .ko) == text) }
}
