// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HaechiServer

@Suite("The API and hostile requests")
struct APIHostileTests {
    static let bodies: [(String, [UInt8], String)] = [
        (
            "truncated", Array(event().utf8.dropLast(5)),
            "malformed JSON at byte \(event().utf8.count - 5): the document ends too early"
        ),
        ("empty", [], "malformed JSON at byte 0: the document ends too early"),
        (
            "invalid UTF-8", Array(#"{"id":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8),
            "malformed JSON at byte 7: the text is not valid UTF-8"
        ),
        ("lone surrogate", Array(#"{"id":"\ud800"}"#.utf8), "malformed JSON at byte 7: a surrogate stands alone"),
        ("too large a number", Array(#"{"id":1e400}"#.utf8), "malformed JSON at byte 6: the number is too large"),
        ("a key twice", Array(#"{"id":"a","id":"b"}"#.utf8), "malformed JSON at byte 10: the object has this key already"),
        (
            "nesting", Array(repeating: UInt8(ascii: "["), count: 100_000),
            "malformed JSON at byte 32: more than 32 levels of nesting"
        ),
        (
            "nested objects", Array(String(repeating: #"{"id":"#, count: 50_000).utf8),
            "malformed JSON at byte 192: more than 32 levels of nesting"
        ),
        (
            "trailing bytes", Array((event() + "x").utf8),
            "malformed JSON at byte \(event().utf8.count): there is something after the end of the document"
        ),
    ]

    @Test("each bad body gets a clear answer, and the next good one works", arguments: bodies)
    func malformed(name: String, body: [UInt8], message: String) async throws {
        try await withAPI { api, haechi in
            for path in ["/v1/events", "/v1/verdicts"] {
                let response = try await api.post(path, body, type: "application/json")
                #expect(response.status == .badRequest)
                #expect(try response.json == #"{"error":{"code":"malformed","message":"\#(message)"}}"#)
            }
            let first = try await api.post("/v1/reports", body, type: "application/json").status
            #expect(first == .badRequest)
            let second = try await api.post("/v1/fingerprints", body, type: "application/json").status
            #expect(second == .badRequest)
            #expect(await haechi.accepted.isEmpty)
            #expect(try await api.post("/v1/events", event()).status == .ok)
        }
    }

    @Test("a malformed line is named by its number and byte")
    func malformedLine() async throws {
        try await withAPI { api, haechi in
            let response = try await api.post("/v1/events", event() + "\n{]\n", type: "application/x-ndjson")
            #expect(response.status == .badRequest)
            #expect(response.text.contains("line 2: malformed JSON at byte \(event().utf8.count + 2)"))
            #expect(await haechi.accepted.isEmpty)
        }
    }

    @Test(
        "a giant body is refused, with and without a length",
        arguments: ["/v1/events", "/v1/verdicts", "/v1/reports", "/v1/fingerprints"])
    func giant(path: String) async throws {
        try await withAPI { api, _ in
            let body = [UInt8](repeating: 0x20, count: 8 * 1_048_576 + 1)
            let response = try await api.post(path, body, type: "application/json")
            #expect(response.status == .contentTooLarge)
            #expect(response.text.contains("8388608 bytes"))
            #expect(try await api.post("/v1/events", event()).status == .ok)
        }
    }

    @Test(
        "another content type is refused",
        arguments: ["/v1/events", "/v1/verdicts", "/v1/reports", "/v1/fingerprints", "/v1/media"])
    func contentType(path: String) async throws {
        try await withAPI { api, _ in
            let third = try await api.post(path, event(), type: "text/xml").status
            #expect(third == .unsupportedMediaType)
            let fourth = try await api.post(path, event(), type: "").status
            #expect(fourth == .unsupportedMediaType)
        }
    }

    @Test("an unknown path is 404 and another method 405, both as the API's errors")
    func routing() async throws {
        try await withAPI { api, _ in
            let missing = try await api.get("/v1/nothing")
            #expect(missing.status == .notFound)
            #expect(missing.text.contains(#""code":"not-found""#))
            let method = try await api.get("/v1/events")
            #expect(method.status == .methodNotAllowed)
            #expect(method.headers[.allow] == "POST")
            #expect(try await api.post("/live", "{}").headers[.allow] == "GET, HEAD")
        }
    }
}
