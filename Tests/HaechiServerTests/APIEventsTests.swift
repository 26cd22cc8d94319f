// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTypes
import HummingbirdTesting
import Moderation
import Pipeline
import Testing

@testable import HaechiServer

@Suite("POST /v1/events")
struct APIEventsTests {
    @Test("takes one event, with everything it says")
    func one() async throws {
        try await withAPI { api, haechi in
            let full =
                #"{"id":"i1","text":"안녕 \ud83d\ude00","replaces":"i0","media":["#
                + #"{"id":"m1","type":"image/png","url":"https://media.example/1"},{"id":"m2","sha256":"\#(String(repeating: "Ab", count: 32))"}]}"#
            let body =
                #"{"id":"e1","kind":"message.edited","at":"2026-11-22T15:58:39.250+09:00","platform":"matrix","#
                + #""space":{"id":"lobby","class":"public"},"actor":{"id":"hana","createdAt":"2026-01-02T00:00:00Z"},"item":\#(full)}"#
            let response = try await api.post("/v1/events", body)
            #expect(response.status == .ok)
            #expect(try response.json == #"{"results":[{"id":"e1","result":"accepted"}]}"#)
            let event = try #require(await haechi.accepted.first)
            #expect(event.platform == "matrix")
            #expect(event.kind == .messageEdited)
            #expect(event.at.timeIntervalSince1970 == 1_795_330_719.25)
            #expect(event.receivedAt.timeIntervalSince1970 == 1_800_000_000)
            #expect(event.actor.createdAt?.timeIntervalSince1970 == 1_767_312_000)
            #expect(event.item?.text == "안녕 😀")
            #expect(event.item?.replaces == "i0")
            #expect(event.item?.media.map(\.sha256) == [nil, String(repeating: "ab", count: 32)])
            #expect(event.item?.media.first?.type == "image/png")
        }
    }

    @Test("answers each event of an array and of lines in its order", arguments: [false, true])
    func batch(lines: Bool) async throws {
        try await withAPI { api, _ in
            let events = [
                event("a"), event("a"), event("b", space: #"{"id":"den","class":"private"}"#),
                event("c", space: #"{"id":"den"}"#),
                event("d"),
            ]
            let response =
                lines
                ? try await api.post("/v1/events", events.joined(separator: "\n\n") + "\n", type: "application/x-ndjson")
                : try await api.post("/v1/events", "[" + events.joined(separator: ",") + "]")
            #expect(
                try response.json
                    == #"{"results":[{"id":"a","result":"accepted"},{"id":"a","result":"duplicate"},{"id":"b","result":"dropped"},"#
                    + #"{"id":"c","result":"dropped"},{"id":"d","result":"accepted"}]}"#)
        }
    }

    @Test("says what became of a space before what came after it")
    func spaceChanges() async throws {
        try await withAPI { api, haechi in
            let turned =
                #"{"id":"s1","kind":"space.changed","at":"2026-11-22T15:58:40Z","space":{"id":"lobby","class":"encrypted"}}"#
            let response = try await api.post("/v1/events", "[\(event("a")),\(turned),\(event("b"))]")
            #expect(
                try response.json
                    == #"{"results":[{"id":"a","result":"accepted"},{"id":"s1","result":"accepted"},{"id":"b","result":"dropped"}]}"#
            )
            #expect(await haechi.spaces == ["lobby": .encrypted])
        }
    }

    @Test(
        "names each field that is wrong",
        arguments: [
            (
                event(item: #"{"id":"i1","media":[{"id":"m1","sha256":"12"}]}"#),
                "item.media[0].sha256: expected 64 hexadecimal digits"
            ),
            (event(item: #"{"id":"i1","media":[{"id":"m1"}]}"#), "item.media[0]: expected a url or the sha256 of an upload"),
            (event(item: #"{"text":"x"}"#), "item.id: expected this field, which is required"),
            (event(item: #"{"id":7}"#), "item.id: expected a string of 1 to 512 bytes"),
            (event(""), "id: expected a string of 1 to 512 bytes, found 0"),
            (event(#"a\u0000"#), "id: expected a string without the character U+0000"),
            (
                event(kind: "message"),
                "kind: expected one of message.posted, message.edited, space.picture.changed, actor.picture.changed, space.changed"
            ),
            (event(space: #"{"id":"lobby","class":"open"}"#), "space.class: expected one of public, private, encrypted"),
            (event(space: "null"), "space: expected an object"),
            (
                event(more: #","urgent":true"#),
                "urgent: expected no such field; there are id, kind, at, platform, space, actor, item"
            ),
            (event(more: #","platform":"No Such""#), "platform: expected a name of 1 to 64 characters a-z, 0-9, '-' and '_'"),
            (event(kind: "space.changed"), "item: expected no item in an event of kind space.changed"),
            (event().replacing("2026-11-22", with: "2026-02-30"), "at: expected an RFC 3339 time such as 2026-11-22T15:58:39Z"),
            ("7", "expected an object"),
        ])
    func problems(body: String, expected: String) async throws {
        try await withAPI { api, haechi in
            let response = try await api.post("/v1/events", body)
            #expect(response.status == .unprocessableContent)
            #expect(try response.problems == [expected])
            #expect(await haechi.accepted.isEmpty)
        }
    }

    @Test("keeps nothing of a batch in which one event is wrong, and lists every problem up to 50", arguments: [false, true])
    func allOrNothing(lines: Bool) async throws {
        try await withAPI { api, haechi in
            let events = [event("good")] + (1...80).map { _ in event(item: #"{"id":"","media":7}"#) }
            let response =
                lines
                ? try await api.post("/v1/events", events.joined(separator: "\n"), type: "application/x-ndjson")
                : try await api.post("/v1/events", "[" + events.joined(separator: ",") + "]")
            #expect(response.status == .unprocessableContent)
            #expect(try response.problems.count == 50)
            #expect(try response.problems.first == "[1].item.id: expected a string of 1 to 512 bytes, found 0")
            #expect(try response.problems[1] == "[1].item.media: expected an array")
            #expect(await haechi.accepted.isEmpty)
        }
    }

    @Test("refuses more than a thousand events and keeps none", arguments: [false, true])
    func tooMany(lines: Bool) async throws {
        try await withAPI { api, haechi in
            let events = (0...1_000).map { event("e\($0)") }
            let response =
                lines
                ? try await api.post("/v1/events", events.joined(separator: "\n"), type: "application/x-ndjson")
                : try await api.post("/v1/events", "[" + events.joined(separator: ",") + "]")
            #expect(response.status == .unprocessableContent)
            #expect(await haechi.accepted.isEmpty)
        }
    }

    @Test("asks to come back later when the intake is full, and then takes the same event")
    func overloaded() async throws {
        try await withAPI { api, haechi in
            await haechi.fail(with: IntakeOverloaded(retryAfter: 3))
            let refused = try await api.post("/v1/events", event())
            #expect(refused.status == .serviceUnavailable)
            #expect(refused.headers[.retryAfter] == "3")
            await haechi.fail(with: nil)
            #expect(try await api.post("/v1/events", event()).status == .ok)
        }
    }

    @Test("tells nothing of an unexpected failure, and its sender can try again")
    func failure() async throws {
        struct Secret: Error { var content = "canary" }
        try await withAPI { api, haechi in
            await haechi.fail(with: Secret())
            let response = try await api.post("/v1/events", event())
            #expect(response.status == .internalServerError)
            #expect(!response.text.contains("canary"))
            await haechi.fail(with: nil)
            #expect(try await api.post("/v1/events", event()).status == .ok)
        }
    }

    @Test("shows where an event has got to, its decision and its actions")
    func status() async throws {
        try await withAPI { api, haechi in
            _ = try await api.post("/v1/events", event("a/b c"))
            let waiting = try await api.get("/v1/events/a%2Fb%20c")
            #expect(waiting.text.contains(#""state":"queued""#))
            let (at, target) = (Date(timeIntervalSince1970: 1_795_330_720), Target(platform: "api", item: "i1"))
            let action = Action(
                id: "act", decision: "d1", effect: Effect(.remove), target: target, state: .done, createdAt: at, dueAt: at,
                note: "gone",
                eventAt: at)
            let decision = Decision(
                id: "d1", at: at, by: .rules([]), verdict: .remove, target: target, clause: "ncii.2", reason: "known copy",
                effects: [])
            await haechi.decide(decision, about: "a/b c", actions: [action])
            let decided = try await api.get("/v1/events/a%2Fb%20c?platform=api").text
            #expect(decided.contains(#""state":"decided""#))
            #expect(
                decided.contains(#""decision":{"id":"d1","at":"2026-11-22T06:58:40.000Z","verdict":"remove","clause":"ncii.2""#))
            #expect(decided.contains(#""actions":[{"id":"act","effect":"remove","state":"done","note":"gone"}]"#))
            #expect(try await api.get("/v1/events/other").status == .notFound)
            #expect(try await api.get("/v1/events/a%2Fb%20c?platform=matrix").status == .notFound)
        }
    }
}
