// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import ModerationTesting
import Testing

@testable import Signals

// Handles and codes are made up; addresses for payment are samples of the standards, or made of counted bytes.
@Suite("Ways of contact")
struct ContactDetectorTests {
    private func found(_ text: String) -> [String] { Contacts.find(in: text).map(\.entry) }

    @Test(
        "invitations and links of messengers have one form",
        arguments: [
            ("join t.me/Test_Channel now", "telegram:test_channel"),
            ("https://telegram.me/s/test_channel/12", "telegram:test_channel"),
            ("t.me/+AbCdEf123456", "telegram:+AbCdEf123456"), ("https://t.me/joinchat/AbCdEf123", "telegram:+AbCdEf123"),
            ("test_name.t.me", "telegram:test_name"), ("https://open.kakao.com/o/gAbCd12", "kakao:o/gAbCd12"),
            ("http://pf.kakao.com/_abcde", "kakao:pf/_abcde"), ("discord.gg/AbC123!", "discord:AbC123"),
            ("https://discord.com/invite/AbC123", "discord:AbC123"), ("https://line.me/ti/p/~Test.id", "line:test"),
            ("https://line.me/R/ti/p/@test", "line:test"), ("lin.ee/AbC12", "line:lin.ee/AbC12"),
            ("wa.me/15550100123", "whatsapp:+15550100123"), ("https://chat.whatsapp.com/AbCdEf12345", "whatsapp:AbCdEf12345"),
            ("https://api.whatsapp.com/send?phone=15550100123&text=hi", "whatsapp:+15550100123"),
            ("여기t.me/test_channel 들어와", "telegram:test_channel"), ("look bit.ly/3AbCd", "shortener:bit.ly/3AbCd"),
        ])
    func links(text: String, expected: String) {
        #expect(found(text) == [expected])
    }

    @Test(
        "disguises are seen through",
        arguments: [
            "t . me / test_channel", "t[.]me/test_channel", "t (dot) me / test_channel", "t dot me/test_channel",
            "ｔ．ｍｅ／ｔｅｓｔ_ｃｈａｎｎｅｌ", "t.\u{200B}me/test_\u{200B}channel", "t.mе/test_channel", "t.me /test_channel",
        ])
    func disguises(text: String) {
        #expect(found(text) == ["telegram:test_channel"])
    }

    @Test(
        "names of messengers with a handle",
        arguments: [
            ("텔레 @Test_name1 로 연락", "telegram:test_name1"), ("텔레그램 아이디 test_name1", "telegram:test_name1"),
            ("카톡 아이디: testname", "kakao:testname"), ("LINE ID testname", "line:testname"), ("ライン ID: testname", "line:testname"),
            ("tg: test_name", "telegram:test_name"), ("discord: testname#1234", "discord:testname#1234"),
            ("whatsapp +1 555 0100 123", "whatsapp:+15550100123"), ("write to @somebody", "handle:somebody"),
            ("hello @ari:example.org", "handle:ari:example.org"), ("디코 @test.name", "discord:test.name"),
        ])
    func handles(text: String, expected: String) {
        #expect(found(text) == [expected])
    }

    @Test(
        "addresses for payment are told by their check",
        arguments: [
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
            ("31nM1WuowNDzocNxPPW9NQWJEtwWpjfcLj", "bitcoin:31nM1WuowNDzocNxPPW9NQWJEtwWpjfcLj"),
            ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
                "bitcoin:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
            ),
            ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
            ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
            ("TA4Y62o6YC2Zsck9rZVGTvqW1AQ7X9zTnj", "tron:TA4Y62o6YC2Zsck9rZVGTvqW1AQ7X9zTnj"),
            ("DE89 3704 0044 0532 0130 00 please", "iban:DE89370400440532013000"),
            ("GB82WEST12345698765432", "iban:GB82WEST12345698765432"),
        ])
    func payment(text: String, expected: String) {
        #expect(found("send it to \(text)") == [expected])
    }

    @Test("one letter that differs breaks an address for payment")
    func checks() {
        let addresses = [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "TA4Y62o6YC2Zsck9rZVGTvqW1AQ7X9zTnj", "DE89370400440532013000",
        ]
        for address in addresses {
            #expect(found(address).count == 1, "\(address)")
            for place in 4..<address.count - 1 {
                var letters = Array(address)
                guard letters[place].isLetter || letters[place].isNumber else { continue }
                letters[place] =
                    letters[place] == "q"
                    ? "p" : letters[place] == "A" ? "B" : letters[place] == "7" ? "8" : letters[place] == "a" ? "c" : "7"
                if String(letters) == address { continue }
                // The check of Ethereum is only in the capitals of its letters.
                if address.hasPrefix("0x"), found(String(letters)).isEmpty == false { continue }
                #expect(found(String(letters)).isEmpty, "\(String(letters))")
            }
        }
    }

    @Test(
        "what only looks like one is left alone",
        arguments: [
            "I met. me too / you too", "see example.org/t.me", "the line is long", "punch line: nothing", "tg", "at 12.30/13.15",
            "mail ari@example.org please", "version 1.2.3", "and/or", "deadline: tomorrow", "discord: see you there", "bit.ly",
            "not.me/abc", "chat.me/abc", "https://discord.com/channels/1/2", "t.me", "t.me/share/url",
            "온라인 아이디어 회의", "connect the dot me",
        ])
    func harmless(text: String) {
        #expect(found(text).isEmpty)
    }

    @Test("only the declared types count, and each place once")
    func types() throws {
        let declaration = SignalDeclaration(name: "way", kind: .contact, bank: "", types: ["discord"])
        let detector = ContactDetector([declaration, SignalDeclaration(name: "any", kind: .contact, bank: "")])
        let event = try #require(
            PublicEvent(.sample(text: "t.me/test_channel discord.gg/abc123 discord.gg/abc123"), whileSpaceIs: nil))
        let signals = detector.detect(in: event, media: [])
        #expect(signals.map(\.name) == ["way", "any"])
        #expect(signals[0].matches == [Match(bank: "discord", trust: .claimed, entry: "discord:abc123")])
        #expect(signals[1].matches.map(\.bank) == ["telegram", "discord"])
        #expect(detector.signals(in: "good morning").allSatisfy { $0.state == .absent })
    }

    @Test("what is declared of pictures is not looked for in texts")
    func pictures() {
        let declaration = SignalDeclaration(name: "way", kind: .contact, bank: "", source: .pictures)
        #expect(ContactDetector([declaration]).signals(in: "t.me/test_channel").isEmpty)
        #expect(ContactDetector([declaration], source: .pictures).signals(in: "t.me/test_channel").count == 1)
    }

    @Test(
        "hostile text costs in proportion to its length",
        arguments: [
            "t.me/", ".", "@a", "@", "t dot ", "[.]", "DE89 ", "a.", "텔레 ", "tg: ", "t . ", "@a:a.", "1", "0x", "bc1q",
            "line id ",
            "wa +1 ", "open.kakao.com/o/",
        ])
    func linear(unit: String) {
        func steps(_ size: Int) -> Int {
            var scanner = ContactScanner(
                bytes: Array(String(repeating: unit, count: size / unit.utf8.count).utf8), isFolded: false)
            _ = scanner.scan()
            return scanner.steps
        }
        #expect(steps(1 << 16) <= 32 * (1 << 16))
    }
}
