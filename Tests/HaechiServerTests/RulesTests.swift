// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Moderation
import NIOCore
import Pipeline
import Policies
import Testing

@testable import HaechiServer

@Suite("API: rules")
struct APIRulesTests {
    private let version = "/v1/rules/versions/flood%40\(MemoryRuleDesk.key.version)"

    /// A server whose tokens are those of a reader and of two who may change rules.
    private func run(_ test: @escaping @Sendable (APIClient, MemoryRuleDesk) async throws -> Void) async throws {
        var options = ServerOptions()
        options.apiTokens = Dictionary(uniqueKeysWithValues: ["reader", "hana", "bo"].map { ($0, Self.secret($0)) })
        options.ruleTokens = ["hana", "bo"]
        let haechi = MemoryHaechi()
        let desk = MemoryRuleDesk()
        var ports = haechi.ports()
        ports.rules = desk
        ports.policyProblems = { ["wave.yaml:3:1: no such key"] }
        try await withAPI(haechi, options: options, ports: ports) { client, _ in try await test(client, desk) }
    }

    private static func secret(_ name: String) -> String { "a secret for \(name) in tests" }

    private static func by(_ name: String) -> HTTPFields { [.authorization: "Bearer \(secret(name))"] }

    private func put(_ client: APIClient, _ path: String, _ body: String, by name: String) async throws -> TestResponse {
        var headers = Self.by(name)
        headers[.contentType] = "application/json"
        return try await client.client.execute(
            uri: path, method: .put, headers: headers, body: ByteBuffer(string: body)
        ) { $0 }
    }

    @Test("shows every rule with what it may do and why, and what is wrong with the files")
    func overview() async throws {
        try await run { client, _ in
            let answer = try await client.get("/v1/rules", headers: Self.by("reader"))
            #expect(answer.status == .ok)
            for part in ["\"asked\":\"live\"", "\"stage\":\"shadow\"", "nobody has agreed", "\"acted\":2", "wave.yaml:3:1"] {
                #expect(answer.text.contains(part), "\(part)")
            }
            let ready = try await client.get("/ready")
            #expect(ready.text.contains("policy files are not used: wave.yaml:3:1"))
            #expect(try await client.get("/v1/rules").status == .unauthorized)
        }
    }

    @Test("everybody may stop; only those who are named let rules act again or take back")
    func roles() async throws {
        try await run { client, desk in
            let reason = "{\"reason\":\"why\"}"
            #expect(try await client.post(version + "/stop", reason, headers: Self.by("reader")).status == .ok)
            #expect(
                try await put(client, "/v1/rules/switch", "{\"mode\":\"case-only\",\"reason\":\"why\"}", by: "reader").status
                    == .ok)
            let stop = try #require(await desk.state.stops.first)
            for path in [
                "/v1/rules/stops/\(stop.id)/lift", version + "/undo", version + "/promotions", "/v1/rules/requests/r/refuse",
            ] {
                let body = "{\"reason\":\"why\",\"stage\":\"live\"}"
                #expect(try await client.post(path, body, headers: Self.by("reader")).status == .forbidden, "\(path)")
            }
            #expect(
                try await put(client, "/v1/rules/switch", "{\"mode\":\"normal\",\"reason\":\"why\"}", by: "reader").status
                    == .forbidden)
            #expect(
                try await put(client, "/v1/rules/switch", "{\"mode\":\"normal\",\"reason\":\"why\"}", by: "hana").status == .ok)
            #expect(try await client.post("/v1/rules/stops/\(stop.id)/lift", reason, headers: Self.by("hana")).status == .ok)
            #expect(await desk.state.stop(of: MemoryRuleDesk.key) != nil, "one of two has agreed")
            #expect(
                try await client.post("/v1/rules/stops/\(stop.id)/lift", reason, headers: Self.by("hana")).status == .forbidden)
            #expect(try await client.post("/v1/rules/stops/\(stop.id)/lift", reason, headers: Self.by("bo")).status == .ok)
            #expect(await desk.state.stop(of: MemoryRuleDesk.key) == nil)
        }
    }

    @Test("a promotion needs a back-test and another token than the one that asked")
    func promotion() async throws {
        try await run { client, desk in
            let path = version + "/promotions"
            let without = "{\"stage\":\"live\",\"reason\":\"without a back-test\"}"
            #expect(try await client.post(path, without, headers: Self.by("hana")).status == .conflict)
            let wish = "{\"stage\":\"canary\",\"percent\":5,\"reason\":\"tested\"}"
            #expect(try await client.post(path, wish, headers: Self.by("hana")).status == .ok)
            let request = try #require(await desk.state.requests.first)
            func approve(_ name: String, _ id: String) async throws -> HTTPResponse.Status {
                try await client.post("/v1/rules/requests/\(id)/approve", "", headers: Self.by(name)).status
            }
            #expect(try await approve("hana", request.id) == .forbidden)
            #expect(try await approve("bo", "nothing") == .notFound)
            #expect(try await approve("bo", request.id) == .ok)
            #expect(await desk.state.versions[MemoryRuleDesk.key]?.percent == 5)
        }
    }

    @Test("an undo is looked at, started, paused and gone on with")
    func undo() async throws {
        try await run { client, desk in
            let preview = try await client.get(version + "/undo", headers: Self.by("reader"))
            #expect(preview.text.contains("\"irreversible\":{\"remove\":1}") && preview.text.contains("\"decisions\":5"))
            #expect(
                try await client.post(version + "/undo", "{\"per_minute\":9}", headers: Self.by("bo")).status
                    == .unprocessableContent)
            let body = "{\"reason\":\"a mistake\",\"per_minute\":9}"
            #expect(try await client.post(version + "/undo", body, headers: Self.by("bo")).status == .ok)
            let started = try #require(await desk.started.first)
            #expect(started.by == "api:bo" || started.by == "bo")
            #expect(started.perMinute == 9)
            let pause = "{\"state\":\"paused\"}"
            #expect(try await client.post("/v1/rules/undos/\(started.id)", pause, headers: Self.by("bo")).status == .ok)
            #expect(await desk.started.first?.state == .paused)
            #expect(try await client.post("/v1/rules/undos/none", pause, headers: Self.by("bo")).status == .notFound)
            #expect(try await client.get("/v1/rules/versions/nobody/undo", headers: Self.by("bo")).status == .notFound)
        }
    }
}

@Suite("Console: rules")
struct ConsoleRulesTests {
    private func run(_ test: @escaping @Sendable (ConsoleBrowser, ConsoleFixture) async throws -> Void) async throws {
        let fixture = try await ConsoleFixture()
        try await fixture.run { (client) async throws in
            let browser = ConsoleBrowser(client)
            _ = try await browser.logIn()
            try await test(browser, fixture)
        }
    }

    private let page = "/console/rules/versions/flood%40\(MemoryRuleDesk.key.version)"

    @Test("shows rules, their shortfall and their text, escaped; a moderator may stop and nothing else")
    func moderator() async throws {
        try await run { browser, fixture in
            let rules = try await browser.get("/console/rules")
            let part = try await browser.get("/console/fragments/rules")
            #expect(part.status == .ok && part.text.contains("1,234") && !part.text.contains("<html"))
            #expect(rules.status == .ok && rules.text.contains("nobody has agreed") && rules.text.contains("1,234"))
            let rule = try await browser.get(page)
            #expect(rule.text.contains("&lt;b&gt;") && !rule.text.contains("<b>"))
            #expect(!rule.text.contains("value=\"promote\"") && rule.text.contains("value=\"stop\""))
            for choice in ["promote", "undo"] {
                let form = ["choice": choice, "reason": "why", "stage": "live"]
                #expect(try await browser.post(page, form).status == .forbidden)
            }
            #expect(try await browser.post(page, ["choice": "stop"]).status == .unprocessableContent)
            #expect(try await browser.post(page, ["choice": "stop", "reason": "wrong"]).status == .seeOther)
            let off = ["mode": "case-only", "reason": "careful"]
            #expect(try await browser.post("/console/rules/switch", off).status == .seeOther)
            #expect(try await browser.post("/console/rules/switch", ["mode": "normal", "reason": "fine"]).status == .forbidden)
            let stopped = try await browser.get("/console/rules")
            #expect(stopped.text.contains("Rules open cases only") && stopped.text.contains("Stopped versions"))
            #expect(try await browser.get("/console").text.contains("Stopped rules"))
        }
    }

    @Test("an administrator asks, another one must approve; an undo begins with a reason")
    func administrator() async throws {
        try await run { browser, fixture in
            await fixture.makeAdmin()
            let wish = ["choice": "promote", "stage": "canary", "percent": "5", "reason": "tested"]
            #expect(try await browser.post(page, wish).location == "/console/rules?done=promotionAsked")
            let request = try #require(await fixture.world.rules.state.requests.first)
            let own = try await browser.post("/console/rules/requests/\(request.id)", ["choice": "approve"])
            #expect(own.status == .forbidden)
            let asked = try await browser.get("/console/rules")
            #expect(asked.text.contains("wait for a second person") && !asked.text.contains("value=\"approve\""))
            #expect(try await browser.post(page, ["choice": "undo"]).status == .unprocessableContent)
            let undo = ["choice": "undo", "reason": "a mistake", "pace": "60"]
            #expect(try await browser.post(page, undo).location == "/console/rules?done=undoStarted")
            let started = try #require(await fixture.world.rules.started.first)
            #expect(started.perMinute == 60)
            #expect(try await browser.post("/console/rules/undos/\(started.id)", ["choice": "pause"]).status == .seeOther)
            #expect(try await browser.get("/console/rules/versions/nobody").status == .notFound)
        }
    }
}
