// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import NIOCore
import Pipeline
import Testing

@testable import HaechiServer

@Suite("Console: pages")
struct ConsolePageTests {
    /// Strings that end a tag, an attribute or the direction of writing where they are not escaped. The quote with a combining
    /// mark is one `Character` that differs from a quote.
    static let hostile = "<script>alert(1)</script>\"\u{301} onfocus=alert(2) x='\u{301}' \u{202E}gnp.exe {{csrf}} &amp;"

    @Test("escapes every shown field")
    func escaping() async throws {
        let fixture = try await ConsoleFixture()
        let bad = Self.hostile
        var file = try ConsoleSamples.reported(
            "c1", at: fixture.clock.now, text: bad, words: bad, space: bad,
            decisions: [ConsoleSamples.review("d-9", at: fixture.clock.now, steps: [(bad, bad)])])
        file.0.case.reason = bad
        file.0.case.target.actor = ActorID(bad)
        file.0.case.target.item = ItemID(bad)
        file.0.reports[0].category = bad
        file.0.reports[0].reporter = ActorID(bad)
        file.0.evidence[1].type = bad
        file.0.decisions[0].reason = bad
        file.0.decisions[0].target.item = ItemID(bad)
        file.0.decisions[0].explanations[0].condition = bad
        file.0.decisions[0].explanations[0].signals[2].state = .unknown(bad)
        let action = Action(
            id: "a-1", decision: "d-9", effect: Effect(.ban), target: Target(platform: "matrix", actor: ActorID(bad)),
            state: .held,
            createdAt: fixture.clock.now, dueAt: fixture.clock.now, note: bad, eventAt: fixture.clock.now)
        file.0.actions = [action]
        await fixture.world.add(file.0, file.1)
        await fixture.world.add(action)
        await fixture.world.add(
            ConsoleSamples.status(1, .failed, at: fixture.clock.now, id: bad, decision: "d-9", note: bad))
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            let token = try #require(try await browser.get("/console/cases/c1").field("token"))
            let paths = [
                "/console", "/console/queue", "/console/cases/c1", "/console/decisions", "/console/held",
                "/console/cases/c1/text/e-c1-item?token=\(token)", "/console/cases/c1/text/e-c1-item?part=1&token=\(token)",
            ]
            for path in paths {
                let page = try await browser.get(path)
                let text = page.text.unicodeScalars
                #expect(page.status == .ok)
                #expect(page.text.contains("&lt;script&gt;"), "\(path) shows the field")
                #expect(!page.text.contains("<script>"), "\(path)")
                #expect(!text.contains("\u{202E}") && page.text.contains("[U+202E]"), "\(path)")
                // No bare quote before the combining mark, whatever `Character` they make together.
                #expect(!zip(text, text.dropFirst()).contains { ($0 == "\"" || $0 == "'") && $1 == "\u{301}" }, "\(path)")
                #expect(page.text.contains("{{csrf}}"), "\(path): what people write is no template")
            }
            let login = try await ConsoleBrowser(client).logIn(bad, "wrong")
            #expect(login.text.contains("&lt;script&gt;") && !login.text.contains("<script>"))
            let search = try await browser.get("/console/queue?done=%3Cscript%3E&decided=%3Cscript%3E")
            #expect(!search.text.contains("<script>"))
        }
    }

    @Test("sends every page with the strict policy and no inline script or style")
    func headers() async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.addCase("c1", decisions: [ConsoleSamples.review("d-9", at: fixture.clock.now)])
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            _ = try await browser.post("/console/cases/c1/take")
            for path in [
                "/console", "/console/queue", "/console/cases/c1", "/console/decisions", "/console/held", "/console/cases/x",
            ] {
                let page = try await browser.get(path)
                let policy = page.headers[.contentSecurityPolicy] ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"))
                #expect(policy.contains("frame-ancestors 'none'"))
                #expect(page.headers[.cacheControl] == "no-store")
                #expect(!page.text.contains("style=\"") && !page.text.contains("<style") && !page.text.contains(" on" + "click="))
                #expect(page.text.matches(of: /<script(?![^>]* src=)/).isEmpty)
                #expect(
                    page.text.hasPrefix("<!doctype html>") || page.text.drop(while: \.isWhitespace).hasPrefix("<!doctype html>"))
            }
        }
    }

    @Test(
        "speaks the browser's language, and the one that was chosen before all",
        arguments: [
            ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-GB,ko;q=0.5", "en"), ("fr, ko;q=0.2, en;q=0.1", "ko"), ("de", "en"),
            ("", "en"),
            ("ko;q=0, en", "en"),
        ])
    func languages(header: String, expected: String) async throws {
        try await ConsoleFixture().run { (client) async throws in
            let browser = ConsoleBrowser(client)
            browser.language = header
            let page = try await browser.get("/console/login")
            #expect(page.text.contains("<html lang=\"\(expected)\">"))
            #expect(page.text.contains(expected == "ko" ? "비밀번호" : "Password"))
            let other = expected == "ko" ? "en" : "ko"
            #expect(try await browser.get("/console/language/\(other)?return=/console/login").location == "/console/login")
            #expect(try await browser.get("/console/login").text.contains("<html lang=\"\(other)\">"))
            #expect(try await browser.get("/console/language/ko?return=//evil.example").location == "/console")
        }
    }

    @Test("has a text in both languages for each expression of templates and values")
    func expressions() throws {
        let folder = try ConsoleFolder.url("templates")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let template = try String(contentsOf: file, encoding: .utf8)
            for match in template.matches(of: /\{\{t\.([^}]+)\}\}/) {
                #expect(ConsoleStrings.all(.en)[String(match.1)]?.isEmpty == false, "\(file.lastPathComponent): \(match.1)")
                #expect(ConsoleStrings.all(.ko)[String(match.1)]?.isEmpty == false)
            }
        }
        let keys =
            EventKind.allCases.map { "kind.\($0.rawValue)" } + EventState.allCases.map { "state.\($0.rawValue)" }
            + ActionState.allCases.map { "action.\($0.rawValue)" } + EffectKind.allCases.map { "effect.\($0.rawValue)" }
            + Verdict.allCases.map { "verdict.\($0.rawValue)" } + PrivacyClass.allCases.map { "privacy.\($0.rawValue)" }
        for key in keys { #expect(ConsoleStrings.has(key), "\(key)") }
    }

    @Test("shows where events have got to and how long a removal took, never what they say")
    func overview() async throws {
        let fixture = try await ConsoleFixture()
        let start = fixture.clock.now
        await fixture.world.add(ConsoleSamples.status(1, .decided, at: start, decision: "d-1"))
        await fixture.world.add(ConsoleSamples.status(2, .queued, at: start.addingTimeInterval(-300)))
        await fixture.world.add(
            Action(
                id: "a-1", decision: "d-1", effect: Effect(.remove), target: Target(platform: "matrix"), state: .done,
                createdAt: start,
                dueAt: start, verifiedAt: start.addingTimeInterval(0.42), eventAt: start))
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            let page = try await browser.get("/console/fragments/overview")
            #expect(!page.text.contains("<html"))
            #expect(page.text.contains("420 ms"))
            #expect(page.text.contains("<dt>Oldest waiting</dt><dd>5 min</dd>"))
            #expect(page.text.contains("class=\"action done\""))
        }
    }

    @Test("serves its assets with an ETag and nothing else from the disk")
    func assets() async throws {
        try await ConsoleFixture().run { (client) async throws in
            let browser = ConsoleBrowser(client)
            let css = try await browser.get("/console/assets/console.css")
            #expect(css.headers[.contentType] == "text/css; charset=utf-8")
            let tag = try #require(css.headers[.eTag])
            #expect(try await browser.get("/console/assets/console.css", [.ifNoneMatch: tag]).status == .notModified)
            for path in ["..%2Ftemplates%2Flogin.mustache", "login.mustache", "%2e%2e", "none.js"] {
                #expect(try await browser.get("/console/assets/\(path)").status == .notFound)
            }
        }
    }

    @Test("streams updates without content, and ends when the feed closes")
    func stream() async throws {
        let feed = LiveFeed()
        let collected = Frames()
        let writing = Task {
            var writer: any ResponseBodyWriter = CollectingWriter(frames: collected)
            try await LiveStream(feed: feed, heartbeat: .milliseconds(5)).write(to: &writer)
        }
        try await collected.wait { $0.contains(": connected") }
        await feed.publish(.event("$e1", platform: "matrix", state: .decided))
        try await collected.wait { $0.contains("\"state\":\"decided\"") && $0.contains(": still here") }
        await feed.close()
        try await writing.value
        #expect(await collected.text.contains("event: update\ndata: {\"about\":\"event\",\"id\":\"$e1\""))
    }

    @Test("streams to people who are logged in only")
    func streamAccess() async throws {
        try await ConsoleFixture().run { (client) async throws in
            #expect(try await ConsoleBrowser(client).get("/console/stream").status == .unauthorized)
        }
    }
}

private actor Frames {
    var text = ""

    func add(_ more: String) { text += more }

    /// Waits until the text is as wanted, at most ten seconds.
    func wait(_ isWanted: (String) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !isWanted(text) {
            guard ContinuousClock.now < deadline else { throw TimeOut(text: text) }
            await Task.yield()
        }
    }

    struct TimeOut: Error { var text: String }
}

private struct CollectingWriter: ResponseBodyWriter {
    let frames: Frames

    mutating func write(_ buffer: ByteBuffer) async throws { await frames.add(String(buffer: buffer)) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
