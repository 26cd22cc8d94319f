// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import HTTPTypes
import HummingbirdTesting
import Moderation
import Pipeline
import SignalsTesting
import Testing

@testable import HaechiServer

@Suite("POST /v1/reports, /v1/media and /v1/fingerprints")
struct APIReportsTests {
    @Test("takes a report about an event, once")
    func aboutEvent() async throws {
        try await withAPI { api, haechi in
            _ = try await api.post("/v1/events", event("e1"))
            let report = #"{"id":"r1","event":"e1","reason":"this is me","category":"ncii","reporter":"bo"}"#
            let first = try await api.post("/v1/reports", report)
            #expect(first.status == .ok)
            #expect(try first.json == #"{"case":"case-1","id":"r1","result":"accepted"}"#)
            #expect(try await api.post("/v1/reports", report).json == #"{"id":"r1","result":"duplicate"}"#)
            let taken = try #require(await haechi.reports["api|r1"]?.report)
            #expect(taken.target.space == "lobby")
            #expect(taken.target.actor == "hana")
            #expect(taken.privacy == .public)
            #expect(taken.text == "this is me")
        }
    }

    @Test("takes a copy of a private item with the media that was uploaded for it")
    func withCopy() async throws {
        try await withAPI { api, haechi in
            let bytes: [UInt8] = Array("a generated pattern".utf8)
            let upload = try await api.post("/v1/media", bytes, type: "image/png")
            let digest = "e3c360b5a2756f4a25e57eb8dd85fcdcfe64e4ba1254133efe7d0abc33098e23"
            #expect(try upload.json == #"{"sha256":"\#(digest)","size":19}"#)
            let report =
                #"{"id":"r1","reason":"","category":"other","item":{"id":"i1","text":"x","media":[{"id":"m1","sha256":"\#(digest)"}]}}"#
            #expect(try await api.post("/v1/reports", report).status == .ok)
            let taken = try #require(await haechi.reports["api|r1"])
            #expect(taken.report.privacy == .private)
            #expect(taken.item?.text == "x")
            #expect(taken.media.map(\.bytes) == [bytes])
        }
    }

    @Test(
        "names what is wrong with a report",
        arguments: [
            (
                #"{"id":"r","reason":"","category":"c"}"#,
                "expected either event (the id of an event) or item (a copy of what is reported)"
            ),
            (#"{"reason":"","category":"c","event":"e"}"#, "id: expected this field, which is required"),
            (
                #"{"id":"r","reason":"","category":"c","event":"e"}"#,
                "event: expected the id of an event that was accepted before; else send a copy as item"
            ),
            (
                #"{"id":"r","reason":"","category":"c","item":{"id":"i","media":[{"id":"m","sha256":"\#(String(repeating: "0", count: 64))"}]}}"#,
                "item.media[0].sha256: expected the digest of an upload; send the bytes to /v1/media first"
            ),
        ])
    func problems(report: String, expected: String) async throws {
        try await withAPI { api, haechi in
            let response = try await api.post("/v1/reports", report)
            #expect(response.status == .unprocessableContent)
            #expect(try response.problems == [expected])
            #expect(await haechi.reports.isEmpty)
        }
    }

    @Test("refuses uploads that are empty or too large")
    func uploadLimits() async throws {
        try await withAPI { api, _ in
            let first = try await api.post("/v1/media", [], type: "image/png").status
            #expect(first == .unprocessableContent)
            let giant = [UInt8](repeating: 7, count: 20 * 1_048_576 + 1)
            let second = try await api.post("/v1/media", giant, type: "application/octet-stream").status
            #expect(second == .contentTooLarge)
            let third = try await api.post("/v1/media", [7], type: "image/png").status
            #expect(third == .ok)
        }
    }

    @Test("adds fingerprints, updates known ones, and says so in the ledger")
    func fingerprints() async throws {
        var options = ServerOptions()
        options.apiTokens = ["importer": "0123456789abcdef"]
        try await withAPI(options: options) { api, haechi in
            let token: HTTPFields = [.authorization: "Bearer 0123456789abcdef"]
            func one(_ digit: String, _ trust: String) -> String {
                let value = String(repeating: digit, count: 64)
                return #"{"bank":"confirmed","kind":"sha256","value":"\#(value)","trust":"\#(trust)","source":"exchange"}"#
            }
            let first = try await api.post("/v1/fingerprints", "[\(one("a", "claimed")),\(one("b", "verified"))]", headers: token)
            #expect(
                first.text.hasPrefix(
                    #"{"added":2,"changed":0,"unchanged":0,"withdrawn":0,"imports":[{"id":"i-1","bank":"confirmed""#))
            let second = try await api.post("/v1/fingerprints", "[\(one("A", "verified"))]", headers: token)
            #expect(second.text.hasPrefix(#"{"added":0,"changed":1,"unchanged":0,"withdrawn":0,"imports":[{"id":"i-2""#))
            let stats = try await api.get("/v1/fingerprints/stats", headers: token)
            #expect(stats.text.hasPrefix(#"{"banks":[{"bank":"confirmed","fingerprints":2,"counts":["#))
            let entries = haechi.bankStore.ledger
            #expect(entries.map(\.kind) == ["bank.created", "source.changed", "import.applied", "import.applied"])
            #expect(entries.allSatisfy { $0.actor.contains("api:importer") })
            let wrong = try await api.post("/v1/fingerprints", "[\(one("z", "sure"))]", headers: token)
            #expect(
                try wrong.problems == [
                    "[0].value: expected 32 or 64 hexadecimal digits",
                    "[0].trust: expected one of claimed, probation, verified, benign, retired",
                ])
        }
    }
}
