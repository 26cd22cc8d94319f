// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting

@testable import Connectors

/// A homeserver with as much of Matrix as the connector uses; it answers in the shapes recorded from a real one.
actor FakeHomeserver {
    struct Room {
        var joinRule = "public"
        var history: String? = "shared"
        var isEncrypted = false
        var isListed = true
        var botIsIn = false
        var botHasRank = true
        /// Oldest first.
        var events: [JSONValue] = []
        var banned: Set<String> = []
        var isBlocked = false
    }

    struct Account {
        var isSuspended = false
        var isLocked = false
        var isAdmin = false
    }

    static let bot = "@haechi:test.local"
    var rooms: [String: Room] = [:]
    var accounts: [String: Account] = [:]
    var media: [String: [UInt8]] = [:]
    var quarantined: Set<String> = []
    var redacted: Set<String> = []
    var redactions: [String] = []
    /// Newest last.
    var reports: [JSONValue] = []
    private(set) var log: [String] = []
    private(set) var tokens: Set<String> = []
    private var scripted: [String: [TestResponse]] = [:]

    func change(_ change: @Sendable (isolated FakeHomeserver) -> Void) { change(self) }
    /// The next answers to calls whose path contains this.
    func script(_ path: String, _ responses: TestResponse...) { scripted[path, default: []] += responses }

    func respond(_ request: TestRequest) -> TestResponse {
        let path = request.path.removingPercentEncoding ?? request.path
        log.append("\(request.method) \(path)")
        if let key = scripted.keys.first(where: { path.contains($0) }), let first = scripted[key]?.first {
            scripted[key]?.removeFirst()
            if scripted[key]?.isEmpty == true { scripted[key] = nil }
            return first
        }
        guard let token = request.headers["authorization"] else { return Self.refuse(401, "M_MISSING_TOKEN") }
        tokens.insert(token)
        if path.hasPrefix("/_synapse/admin/"), token != "Bearer admin-token" { return Self.refuse(403, "M_FORBIDDEN") }
        let body = (try? JSONReader.read(request.body)) ?? .null
        let parts = request.path.split(separator: "/").map { String($0).removingPercentEncoding ?? "" }
        if path.hasPrefix("/_synapse/admin/v1/") { return admin(request.method, Array(parts.dropFirst(3)), body) }
        if path.hasPrefix("/_synapse/admin/v2/users/") { return account(request.method, parts[4], body) }
        if path.hasPrefix("/_matrix/client/v1/media/download/") { return download(parts[5] + "/" + parts[6], request.query) }
        if path.hasPrefix("/_matrix/client/v3/") { return client(request.method, Array(parts.dropFirst(3)), body, request) }
        return Self.refuse(404, "M_UNRECOGNIZED")
    }

    // MARK: Client API

    private func client(_ method: String, _ parts: [String], _ body: JSONValue, _ request: TestRequest) -> TestResponse {
        switch (method, parts.first, parts.count) {
        case ("POST", "register", 1): return Self.refuse(400, "M_USER_IN_USE")
        case ("GET", "joined_rooms", 1):
            return Self.json(["joined_rooms": .array(rooms.filter { $0.value.botIsIn }.keys.sorted().map { .string($0) })])
        case ("GET", "publicRooms", 1):
            return Self.json(["chunk": .array(rooms.filter { $0.value.isListed }.keys.sorted().map { ["room_id": .string($0)] })])
        case ("POST", "join", 2): return join(parts[1])
        case (_, "rooms", 3...):
            guard let room = rooms[parts[1]] else { return Self.refuse(403, "M_FORBIDDEN") }
            return inRoom(method, parts[1], room, Array(parts.dropFirst(2)), body, request)
        default: return Self.refuse(404, "M_UNRECOGNIZED")
        }
    }

    private func join(_ id: String) -> TestResponse {
        guard rooms[id]?.joinRule == "public" || rooms[id]?.botHasRank == true else { return Self.refuse(403, "M_FORBIDDEN") }
        rooms[id]?.botIsIn = true
        return Self.json(["room_id": .string(id)])
    }

    private func inRoom(
        _ method: String, _ id: String, _ room: Room, _ parts: [String], _ body: JSONValue, _ request: TestRequest
    ) -> TestResponse {
        guard room.botIsIn else { return Self.refuse(403, "M_FORBIDDEN") }
        switch (method, parts[0]) {
        case ("POST", "leave"):
            rooms[id]?.botIsIn = false
            return Self.json([:])
        case ("GET", "state"): return state(room, parts)
        case ("GET", "messages"):
            let limit =
                request.query.split(separator: "&").first { $0.hasPrefix("limit=") }.flatMap { Int($0.dropFirst(6)) } ?? 10
            let start = request.query.split(separator: "&").first { $0.hasPrefix("from=") }.flatMap { Int($0.dropFirst(5)) } ?? 0
            let chunk = Array(room.events.reversed().dropFirst(start).prefix(limit))
            var answer: [String: JSONValue] = ["chunk": .array(chunk), "start": .string(String(start))]
            if start + chunk.count < room.events.count { answer["end"] = .string(String(start + chunk.count)) }
            return Self.json(.object(answer))
        case ("PUT", "redact"):
            guard room.botHasRank else { return Self.refuse(403, "M_FORBIDDEN") }
            redacted.insert(parts[1])
            redactions.append(parts[2])
            return Self.json(["event_id": "$redaction"])
        case ("GET", "event"): return event(parts[1])
        case ("POST", "ban"), ("POST", "unban"):
            guard room.botHasRank else { return Self.refuse(403, "M_FORBIDDEN") }
            let user = body["user_id"]?.string ?? ""
            if parts[0] == "ban" { rooms[id]?.banned.insert(user) } else { rooms[id]?.banned.remove(user) }
            return Self.json([:])
        default: return Self.refuse(404, "M_UNRECOGNIZED")
        }
    }

    private func event(_ id: String) -> TestResponse {
        if !redacted.contains(id) { return Self.json(["event_id": .string(id), "content": ["msgtype": "m.text", "body": "x"]]) }
        return Self.json([
            "event_id": .string(id), "content": [:], "unsigned": ["redacted_because": ["type": "m.room.redaction"]],
        ])
    }

    private func state(_ room: Room, _ parts: [String]) -> TestResponse {
        switch parts[1] {
        case "m.room.join_rules": return Self.json(["join_rule": .string(room.joinRule)])
        case "m.room.history_visibility":
            return room.history.map { Self.json(["history_visibility": .string($0)]) } ?? Self.refuse(404, "M_NOT_FOUND")
        case "m.room.encryption" where room.isEncrypted: return Self.json(["algorithm": "m.megolm.v1.aes-sha2"])
        case "m.room.member" where parts.count == 3:
            return room.banned.contains(parts[2]) ? Self.json(["membership": "ban"]) : Self.json(["membership": "join"])
        default: return Self.refuse(404, "M_NOT_FOUND")
        }
    }

    // MARK: Admin API and media

    private func admin(_ method: String, _ parts: [String], _ body: JSONValue) -> TestResponse {
        switch (method, parts[0], parts.count) {
        case ("GET", "rooms", 1):
            return Self.json(["rooms": .array(rooms.filter { $0.value.isListed }.keys.sorted().map { details($0) })])
        case ("GET", "rooms", 2): return rooms[parts[1]] == nil ? Self.refuse(404, "M_NOT_FOUND") : Self.json(details(parts[1]))
        case ("PUT", "rooms", 3), ("GET", "rooms", 3):
            if method == "PUT" { rooms[parts[1]]?.isBlocked = body["block"]?.bool ?? false }
            return Self.json(["block": .bool(rooms[parts[1]]?.isBlocked ?? false)])
        case ("POST", "rooms", 3):
            rooms[parts[1]]?.botHasRank = true
            return Self.json([:])
        case ("POST", "media", 4):
            if parts[1] == "quarantine" {
                quarantined.insert(parts[2] + "/" + parts[3])
            } else {
                quarantined.remove(parts[2] + "/" + parts[3])
            }
            return Self.json([:])
        case ("GET", "media", 3):
            let isQuarantined = quarantined.contains(parts[1] + "/" + parts[2])
            return Self.json(["media_info": ["quarantined_by": isQuarantined ? "@admin:test.local" : .null]])
        case ("PUT", "suspend", 2):
            accounts[parts[1]]?.isSuspended = body["suspend"]?.bool ?? false
            return Self.json([:])
        case ("GET", "event_reports", 1): return Self.json(["event_reports": .array(reports.reversed()), "total": 1])
        case ("GET", "event_reports", 2):
            return reports.first { $0["id"]?.integer == Int64(parts[1]) }.map { Self.json($0) } ?? Self.refuse(404, "M_NOT_FOUND")
        case ("GET", "fetch_event", 2): return Self.json(["event": ["content": [:], "redacted_because": [:]]])
        default: return Self.refuse(404, "M_UNRECOGNIZED")
        }
    }

    private func details(_ id: String) -> JSONValue {
        guard let room = rooms[id] else { return .null }
        return [
            "room_id": .string(id), "public": .bool(room.isListed), "join_rules": .string(room.joinRule),
            "encryption": room.isEncrypted ? "m.megolm.v1.aes-sha2" : .null,
            "history_visibility": room.history.map { JSONValue.string($0) } ?? .null,
        ]
    }

    private func account(_ method: String, _ user: String, _ body: JSONValue) -> TestResponse {
        guard var account = accounts[user] else { return Self.refuse(404, "M_NOT_FOUND") }
        if method == "PUT" {
            account.isLocked = body["locked"]?.bool ?? account.isLocked
            accounts[user] = account
        }
        return Self.json([
            "name": .string(user), "admin": .bool(account.isAdmin), "suspended": .bool(account.isSuspended),
            "locked": .bool(account.isLocked),
        ])
    }

    private func download(_ id: String, _ query: String) -> TestResponse {
        guard let bytes = media[id], !quarantined.contains(id) || query.contains("bypass") else {
            return Self.refuse(404, "M_NOT_FOUND")
        }
        return TestResponse(headers: ["Content-Type": "image/png"], body: bytes, manner: .streamed)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> TestResponse {
        TestResponse(status: status, headers: ["Content-Type": "application/json"], body: value.serialized)
    }

    static func refuse(_ status: Int, _ errcode: String) -> TestResponse {
        json(["errcode": .string(errcode), "error": "text of the server"], status: status)
    }
}
