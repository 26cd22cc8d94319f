// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTesting
import Moderation
import NIOHTTP1
import Pipeline
import Testing

@testable import Connectors

@Suite("Matrix client")
struct MatrixClientTests {
    @Test("waits as long as the homeserver asks, then goes on")
    func limited() async throws {
        try await MatrixBench.with { bench in
            await bench.homeserver.script(
                "joined_rooms",
                FakeHomeserver.json(["errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500], status: 429),
                TestResponse(status: 429, headers: ["Retry-After": "3"]))
            try await bench.client.call(.GET, .client("joined_rooms"))
            // What was asked for, and half (the test's chance) of the back-off of the first and the second wait on top.
            #expect(await bench.waits.seconds == [1.5 + 0.125, 3 + 0.25])
        }
    }

    @Test("does not sit out a long wait, but says how long it is")
    func longWait() async throws {
        try await MatrixBench.with { bench in
            await bench.homeserver.script("joined_rooms", TestResponse(status: 429, headers: ["Retry-After": "3600"]))
            await #expect(throws: MatrixError.limited(retryAfter: 3600)) {
                try await bench.client.call(.GET, .client("joined_rooms"))
            }
            #expect(await bench.waits.seconds.isEmpty)
        }
    }

    @Test("tries a failing homeserver a bounded number of times, with growing waits")
    func bounded() async throws {
        try await MatrixBench.with { bench in
            let failing = TestResponse.text("<html>", status: 502)
            await bench.homeserver.script("joined_rooms", failing, failing, failing, failing, failing)
            await #expect(throws: MatrixError.unavailable("status 502", retryAfter: nil)) {
                try await bench.client.call(.GET, .client("joined_rooms"))
            }
            #expect(await bench.waits.seconds == [0.125, 0.25, 0.5])
            #expect(await bench.homeserver.log.count == 4)
        }
    }

    @Test("does not repeat what was refused, and keeps the code only")
    func refused() async throws {
        try await MatrixBench.with { bench in
            await bench.homeserver.script(
                "joined_rooms", FakeHomeserver.json(["errcode": "free text: secret", "error": "x"], status: 403))
            await #expect(throws: MatrixError.refused(status: 403, errcode: "unnamed")) {
                try await bench.client.call(.GET, .client("joined_rooms"))
            }
            #expect(await bench.homeserver.log.count == 1)
        }
    }

    @Test("reads no endless answer and nothing that is no JSON")
    func answers() async throws {
        try await MatrixBench.with(configure: { $0.answerLimit = 1000 }) { bench in
            await bench.homeserver.script(
                "joined_rooms", TestResponse(body: Array(repeating: 32, count: 2000), manner: .streamed))
            await #expect(throws: MatrixError.tooLarge) { try await bench.client.call(.GET, .client("joined_rooms")) }
            await bench.homeserver.script("joined_rooms", .text("<html>"))
            await #expect(throws: MatrixError.malformed) { try await bench.client.call(.GET, .client("joined_rooms")) }
        }
    }

    @Test("fetches media within the limit, and tells what is gone from what may come")
    func media() async throws {
        try await MatrixBench.with { bench in
            await bench.homeserver.change { $0.media["test.local/AbC"] = Array(repeating: 9, count: 5000) }
            let media = Media(id: "mxc://test.local/AbC", url: "mxc://test.local/AbC")
            let bytes = try await bench.connector.fetch(media, limit: 5000)
            #expect(bytes.count == 5000)
            await #expect(throws: ConnectorError.permanent("fetch: answer too large")) {
                try await bench.connector.fetch(media, limit: 4999)
            }
            await #expect(throws: ConnectorError.permanent("fetch: refused with 404 M_NOT_FOUND")) {
                try await bench.connector.fetch(Media(id: "mxc://test.local/none"), limit: 10)
            }
            for bad in [
                "mxc://../..", "mxc://test.local/../x", "https://example.org/x", "mxc://test.local/a/b", "mxc://test.local/",
            ] {
                await #expect(throws: ConnectorError.permanent("fetch: no valid mxc address")) {
                    try await bench.connector.fetch(Media(id: MediaID(bad)), limit: 10)
                }
            }
        }
    }

    @Test("an id can never become another path")
    func paths() {
        #expect(
            MatrixPath.client("rooms", "!a/../b?c#d", "event", "..").path
                == "/_matrix/client/v3/rooms/%21a%2F..%2Fb%3Fc%23d/event/%2E%2E")
    }

    @Test("needs an administrator's token only for what needs one")
    func tokens() async throws {
        try await MatrixBench.with(adminToken: nil) { bench in
            await #expect(throws: MatrixError.noAdminToken) { try await bench.client.call(.GET, .admin("rooms")) }
            #expect(bench.connector.capabilities == [.remove, .ban, .unban])
        }
    }
}
