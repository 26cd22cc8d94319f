// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import TextMatching

@Suite("Links are found and brought to one form")
struct LinkExtractorTests {
    @Test(
        "normal forms",
        arguments: [
            ("see https://Example.COM/Path?a=1&utm_source=x#top now", "https://example.com/Path?a=1"),
            ("http://example.com:80", "http://example.com/"), ("https://example.com:8443/x", "https://example.com:8443/x"),
            ("(https://example.com/a).", "https://example.com/a"), ("t.me/Some_Channel", "https://t.me/Some_Channel"),
            ("join discord.gg/AbC123!", "https://discord.gg/AbC123"),
            ("https://matrix.to/#/#room:example.org", "https://matrix.to/#/#room:example.org"),
            ("https://user@evil.example/x", "https://evil.example/x"), ("disc\u{200B}ord.gg/abc", "https://discord.gg/abc"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ／a", "https://example.com/a"), ("https://예시.한국/가", "https://예시.한국/가"),
            ("http://192.0.2.7/x", "http://192.0.2.7/x"),
            ("여기t.me/abc", "https://t.me/abc"), ("HTTPS://EXAMPLE.ORG", "https://example.org/"),
        ])
    func forms(text: String, expected: String) {
        #expect(LinkExtractor().links(in: text).map(\.normalized) == [expected])
    }

    @Test(
        "what is no link stays text",
        arguments: [
            "example.com", "3.14/2", "http://", "http://localhost/", "a/b", "hello@example.com/x", "..../x", "and/or e.g./i.e.",
            "https://a..b/c", "@some_bot",
        ])
    func noLinks(text: String) {
        #expect(LinkExtractor().links(in: text).isEmpty)
    }

    @Test("handles of bots if asked for")
    func handles() {
        let extractor = LinkExtractor(findsBotHandles: true)
        #expect(extractor.links(in: "ask @Some_Bot or @someone").map(\.normalized) == ["https://t.me/some_bot"])
    }

    @Test("http and https of one page have one key")
    func key() {
        let keys = LinkExtractor().links(in: "http://example.com/a https://example.com/a example.com/a").map(\.key)
        #expect(Set(keys) == ["example.com/a"])
    }

    @Test("names the place in the original")
    func range() throws {
        let text = "가나 t.\u{200B}me/abc 다"
        let link = try #require(LinkExtractor().links(in: text).first)
        #expect(String(decoding: Array(text.utf8)[link.range], as: UTF8.self) == "t.\u{200B}me/abc")
    }

    @Test(
        "hostile text costs in proportion to its length",
        arguments: [
            "http://", "\u{200B}", "a.", "http://a.b/", "@", "@a", "t.me/", "https://x@", "/", "http:", "한.",
        ])
    func linear(unit: String) {
        let extractor = LinkExtractor(findsBotHandles: true)
        func steps(_ size: Int) -> Int {
            extractor.scan(String(repeating: unit, count: size / unit.utf8.count), limit: .max).steps
        }
        let (small, large) = (steps(1 << 14), steps(1 << 20))
        #expect(large <= 4 << 20)
        #expect(large <= 64 * small + 4_096)
    }
}
