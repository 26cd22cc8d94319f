// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Pipeline
import Testing

@testable import Connectors

@Suite("Application service")
struct MatrixApplicationServiceTests {
    @Test("lets nobody in but the homeserver")
    func tokens() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            #expect(await bench.push("1", [Recorded.text("$a")], token: nil) == 401)
            #expect(await bench.push("1", [Recorded.text("$a")], token: "hs-tokem") == 403)
            #expect(await bench.push("1", [Recorded.text("$a")], token: "") == 403)
            let answer = await bench.send("POST", "/_matrix/app/v1/ping", token: "wrong")
            let errcode = try JSONReader.read(answer.body)["errcode"]
            #expect(errcode == "M_FORBIDDEN")
            #expect(await bench.intake.calls.isEmpty)
        }
    }

    @Test("answers what the homeserver asks")
    func routes() async throws {
        try await MatrixBench.with { bench in
            let base = "/_matrix/app/v1"
            #expect(await bench.send("POST", base + "/ping", Array("{\"transaction_id\":\"x\"}".utf8)).status == 200)
            #expect(await bench.send("GET", base + "/users/%40a%3Ab").status == 404)
            let room = await bench.send("GET", base + "/rooms/%23a%3Ab")
            let errcode = try JSONReader.read(room.body)["errcode"]
            #expect(room.status == 404 && errcode == "M_NOT_FOUND")
            #expect(await bench.send("GET", base + "/other").status == 404)
            #expect(await bench.send("DELETE", base + "/transactions/1").status == 405)
        }
    }

    @Test("hands events in, in order, and answers only when they are durable")
    func takes() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.intake.failNext(1)
            let events = [Recorded.text("$a"), Recorded.picture("$b"), Recorded.text("$c")]
            #expect(await bench.push("7", events) == 503)
            #expect(await bench.intake.events.isEmpty)
            #expect(await bench.push("7", events) == 200)
            #expect(await bench.intake.calls == [.space("!open", .public), .events(["$a", "$b", "$c"])])
            let picture = try #require(await bench.intake.events.last { $0.id == "$b" })
            #expect(picture.space == Space(id: "!open", privacy: .public) && picture.platform == "matrix")
        }
    }

    @Test("takes a transaction once, also after a restart, but not another one under the same number")
    func repeats() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            #expect(await bench.push("7", [Recorded.text("$a")]) == 200)
            #expect(await bench.push("7", [Recorded.text("$a")]) == 200)
            let restarted = MatrixApplicationService(
                options: bench.options, inbox: bench.inbox, state: bench.state, logger: bench.logger)
            let body = JSONValue.object(["events": [Recorded.text("$a")]]).serialized
            let again = await restarted.respond(
                to: .init(
                    method: "PUT", path: "/_matrix/app/v1/transactions/7", query: [:],
                    headers: ["authorization": "Bearer hs-token"],
                    body: body))
            #expect(again.status == 200)
            #expect(await bench.intake.events.map(\.id) == ["$a"])
            #expect(await bench.push("7", [Recorded.text("$b")]) == 200)
            #expect(await bench.intake.events.map(\.id) == ["$a", "$b"])
        }
    }

    @Test("skips malformed events and takes the good ones beside them")
    func malformed() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            let events: [JSONValue] = [
                .null, 5, [:], ["type": "m.room.message"], Recorded.event("no-sigil", ["msgtype": "m.text", "body": "x"]),
                Recorded.text("$good"),
                Recorded.event("$odd", ["msgtype": ["a"], "body": 5, "url": [], "info": "x", "m.relates_to": 1]),
            ]
            #expect(await bench.push("1", events) == 200)
            #expect(await bench.intake.events.map(\.id) == ["$good"])
        }
    }

    @Test("says what is wrong with a broken request, and takes the next good one")
    func broken() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            for body in ["", "{", "[]", "{}", "{\"events\":{}}", "\u{0}", String(repeating: "[", count: 100_000)] {
                #expect(await bench.send("PUT", "/_matrix/app/v1/transactions/1", Array(body.utf8)).status == 400)
            }
            #expect(await bench.push("1", [Recorded.text("$a")]) == 200)
            #expect(await bench.intake.events.count == 1)
        }
    }

    @Test("does not let one event that the store never takes hold up the others")
    func poison() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.intake.refuse("$bad")
            let events = [Recorded.text("$a"), Recorded.text("$bad"), Recorded.text("$c")]
            for _ in 0..<5 { #expect(await bench.push("1", events) == 503) }
            #expect(await bench.push("1", events) == 200)
            #expect(await bench.intake.events.map(\.id) == ["$a", "$c"])
        }
    }

    // MARK: Privacy

    @Test(
        "keeps nothing of a room that turns private, not even what came before in the same transaction", arguments: [false, true])
    func turnsPrivate(isKnown: Bool) async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.open("!other")
            if isKnown { await bench.push("1", [Recorded.text("$first")]) }
            let events = [
                Recorded.text("$before", "canary"), Recorded.text("$elsewhere", room: "!other"), Recorded.inviteOnly("$rule"),
                Recorded.text("$after", "canary"),
            ]
            #expect(await bench.push("2", events) == 200)
            let calls = await bench.intake.calls
            let closing = try #require(calls.firstIndex(of: .space("!open", .private)))
            let handedIn = try #require(calls.firstIndex(of: .events(["$before", "$elsewhere", "$after"])))
            #expect(closing < handedIn, "the pipeline must know before anything else of the transaction arrives")
            for event in await bench.intake.events where event.id == "$before" || event.id == "$after" {
                #expect(event.space.privacy == .private && event.item == nil)
            }
            #expect(await bench.intake.events.last { $0.id == "$elsewhere" }?.item?.text == "hello")

            // What still arrives before the bot has left is not kept either, even when the room claims to be open again.
            await bench.push(
                "3", [Recorded.state("$r2", "m.room.join_rules", ["join_rule": "public"]), Recorded.text("$late", "canary")])
            let late = try #require(await bench.intake.events.last)
            #expect(late.id == "$late" && late.space.privacy == .private && late.item == nil)
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == false)
            #expect(await bench.homeserver.rooms["!other"]?.botIsIn == true)
        }
    }

    @Test(
        "asks for the room's state again after an event that it could not read: that may have closed the room",
        arguments: [
            ("m.room.join_rules", "origin_server_ts", -1), ("m.room.encryption", "origin_server_ts", "now"),
            ("m.room.history_visibility", "sender", "mallory"), ("m.room.join_rules", "event_id", .null),
            ("m.room.join_rules", "type", 5),
        ] as [(String, String, JSONValue)])
    func unreadableChange(type: String, field: String, value: JSONValue) async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.push("1", [Recorded.text("$first")])
            await bench.homeserver.change { $0.rooms["!open"]?.joinRule = "invite" }
            var change = try #require(Recorded.state("$s", type, [:]).object)
            change[field] = value
            #expect(await bench.push("2", [Recorded.text("$before", "canary"), .object(change)]) == 200)
            #expect(await bench.push("3", [Recorded.text("$after", "canary")]) == 200)
            #expect(await bench.intake.calls.contains(.space("!open", .private)))
            for event in await bench.intake.events where event.id != "$first" {
                #expect(event.space.privacy == .private && event.item == nil)
            }
            #expect(await bench.intake.events.count == 3)
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == false)
        }
    }

    @Test("leaves a room after an unreadable change of state, even if nobody writes there any more")
    func unreadableChangeAlone() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.push("1", [Recorded.text("$first")])
            await bench.homeserver.change { $0.rooms["!open"]?.isEncrypted = true }
            var change = try #require(Recorded.state("$s", "m.room.encryption", [:]).object)
            change["origin_server_ts"] = -1
            await bench.push("2", [.object(change)])
            try await bench.directory().poll()
            #expect(await bench.intake.calls.last == .space("!open", .encrypted))
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == false)
        }
    }

    @Test("stays in an open room after an event that it could not read")
    func unreadable() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            var odd = try #require(Recorded.text("$odd").object)
            odd["origin_server_ts"] = -1
            await bench.push("1", [Recorded.text("$a"), .object(odd), Recorded.text("$b")])
            #expect(await bench.intake.events.map { $0.item?.text } == ["hello", "hello"])
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == true)
        }
    }

    @Test("closes a room that turns encrypted or hides its history")
    func closes() async throws {
        try await MatrixBench.with { bench in
            for room in ["!a", "!b"] {
                await bench.open(room)
                await bench.push(room, [Recorded.text("$\(room)", room: room)])
            }
            await bench.push("1", [Recorded.state("$e", room: "!a", "m.room.encryption", ["algorithm": "m.megolm.v1.aes-sha2"])])
            await bench.push(
                "2", [Recorded.state("$h", room: "!b", "m.room.history_visibility", ["history_visibility": "joined"])])
            #expect(await bench.intake.calls.contains(.space("!a", .encrypted)))
            #expect(await bench.intake.calls.contains(.space("!b", .private)))
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!a"]?.botIsIn == false)
            #expect(await bench.homeserver.rooms["!b"]?.botIsIn == false)
        }
    }

    @Test("asks for the state of a room that it does not know before it takes anything of it")
    func unknown() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!closed") { $0.joinRule = "invite" }
            await bench.open("!sealed") { $0.isEncrypted = true }
            await bench.open("!hidden") { $0.history = "invited" }
            let rooms = ["!closed", "!sealed", "!hidden", "!nowhere"]
            #expect(await bench.push("1", rooms.map { Recorded.text("$" + $0, room: $0, "canary") }) == 200)
            for event in await bench.intake.events { #expect(event.space.privacy != .public && event.item == nil) }
            #expect(await bench.intake.events.count == 4)
        }
    }

    @Test("takes what was written before a room opened for private")
    func opens() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            let opening = Recorded.state("$r", "m.room.join_rules", ["join_rule": "public"])
            await bench.push("1", [Recorded.text("$before", "canary"), opening, Recorded.text("$after")])
            #expect(await bench.intake.events.map { $0.item?.text } == [nil, "hello"])
        }
    }

    @Test("is not driven out of an open room by someone who sends an event that looks encrypted")
    func fakeEncryption() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.push("1", [Recorded.event("$x", type: "m.room.encrypted", ["ciphertext": "x"]), Recorded.text("$a")])
            #expect(await bench.intake.events.map(\.id) == ["$a"])
            #expect(await bench.intake.events.first?.space.privacy == .public)
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == true)
        }
    }

    @Test("has the transaction sent again while the state of a room cannot be asked for, but not for ever")
    func stateUnavailable() async throws {
        try await MatrixBench.with(configure: { $0.backoff = Backoff(attempts: 1) }) { bench in
            await bench.open("!open")
            let failing = TestResponse.text("", status: 500)
            await bench.homeserver.script("m.room.join_rules", failing, failing, failing, failing, failing)
            for _ in 0..<4 { #expect(await bench.push("1", [Recorded.text("$a")]) == 503) }
            #expect(await bench.push("1", [Recorded.text("$a")]) == 200)
            #expect(await bench.intake.events.first?.space.privacy == .private)
        }
    }

    @Test("tries to leave until it has left")
    func leaves() async throws {
        try await MatrixBench.with(configure: { $0.backoff = Backoff(attempts: 1) }) { bench in
            await bench.open("!open") { $0.joinRule = "invite" }
            await bench.homeserver.script("/leave", .text("", status: 500), .text("", status: 500))
            await bench.push("1", [Recorded.text("$a")])
            let departures = Task { await bench.rooms.runDepartures() }
            try await eventually { await bench.homeserver.rooms["!open"]?.botIsIn == false }
            departures.cancel()
            #expect(await bench.homeserver.log.count { $0.hasSuffix("/leave") } == 3)
        }
    }
}
