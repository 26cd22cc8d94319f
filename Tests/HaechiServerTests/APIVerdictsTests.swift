// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import HummingbirdTesting
import Moderation
import Pipeline
import Testing

@testable import HaechiServer

@Suite("POST /v1/verdicts")
struct APIVerdictsTests {
    @Test("passes on a refusal with its clause, reason and where to appeal")
    func refuse() async throws {
        var options = ServerOptions()
        options.appealURL = "https://example.org/appeal"
        let haechi = MemoryHaechi()
        await haechi.answer { event in
            .refuse(decision: "d1", clause: "ncii.2", clauseText: ["en": "No."], reason: "in \(event.space.id)")
        }
        try await withAPI(haechi, options: options) { api, _ in
            let response = try await api.post("/v1/verdicts", event(more: #","deadlineMs":2000"#))
            #expect(response.status == .ok)
            #expect(
                try response.json
                    == #"{"appeal":"https://example.org/appeal","clause":"ncii.2","clauseText":{"en":"No."},"decision":"d1","#
                    + #""reason":"in lobby","verdict":"refuse"}"#)
        }
    }

    @Test("allows at the deadline, without waiting for a rule that does not heed its cancellation")
    func deadline() async throws {
        let haechi = MemoryHaechi()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let stuck = Task { for await _ in gate {} }
        // The verdict ends only when the test opens the gate, whatever is cancelled.
        await haechi.answer { _ in
            await stuck.value
            return .refuse(decision: "late", clause: nil, clauseText: [:], reason: "")
        }
        try await withAPI(haechi) { api, _ in
            let start = ContinuousClock.now
            let response = try await api.post("/v1/verdicts", event(more: #","deadlineMs":30"#))
            #expect(try response.json == #"{"timedOut":true,"verdict":"allow"}"#)
            #expect(start.duration(to: .now) >= .milliseconds(30))
        }
        open.finish()
    }

    @Test(
        "does not look at what is not public",
        arguments: [#"{"id":"den","class":"private"}"#, #"{"id":"den","class":"encrypted"}"#, #"{"id":"den"}"#])
    func notPublic(space: String) async throws {
        try await withAPI { api, haechi in
            let response = try await api.post("/v1/verdicts", event(space: space))
            #expect(try response.json == #"{"verdict":"allow"}"#)
            #expect(await haechi.asked == 0)
        }
    }

    @Test("fails open")
    func failsOpen() async throws {
        let haechi = MemoryHaechi()
        await haechi.answer { _ in throw IntakeOverloaded(retryAfter: 1) }
        try await withAPI(haechi) { api, _ in
            let response = try await api.post("/v1/verdicts", event())
            #expect(try response.json == #"{"unavailable":true,"verdict":"allow"}"#)
        }
    }

    @Test("refuses deadlines out of range", arguments: ["0", "2001", "1.5", "\"100\""])
    func deadlineRange(value: String) async throws {
        try await withAPI { api, _ in
            let response = try await api.post("/v1/verdicts", event(more: #","deadlineMs":\#(value)"#))
            #expect(try response.problems == ["deadlineMs: expected a whole number from 1 to 2000"])
        }
    }
}
