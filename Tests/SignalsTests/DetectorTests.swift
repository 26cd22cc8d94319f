// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import ModerationTesting
import Signals
import Testing

@Suite("Text and link detectors")
struct TextDetectorTests {
    private func event(_ text: String) throws -> PublicEvent {
        try #require(PublicEvent(.sample(text: text), whileSpaceIs: nil))
    }

    @Test(
        "finds a phrase through wide letters, hidden characters and split syllables",
        arguments: ["a ＴＥＳＴ Phr\u{200B}ase", "시험 문구", "ㅅㅣㅎㅓㅁ 문구"])
    func phrases(text: String) throws {
        let detector = try TextDetector(
            [SignalDeclaration(name: "said", kind: .text, bank: "list")], lists: ["list": ["test phrase", "시험 문구"]])
        let signal = try #require(detector.detect(in: try event(text), media: []).first)
        #expect(signal.name == "said" && !signal.matches.isEmpty, "\(text)")
        #expect(try detector.detect(in: event("nothing of it"), media: []).first?.state == .absent)
    }

    @Test("a list that no policy declares is an error that names it")
    func missingList() {
        #expect(throws: SignalsError.noSuchList("gone", neededBy: "said")) {
            try TextDetector([SignalDeclaration(name: "said", kind: .text, bank: "gone")], lists: [:])
        }
    }

    @Test("gives every link, and matches listed links and hosts")
    func links() throws {
        let detector = try LinkDetector(
            [SignalDeclaration(name: "bad_link", kind: .link, bank: "list")],
            lists: ["list": ["https://spam.example/offer", "bad.example"]])
        let found = detector.detect(
            in: try event("see http://SPAM.example/offer#x and https://bad.example/any, good.example/a"), media: [])
        #expect(found.first { $0.name == "links" }?.matches.count == 3)
        #expect(found.first { $0.name == "bad_link" }?.matches.count == 2)
    }
}

@Suite("The gate")
struct GateTests {
    @Test(
        "only what is public by its own word and now passes",
        arguments: PrivacyClass.allCases, [PrivacyClass?.none, .public, .private, .encrypted])
    func gate(own: PrivacyClass, now: PrivacyClass?) {
        let passed = PublicEvent(.sample(privacy: own), whileSpaceIs: now) != nil
        #expect(passed == (own == .public && (now ?? .public) == .public))
    }
}
