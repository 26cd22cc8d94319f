// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Logging
import Moderation
import Pipeline

@testable import Connectors

/// A connector beside a fake homeserver, with everything that the tests look at.
struct MatrixBench: Sendable {
    let homeserver: FakeHomeserver
    let intake: RecordingIntake
    let state: MemoryState
    let waits: Waits
    let options: MatrixOptions
    let connector: MatrixConnector
    let client: MatrixClient
    let rooms: MatrixRooms
    let inbox: MatrixInbox
    let service: MatrixApplicationService
    let logger: Logger
    let timing: Timing

    static func with(
        adminToken: String? = "admin-token", configure: (inout MatrixOptions) -> Void = { _ in },
        _ body: (MatrixBench) async throws -> Void
    ) async throws {
        let homeserver = FakeHomeserver()
        try await TestServer.with({ await homeserver.respond($0) }) { server in
            var options = MatrixOptions(
                homeserverURL: server.url, serverName: "test.local", asToken: "as-token", hsToken: "hs-token",
                adminToken: adminToken,
                botUserID: ActorID(FakeHomeserver.bot))
            configure(&options)
            try await body(MatrixBench(homeserver, options))
        }
    }

    private init(_ homeserver: FakeHomeserver, _ options: MatrixOptions) {
        self.homeserver = homeserver
        self.options = options
        intake = RecordingIntake()
        state = MemoryState()
        waits = Waits()
        logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        timing = .still(waits)
        connector = MatrixConnector(options, intake: intake, state: state, logger: logger, timing: timing)
        client = MatrixClient(options: options, timing: timing, logger: logger)
        rooms = MatrixRooms(client: client, intake: intake, timing: timing, logger: logger)
        inbox = MatrixInbox(options: options, rooms: rooms, intake: intake, state: state, timing: timing, logger: logger)
        service = MatrixApplicationService(options: options, inbox: inbox, state: state, logger: logger)
    }

    /// The homeserver pushes these events; returns the status of the answer.
    @discardableResult
    func push(_ id: String, _ events: [JSONValue], token: String? = "hs-token") async -> Int {
        await send(
            "PUT", "/_matrix/app/v1/transactions/\(id)", JSONValue.object(["events": .array(events)]).serialized, token: token
        ).status
    }

    func send(_ method: String, _ path: String, _ body: [UInt8] = [], token: String? = "hs-token") async -> InboundResponse {
        let headers = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
        return await service.respond(to: InboundRequest(method: method, path: path, query: [:], headers: headers, body: body))
    }

    func directory() -> MatrixRoomDirectory {
        MatrixRoomDirectory(client: client, rooms: rooms, inbox: inbox, state: state, timing: timing, logger: logger)
    }

    func reports() -> MatrixReports {
        MatrixReports(client: client, intake: intake, state: state, timing: timing, logger: logger)
    }

    func enforcer() -> MatrixEnforcer { MatrixEnforcer(client: client, rooms: rooms, logger: logger) }

    func open(_ room: String, _ change: @Sendable @escaping (inout FakeHomeserver.Room) -> Void = { _ in }) async {
        await homeserver.change { server in
            var made = FakeHomeserver.Room(botIsIn: true)
            change(&made)
            server.rooms[room] = made
        }
    }
}

/// Events in the shape that the homeserver pushes them.
enum Recorded {
    static func event(
        _ id: String, room: String = "!open", type: String = "m.room.message", sender: String = "@mallory:test.local",
        stateKey: String? = nil, _ content: JSONValue
    ) -> JSONValue {
        var event: [String: JSONValue] = [
            "type": .string(type), "event_id": .string(id), "room_id": .string(room), "sender": .string(sender),
            "origin_server_ts": 1_795_354_018_432, "content": content, "unsigned": ["age": 54], "age": 54,
            "user_id": .string(sender),
        ]
        if let stateKey { event["state_key"] = .string(stateKey) }
        return .object(event)
    }

    static func text(_ id: String, room: String = "!open", _ text: String = "hello") -> JSONValue {
        event(id, room: room, ["msgtype": "m.text", "body": .string(text)])
    }

    static func picture(_ id: String, room: String = "!open", url: String = "mxc://test.local/AbC") -> JSONValue {
        event(
            id, room: room, ["msgtype": "m.image", "body": "picture.png", "url": .string(url), "info": ["mimetype": "image/png"]])
    }

    static func state(_ id: String, room: String = "!open", _ type: String, _ content: JSONValue) -> JSONValue {
        event(id, room: room, type: type, stateKey: "", content)
    }

    static func inviteOnly(_ id: String, room: String = "!open") -> JSONValue {
        state(id, room: room, "m.room.join_rules", ["join_rule": "invite"])
    }
}
