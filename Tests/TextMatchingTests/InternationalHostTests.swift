// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import TextMatching

extension SplitMix: RandomNumberGenerator {}

@Suite("International host names have one form")
struct InternationalHostTests {
    /// RFC 3492, section 7.1.
    static let samples = [
        ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"), ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"), ("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"),
        ("למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"),
        ("なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"),
        (
            "세계의모든사람들이한국어를이해한다면얼마나좋을까", "989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c"
        ),
        ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ("PorquénopuedensimplementehablarenEspañol", "PorqunopuedensimplementehablarenEspaol-fmd56a"),
        ("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"), ("安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"),
        ("Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b"), ("ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"),
        ("MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e"), ("パフィーdeルンバ", "de-jg4avhby1noc0d"),
        ("そのスピードで", "d9juau41awczczp"), ("-> $1.00 <-", "-> $1.00 <--"),
    ]

    @Test("punycode gives the samples of RFC 3492, both ways", arguments: samples)
    func punycode(text: String, encoded: String) {
        let scalars = text.unicodeScalars.map(\.value)
        #expect(String(decoding: Punycode.encode(scalars), as: UTF8.self) == encoded)
        #expect(Punycode.decode(Array(encoded.utf8)) == scalars)
    }

    @Test(
        "what is not punycode is refused, whatever it is",
        arguments: ["", "-", "-fiqs8s", "99999999999999999999", "a-é", "9", String(repeating: "a9", count: 80)])
    func refuses(text: String) {
        #expect(Punycode.decode(Array(text.utf8)) == nil)
    }

    @Test("random labels come back as they were, and random letters never crash")
    func roundTrip() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix(state: seed)
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 1...20, using: &generator)).map { _ -> UInt32 in
                UInt32.random(in: Bool.random(using: &generator) ? 0x61...0x7A : 0xA1...0xD7FF, using: &generator)
            }
            let encoded = Punycode.encode(scalars)
            if encoded.count <= 128 { #expect(Punycode.decode(encoded) == scalars, "seed \(seed): \(scalars)") }
            let letters = (0..<Int.random(in: 0...70, using: &generator)).map { _ in
                UInt8.random(in: 0x2D...0x7A, using: &generator)
            }
            _ = Punycode.decode(letters)
        }
    }

    @Test(
        "both ways of writing a host are one link",
        arguments: [
            ("https://xn--vv4b11d.xn--3e0b707e/x", "https://예시.한국/x"), ("https://MÜNCHEN.example/x", "https://münchen.example/x"),
            ("https://xn--mnchen-3ya.example/x", "https://münchen.example/x"),
            ("https://mu\u{308}nchen.example/x", "https://münchen.example/x"), ("https://faß.example/", "https://faß.example/"),
            ("https://XN--FA-HIA.example/", "https://faß.example/"), ("https://ПРИМЕР.example/a", "https://пример.example/a"),
        ])
    func forms(text: String, expected: String) {
        #expect(LinkExtractor().links(in: text).map(\.normalized) == [expected])
    }

    @Test(
        "an xn-- label that is the encoding of no name stays as it is",
        arguments: ["https://xn--99999999999.example/", "https://xn--mnchen-3yaz9.example/"])
    func strange(text: String) {
        #expect(LinkExtractor().links(in: text).first?.host.hasPrefix("xn--") == true)
    }
}
