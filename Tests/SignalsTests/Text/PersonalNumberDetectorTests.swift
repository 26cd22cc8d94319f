// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import ModerationTesting
import Testing

@testable import Signals

// Nobody has these numbers: they are samples of standards, reserved for fiction, or have digits that are not given out.
@Suite("Numbers of persons")
struct PersonalNumberDetectorTests {
    private func found(_ text: String) -> [String] { PersonalNumbers.find(in: text).map(\.entry) }

    @Test(
        "each kind is found, and masked",
        arguments: [
            ("900101-1000000", "korean-resident-number:90••••-•••••••"),
            ("번호는 900101 - 1000000입니다", "korean-resident-number:90••••-•••••••"),
            ("９００１０１－１００００００", "korean-resident-number:90••••-•••••••"),
            ("9001011000006", "korean-resident-number:90••••-•••••••"),
            ("010-0000-0012", "korean-phone:+82••••••••12"), ("01000000012", "korean-phone:+82••••••••12"),
            ("전화 010 0000 0012 입니다", "korean-phone:+82••••••••12"), ("+82-10-0000-0012", "korean-phone:+82••••••••12"),
            ("+82 (0)10 0000 0012", "korean-phone:+82••••••••12"), ("02-123-0012", "korean-phone:+82••••••12"),
            ("031-000-0012", "korean-phone:+82•••••••12"), ("010–0000–0012", "korean-phone:+82••••••••12"),
            ("+1 202-555-0112", "phone:+1••••••••12"), ("(202) 555-0112", "phone:+1••••••••12"),
            ("202.555.0112", "phone:+1••••••••12"),
            ("+49 30 23125 012", "phone:+49••••••••12"), ("tel:+442079460012", "phone:+44••••••••12"),
            ("090-0000-0012", "phone:+81••••••••12"),
            ("4111 1111 1111 1111", "card:••••••••••••••11"), ("378282246310005", "card:•••••••••••••05"),
            ("Ari@example.org", "email:a•••@•••.org"), ("ari.example+x@mail.example.com.", "email:a•••@•••.com"),
            ("DE89 3704 0044 0532 0130 00", "iban:DE••••••••••••••••••00"),
            ("gb82west12345698765432", "iban:GB••••••••••••••••••32"),
        ])
    func kinds(text: String, expected: String) {
        #expect(found(text) == [expected])
    }

    @Test("several numbers in a row are several")
    func several() {
        #expect(found("010-0000-0012 010-0000-0034, ari@example.org").count == 3)
    }

    @Test(
        "dates, prices, orders, scores and identifiers are none",
        arguments: [
            "2026-11-22", "2026-11-22 12:30:45", "12,000원", "1234567원", "01012345678원", "order 2900101-10000001",
            "901301-1000000",
            "version 1.2.3", "192.168.100.200", "3-2, 4:1", "978-3-16-148410-0", "1700000000000", "1711234567890", "#01000000012",
            "id=01000000012", "https://shop.example/item/01000000012", "f47ac10b-58cc-0372-8567-0e02b2c3d479", "$1,000,000,000",
            "1234-5678-9012-3456", "4111 1111 1111 1112", "4111111111111111111", "100000000000000000", "0.1234567890123",
            "+100000000",
            "24/7, 365", "ISO 3166-1", "room 202-555", "00000000000", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", "info@example.org",
            "@ari:example.org", "a@b", "ari@localhost", "DE00370400440532013000", "100-200-3000", "3.14159265358979",
            "1588-0000", "15,000,000,000,000", "2026.11.22-2026.12.01", "123 456 7890",
        ])
    func harmless(text: String) {
        #expect(found(text).isEmpty)
    }

    @Test("a resident number in one needs its check digit; with its hyphen it does not, for newer ones end in chance")
    func checkDigit() {
        for last in 0...9 {
            #expect(found("900101100000\(last)").count == (last == 6 ? 1 : 0))
            #expect(found("900101-100000\(last)").count == 1)
        }
    }

    @Test("a Korean telephone is a telephone, and the types narrow")
    func types() throws {
        let names = ["phone", "korean-phone", "card"]
        let detector = PersonalNumberDetector(
            names.map { SignalDeclaration(name: $0, kind: .personal, bank: "", types: [$0]) })
        let event = try #require(PublicEvent(.sample(text: "010-0000-0012"), whileSpaceIs: nil))
        #expect(detector.detect(in: event, media: []).map(\.matches.count) == [1, 1, 0])
    }

    @Test("no entry has more than the country and four digits of a number, whatever stands around it")
    func masked() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = Dice(state: seed)
        let signs = Array("0123456789+-. ()@aD")
        for _ in 0..<3_000 {
            let text = String(
                (0..<Int.random(in: 1...60, using: &generator)).map { _ in signs.randomElement(using: &generator) ?? "0" })
            for finding in PersonalNumbers.find(in: text) {
                let digits = finding.entry.filter(\.isNumber).count
                #expect(digits <= 5, "seed \(seed): \(text) gives \(finding.entry)")
                #expect(finding.range.upperBound <= text.utf8.count && !finding.range.isEmpty)
            }
        }
    }

    @Test("bytes of any kind are read to the end")
    func anything() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = Dice(state: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = String(decoding: bytes, as: UTF8.self)
            let all = PersonalNumbers.find(in: text) + Contacts.find(in: text)
            #expect(all.allSatisfy { $0.range.upperBound <= text.utf8.count }, "seed \(seed)")
        }
    }

    @Test(
        "hostile text costs in proportion to its length",
        arguments: ["1", "1 ", "01-", "010-0000-0012 ", "@", "a@", "a@a.", "DE89 ", "DE", "+1", "(", "1-1 1", "0"])
    func linear(unit: String) {
        func steps(_ size: Int) -> Int {
            var scanner = NumberScanner(bytes: Array(String(repeating: unit, count: size / unit.utf8.count).utf8))
            _ = scanner.scan()
            return scanner.steps
        }
        #expect(steps(1 << 16) <= 320 * (1 << 16))
        #expect(steps(1 << 16) <= 24 * steps(1 << 12) + 4_096)
    }
}

/// Repeatable chance (splitmix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
