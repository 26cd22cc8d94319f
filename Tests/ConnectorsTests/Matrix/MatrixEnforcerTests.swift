// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Moderation
import Pipeline
import Testing

@testable import Connectors

@Suite("Enforcement on Matrix")
struct MatrixEnforcerTests {
    private func action(
        _ kind: EffectKind, id: ActionID = "act-1", room: SpaceID = "!open", actor: ActorID = "@mallory:test.local",
        attempts: Int = 0,
        media: [Media] = [Media(id: "mxc://test.local/a"), Media(id: "mxc://test.local/b")]
    ) -> Action {
        let at = Date(timeIntervalSince1970: 1_795_354_000)
        return Action(
            id: id, decision: "dec-1", effect: Effect(kind, clause: "c.1"),
            target: Target(platform: "matrix", space: room, item: "$item", actor: actor, media: media), state: .pending,
            attempts: attempts, createdAt: at, dueAt: at, eventAt: at)
    }

    @Test(
        "does it, sees that it is in effect, takes it back and sees that too",
        arguments: [
            (EffectKind.quarantine, EffectKind.unquarantine), (.suspend, .unsuspend), (.lock, .unlock), (.ban, .unban),
            (.block, .unblock),
        ] as [(EffectKind, EffectKind)])
    func roundTrip(effect: EffectKind, inverse: EffectKind) async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.homeserver.change { $0.accounts["@mallory:test.local"] = .init() }
            let connector = bench.connector
            #expect(try await connector.verify(action(effect)) == .notInEffect)
            _ = try await connector.perform(action(effect))
            _ = try await connector.perform(action(effect))
            #expect(try await connector.verify(action(effect)) == .inEffect)
            #expect(try await connector.verify(action(inverse)) == .notInEffect)
            _ = try await connector.perform(action(inverse))
            _ = try await connector.perform(action(inverse))
            #expect(try await connector.verify(action(inverse)) == .inEffect)
            #expect(try await connector.verify(action(effect)) == .notInEffect)
        }
    }

    @Test("redacts under the action's id, and does not again what was done before")
    func removes() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            #expect(try await bench.connector.verify(action(.remove)) == .notInEffect)
            _ = try await bench.connector.perform(action(.remove))
            #expect(try await bench.connector.verify(action(.remove)) == .inEffect)
            _ = try await bench.connector.perform(action(.remove, attempts: 1))
            #expect(await bench.homeserver.redactions == ["act-1"])
        }
    }

    @Test("gets itself rank where it has none")
    func takesRank() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open") { $0.botHasRank = false }
            _ = try await bench.connector.perform(action(.remove))
            #expect(await bench.homeserver.redacted == ["$item"])
            #expect(await bench.homeserver.log.contains("POST /_synapse/admin/v1/rooms/!open/make_room_admin"))
        }
        try await MatrixBench.with(adminToken: nil) { bench in
            await bench.open("!open") { $0.botHasRank = false }
            await #expect(throws: ConnectorError.permanent("remove: refused with 403 M_FORBIDDEN")) {
                try await bench.connector.perform(action(.remove))
            }
        }
    }

    @Test("enters a private room for one removal only, reads nothing there, and goes")
    func visits() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!closed") { ($0.joinRule, $0.botIsIn, $0.botHasRank) = ("invite", false, false) }
            _ = try await bench.enforcer().perform(action(.remove, room: "!closed"))
            #expect(await bench.homeserver.redacted == ["$item"])
            #expect(await bench.rooms.leavePending())
            #expect(await bench.homeserver.rooms["!closed"]?.botIsIn == false)
            #expect(await !bench.homeserver.log.contains { $0.contains("/messages") || $0.contains("/sync") })
            #expect(try await bench.enforcer().verify(action(.remove, room: "!closed")) == .inEffect)
        }
    }

    @Test("says plainly what cannot be done")
    func impossible() async throws {
        try await MatrixBench.with { bench in
            await bench.open("!open")
            await bench.homeserver.change { $0.accounts["@boss:test.local"] = .init(isAdmin: true) }
            let cases: [(Action, String)] = [
                (action(.restore), "this homeserver cannot restore"), (action(.notify), "this homeserver cannot notify"),
                (action(.suspend, actor: "@boss:test.local"), "suspend: refused with 403 IS_SERVER_ADMIN"),
                (action(.lock, actor: "@boss:test.local"), "lock: refused with 403 IS_SERVER_ADMIN"),
                (action(.lock, actor: "@nobody:test.local"), "lock: refused with 404 M_NOT_FOUND"),
                (action(.ban, actor: "@haechi:test.local"), "ban: refused with 400 IS_HAECHI_ITSELF"),
                (action(.quarantine, media: []), "quarantine: refused with 400 NO_MEDIA"),
                (action(.remove, room: "nonsense"), "remove: refused with 400 TARGET_INCOMPLETE"),
            ]
            for (action, note) in cases {
                await #expect(throws: ConnectorError.permanent(note)) { try await bench.connector.perform(action) }
            }
            #expect(await !bench.homeserver.log.contains { $0.hasPrefix("PUT /_synapse/admin/v2/users") })
        }
    }

    @Test("asks for another try when the homeserver fails or the token is wrong")
    func transient() async throws {
        try await MatrixBench.with(configure: { $0.backoff = Backoff(attempts: 1) }) { bench in
            await bench.open("!open")
            await bench.homeserver.script("/redact/", .text("", status: 503))
            await #expect(throws: ConnectorError.transient("remove: homeserver unavailable: status 503", retryAfter: nil)) {
                try await bench.connector.perform(action(.remove))
            }
            await bench.homeserver.script("/redact/", FakeHomeserver.refuse(401, "M_UNKNOWN_TOKEN"))
            await #expect(throws: ConnectorError.transient("remove: refused with 401 M_UNKNOWN_TOKEN", retryAfter: 60)) {
                try await bench.connector.perform(action(.remove))
            }
            await bench.homeserver.script("/redact/", TestResponse(status: 429, headers: ["Retry-After": "30"]))
            await #expect(throws: ConnectorError.transient("remove: rate limited for 30.0 s", retryAfter: 30)) {
                try await bench.connector.perform(action(.remove))
            }
        }
    }
}
