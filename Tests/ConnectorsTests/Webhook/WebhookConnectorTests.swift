// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Logging
import Moderation
import Pipeline
import Testing

@testable import Connectors

@Suite("Webhook connector")
struct WebhookConnectorTests {
    @Test("sends an action signed, with the action's id as the key")
    func delivers() async throws {
        let received = Received()
        try await TestServer.with({ await received.keep($0) }) { server in
            let note = try await connector(server.url + "/actions").perform(action())
            #expect(note == "delivered")
        }
        let request = try #require(await received.requests.first)
        let timestamp = try #require(request.headers["haechi-timestamp"]),
            signature = try #require(request.headers["haechi-signature"])
        let now = Date(timeIntervalSince1970: 1_795_354_100)
        #expect(WebhookSignature.verify(request.body, timestamp: timestamp, signature: signature, secret: "secret", now: now))
        #expect(request.method == "POST" && request.path == "/actions" && request.headers["idempotency-key"] == "act-1")
        let body = try JSONReader.read(request.body)
        #expect(body["effect"] == "remove" && body["clause"] == "ncii.2" && body["id"] == "act-1" && body["decision"] == "dec-1")
        #expect(body["target"]?["item"]?["id"] == "item-1" && body["target"]?["space"]?["id"] == "space-1")
        #expect(body["target"]?["media"]?.array?.first?["sha256"] == "ab" && body["createdAt"] == "2026-11-22T13:28:20.000Z")
    }

    @Test(
        "knows which answers are final",
        arguments: [
            (200, "done"), (204, "done"), (409, "done"), (400, "permanent"), (404, "permanent"), (301, "permanent"),
            (429, "again"), (503, "again"), (408, "again"),
        ])
    func answers(status: Int, expected: String) async throws {
        try await TestServer.with({ _ in TestResponse(status: status, headers: ["Retry-After": "7"]) }) { server in
            let outcome: String
            do throws(ConnectorError) {
                _ = try await connector(server.url).perform(action())
                outcome = "done"
            } catch {
                switch error {
                case .permanent: outcome = "permanent"
                case .transient(_, let wait):
                    outcome = "again"
                    #expect(wait == 7)
                }
            }
            #expect(outcome == expected)
        }
    }

    @Test("tries again when nobody listens, and gives up when nothing is configured")
    func unreachable() async throws {
        let port = try await TestServer.with({ _ in .text("") }) { $0.port }
        await #expect {
            try await connector("http://127.0.0.1:\(port)").perform(action())
        } throws: { error in
            if case .transient? = error as? ConnectorError { true } else { false }
        }
        await #expect(throws: ConnectorError.permanent("no webhook configured")) { try await connector(nil).perform(action()) }
        #expect(try await connector(nil).verify(action()) == .cannotTell)
        #expect(connector(nil).capabilities.contains(.restore) && !connector(nil).capabilities.contains(.preserve))
    }

    @Test("takes media from what was uploaded, within the limit, and refuses an address inside the network")
    func fetches() async throws {
        let uploads = MemoryState()
        await uploads.putUpload([1, 2, 3], sha256: "abc", at: Date(timeIntervalSince1970: 0))
        let reader = connector(nil, uploads: uploads)
        #expect(try await reader.fetch(Media(id: "m", sha256: "abc"), limit: 3) == [1, 2, 3])
        await #expect(throws: ConnectorError.permanent("fetch: too large")) {
            try await reader.fetch(Media(id: "m", sha256: "abc"), limit: 2)
        }
        await #expect(throws: ConnectorError.self) { try await reader.fetch(Media(id: "m", sha256: "missing"), limit: 2) }
        await #expect(throws: ConnectorError.permanent("fetch: the host is not on the public network")) {
            try await reader.fetch(Media(id: "m", url: "http://127.0.0.1/x.png"), limit: 2)
        }
    }

    private func connector(_ url: String?, uploads: MemoryState = MemoryState()) -> WebhookConnector {
        WebhookConnector(
            .init(url: url, secret: "secret"), uploads: uploads, fetcher: SafeFetcher(), logger: Logger(label: "test"),
            timing: .still())
    }

    private func action() -> Action {
        Action(
            id: "act-1", decision: "dec-1", effect: Effect(.remove, clause: "ncii.2"),
            target: Target(
                platform: "api", space: "space-1", item: "item-1", actor: "actor-1", media: [Media(id: "m", sha256: "ab")]),
            state: .pending, createdAt: Date(timeIntervalSince1970: 1_795_354_100),
            dueAt: Date(timeIntervalSince1970: 1_795_354_100),
            eventAt: Date(timeIntervalSince1970: 1_795_354_100))
    }

    private actor Received {
        private(set) var requests: [TestRequest] = []
        func keep(_ request: TestRequest) -> TestResponse {
            requests.append(request)
            return .text("{}")
        }
    }
}

@Suite("Webhook signature")
struct WebhookSignatureTests {
    private let body = Array("{\"id\":1}".utf8)
    private let now = Date(timeIntervalSince1970: 1_000_000)

    @Test("agrees with an independent HMAC-SHA256")
    func vector() {
        // python3: hmac.new(b"secret", b'1000000.{"id":1}', "sha256").hexdigest()
        #expect(
            WebhookSignature.sign(body, timestamp: "1000000", secret: "secret")
                == "v1=0421ed92a403bc49d6eb9a48f5e1e52ba82440e52d7ed5a8ceb52af3b4418b75")
    }

    @Test("refuses what was altered, is old, comes from the future or is signed by another")
    func refuses() {
        let good = WebhookSignature.sign(body, timestamp: "1000000", secret: "secret")
        func holds(_ body: [UInt8], _ timestamp: String, _ signature: String, _ secret: String = "secret", after: Double = 0)
            -> Bool
        {
            WebhookSignature.verify(
                body, timestamp: timestamp, signature: signature, secret: secret, now: now.addingTimeInterval(after))
        }
        #expect(
            holds(body, "1000000", good) && holds(body, "1000000", good, after: 300) && holds(body, "1000000", good, after: -300))
        #expect(holds(body, "1000000", "v1=00, \(good)"))
        #expect(!holds(body, "1000000", good, after: 301) && !holds(body, "1000000", good, after: -301))
        #expect(!holds(body + [0x20], "1000000", good) && !holds(body, "1000001", good) && !holds(body, "1000000", good, "other"))
        #expect(!holds(body, "1000000", "") && !holds(body, "1000000", "v1=") && !holds(body, "x", good))
        #expect(!holds(body, "1000000", String(good.dropLast())) && !holds(body, "1000000", "v2" + good.dropFirst(2)))
    }
}
