// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTesting
import Moderation
import Pipeline
import Testing

@testable import Connectors

@Suite("Room directory")
struct MatrixRoomDirectoryTests {
    @Test("joins public rooms and reads what was last written there, oldest first")
    func joins() async throws {
        try await MatrixBench.with(configure: { $0.backfill = 150 }) { bench in
            await bench.open("!open") { room in
                room.botIsIn = false
                room.events = (0..<200).map { Recorded.text("$\($0)") }
            }
            try await bench.directory().poll()
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == true)
            #expect(await bench.intake.events.map(\.id.rawValue) == (50..<200).map { "$\($0)" })
            #expect(await bench.intake.calls.first == .space("!open", .public))
        }
    }

    @Test("reads history only back to where access to the room last changed")
    func historyEnds() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open") { room in
                room.botIsIn = false
                room.events = [Recorded.text("$old", "canary"), Recorded.inviteOnly("$rule"), Recorded.text("$new")]
            }
            try await bench.directory().poll()
            #expect(await bench.intake.events.map(\.id) == ["$new"])
        }
    }

    @Test("does not enter rooms that are not public, though they are listed")
    func avoids() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!closed") { ($0.joinRule, $0.botIsIn) = ("invite", false) }
            await bench.open("!sealed") { ($0.isEncrypted, $0.botIsIn) = (true, false) }
            try await bench.directory().poll()
            #expect(await !bench.homeserver.log.contains { $0.contains("/join/") })
            #expect(await bench.intake.calls.isEmpty)
        }
    }

    @Test("without the Admin API, leaves an encrypted room at once and does not come back at every look")
    func leavesEncrypted() async throws {
        try await MatrixBench.with(adminToken: nil) { bench in
            await bench.open("!sealed") { room in
                (room.isEncrypted, room.botIsIn) = (true, false)
                room.events = [Recorded.text("$a", room: "!sealed", "canary")]
            }
            let directory = bench.directory()
            try await directory.poll()
            #expect(await bench.rooms.leavePending())
            try await directory.poll()
            #expect(await bench.homeserver.rooms["!sealed"]?.botIsIn == false)
            #expect(await bench.homeserver.log.count { $0.contains("/join/") } == 1)
            #expect(await bench.intake.events.isEmpty)
        }
    }

    @Test("after a restart, leaves a room that turned private meanwhile, and tells the pipeline first")
    func recheck() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!turned") { ($0.joinRule, $0.isListed) = ("invite", true) }
            try await bench.directory().poll()
            #expect(await bench.intake.calls == [.space("!turned", .private)])
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!turned"]?.botIsIn == false)
        }
    }

    @Test("now and then asks again for the state of all rooms, and leaves one whose change never reached it")
    func reviews() async throws {
        try await MatrixBench.with { bench in
            for room in ["!open", "!turned"] { await bench.open(room) }
            let directory = bench.directory()
            try await directory.poll()
            await bench.homeserver.change { $0.rooms["!turned"]?.joinRule = "invite" }
            for _ in 2..<30 { try await directory.poll() }
            #expect(await bench.homeserver.log.count { $0.contains("!open/state/m.room.join_rules") } == 1)
            try await directory.poll()
            #expect(await bench.homeserver.log.count { $0.contains("!open/state/m.room.join_rules") } == 2)
            #expect(await bench.intake.calls.last == .space("!turned", .private))
            #expect(await bench.intake.calls.count == 3, "what did not change is not told again")
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!turned"]?.botIsIn == false)
            #expect(await bench.homeserver.rooms["!open"]?.botIsIn == true)
        }
    }

    @Test("keeps what it knows of a room while its state cannot be asked for again")
    func reviewFails() async throws {
        try await MatrixBench.with(configure: { $0.backoff = Backoff(attempts: 1) }) { bench in
            await bench.open("!open")
            let directory = bench.directory()
            for _ in 1..<30 { try await directory.poll() }
            await bench.homeserver.script("m.room.join_rules", .text("", status: 500))
            try await directory.poll()
            #expect(await bench.homeserver.log.count { $0.contains("m.room.join_rules") } == 2)
            #expect(await bench.push("1", [Recorded.text("$a")]) == 200)
            #expect(await bench.intake.events.first?.space.privacy == .public)
            #expect(await bench.homeserver.log.count { $0.contains("m.room.join_rules") } == 2)
        }
    }

    @Test("reads history once")
    func once() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open") { $0.events = [Recorded.text("$a")] }
            let directory = bench.directory()
            try await directory.poll()
            try await directory.poll()
            #expect(await bench.intake.events.count == 1)
        }
    }

    @Test("works as a whole until it is cancelled")
    func runs() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open") { $0.botIsIn = false }
            let connector = MatrixConnector(
                bench.options, intake: bench.intake, state: bench.state, logger: bench.logger,
                timing: Timing(
                    now: { bench.timing.now() }, sleep: { _ in try await Task.sleep(for: .milliseconds(2)) }, random: { 0 }))
            let run = Task { try await connector.run() }
            try await eventually { await bench.homeserver.rooms["!open"]?.botIsIn == true }
            let event = Recorded.inviteOnly("$rule")
            let answer = await connector.endpoint.respond(
                to: .init(
                    method: "PUT", path: "/_matrix/app/v1/transactions/1", query: [:],
                    headers: ["authorization": "Bearer hs-token"],
                    body: JSONValue.object(["events": [event]]).serialized))
            #expect(answer.status == 200)
            try await eventually { await bench.homeserver.log.contains("POST /_matrix/client/v3/rooms/!open/leave") }
            run.cancel()
            _ = await run.result
        }
    }
}
