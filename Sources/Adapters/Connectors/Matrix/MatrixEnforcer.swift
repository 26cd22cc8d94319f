// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import Moderation
import NIOHTTP1
import Pipeline

/// Carries out actions on the homeserver. Each may be repeated: the second time finds it done, or does the same again.
struct MatrixEnforcer: Sendable {
    let client: MatrixClient
    let rooms: MatrixRooms
    let logger: Logger

    var options: MatrixOptions { client.options }

    /// What a room moderator can do, and with an administrator's token what the Admin API can do. Matrix cannot bring a redacted
    /// message back, so `restore` is missing.
    var capabilities: Set<EffectKind> {
        var kinds: Set<EffectKind> = [.remove, .ban, .unban]
        guard options.adminToken != nil else { return kinds }
        kinds.formUnion([.quarantine, .unquarantine, .suspend, .unsuspend, .lock, .unlock, .block, .unblock])
        if options.sendsServerNotices { kinds.insert(.notify) }
        return kinds
    }

    func perform(_ action: Action) async throws(ConnectorError) -> String {
        let kind = action.effect.kind
        guard capabilities.contains(kind) else { throw .permanent("this homeserver cannot \(kind.rawValue)") }
        let target = MatrixTarget(action.target)
        do throws(MatrixError) {
            switch kind {
            case .remove: return try await remove(action, try target.event())
            case .quarantine, .unquarantine: return try await quarantine(kind == .quarantine, try target.media())
            case .suspend, .unsuspend: return try await suspend(kind == .suspend, try target.user(except: options.botUserID))
            case .lock, .unlock: return try await lock(kind == .lock, try target.user(except: options.botUserID))
            case .ban: return try await ban(action, try target.room(), try target.user(except: options.botUserID))
            case .unban: return try await unban(try target.room(), try target.user(except: options.botUserID))
            case .block, .unblock: return try await block(kind == .block, try target.room())
            case .notify: return try await notify(action, try target.user(except: options.botUserID))
            case .preserve, .review, .restore, .label, .unlabel, .strike, .unstrike:
                throw .refused(status: 400, errcode: "UNSUPPORTED")
            }
        } catch {
            throw error.connectorError(kind.rawValue)
        }
    }

    // MARK: Rooms

    private func remove(_ action: Action, _ event: (room: String, id: String)) async throws(MatrixError) -> String {
        if action.attempts > 0, try await isRedacted(event) == true { return "was redacted before" }
        let body: JSONValue = action.effect.clause.map { ["reason": .string("Removed under \($0)")] } ?? [:]
        let path = MatrixPath.client("rooms", event.room, "redact", event.id, action.id.rawValue)
        try await asModerator(of: event.room) { () async throws(MatrixError) in _ = try await client.call(.PUT, path, body: body)
        }
        return "redacted"
    }

    private func ban(_ action: Action, _ room: String, _ user: String) async throws(MatrixError) -> String {
        if try await membership(of: user, in: room) == "ban" { return "was banned before" }
        var members: [String: JSONValue] = ["user_id": .string(user)]
        if let clause = action.effect.clause { members["reason"] = .string("Banned under \(clause)") }
        let body = JSONValue.object(members)
        try await asModerator(of: room) { () async throws(MatrixError) in
            _ = try await client.call(.POST, .client("rooms", room, "ban"), body: body)
        }
        return "banned from the room"
    }

    private func unban(_ room: String, _ user: String) async throws(MatrixError) -> String {
        if let membership = try await membership(of: user, in: room), membership != "ban" { return "is not banned" }
        try await asModerator(of: room) { () async throws(MatrixError) in
            _ = try await client.call(.POST, .client("rooms", room, "unban"), body: ["user_id": .string(user)])
        }
        return "may join the room again"
    }

    /// Does something that needs rank in a room. When it is refused, an administrator gives the bot rank there, and it comes in
    /// if it is not in the room; from a room that is not public it goes again, having read nothing.
    private func asModerator(
        of room: String, _ work: @Sendable () async throws(MatrixError) -> Void
    ) async throws(MatrixError) {
        do throws(MatrixError) {
            return try await work()
        } catch {
            guard error.isForbidden, options.adminToken != nil else { throw error }
        }
        let id = SpaceID(room)
        await rooms.beginVisit(id)
        do throws(MatrixError) {
            let bot: JSONValue = ["user_id": .string(options.botUserID.rawValue)]
            try await client.call(.POST, .admin("rooms", room, "make_room_admin"), body: bot)
            try await client.call(.POST, .client("join", room))
            try await work()
        } catch {
            await rooms.endVisit(id)
            throw error
        }
        await rooms.endVisit(id)
    }

    private func block(_ wanted: Bool, _ room: String) async throws(MatrixError) -> String {
        try await client.call(.PUT, .admin("rooms", room, "block"), body: ["block": .bool(wanted)])
        return wanted ? "blocked: nobody can join" : "unblocked"
    }

    // MARK: Media

    private func quarantine(_ wanted: Bool, _ media: [MatrixMediaAddress]) async throws(MatrixError) -> String {
        for one in media {
            let verb = wanted ? "quarantine" : "unquarantine"
            try await client.call(.POST, .admin("media", verb, one.server, one.id))
        }
        return "\(media.count) \(wanted ? "quarantined" : "released from quarantine")"
    }

    // MARK: Accounts

    private func suspend(_ wanted: Bool, _ user: String) async throws(MatrixError) -> String {
        if wanted { try await refuseAdministrator(user) }
        try await client.call(.PUT, .admin("suspend", user), body: ["suspend": .bool(wanted)])
        return wanted ? "suspended" : "no longer suspended"
    }

    private func lock(_ wanted: Bool, _ user: String) async throws(MatrixError) -> String {
        // Also because the next call would create an account that does not exist.
        try await refuseAdministrator(user, onlyIf: wanted)
        try await client.call(.PUT, .adminV2("users", user), body: ["locked": .bool(wanted)])
        return wanted ? "locked" : "unlocked"
    }

    /// Haechi never shuts out the people who run the server, itself among them.
    private func refuseAdministrator(_ user: String, onlyIf wanted: Bool = true) async throws(MatrixError) {
        let account = try await client.call(.GET, .adminV2("users", user))
        if wanted, account["admin"]?.bool == true { throw .refused(status: 403, errcode: "IS_SERVER_ADMIN") }
    }

    private func notify(_ action: Action, _ user: String) async throws(MatrixError) -> String {
        let text = action.effect.parameters["text"] ?? "A decision was made about something that you posted."
        let clause = action.effect.clause.map { " (\($0))" } ?? ""
        try await client.call(
            .PUT, .admin("send_server_notice", action.id.rawValue),
            body: ["user_id": .string(user), "content": ["msgtype": "m.notice", "body": .string(text + clause)]])
        return "server notice sent"
    }
}

/// The parts of a target, checked for what a call needs.
struct MatrixTarget {
    private let target: Target

    init(_ target: Target) { self.target = target }

    func room() throws(MatrixError) -> String { try named(target.space?.rawValue, "!") }

    func event() throws(MatrixError) -> (room: String, id: String) { (try room(), try named(target.item?.rawValue, "$")) }

    func user(except bot: ActorID) throws(MatrixError) -> String {
        let user = try named(target.actor?.rawValue, "@")
        if user == bot.rawValue { throw .refused(status: 400, errcode: "IS_HAECHI_ITSELF") }
        return user
    }

    func media() throws(MatrixError) -> [MatrixMediaAddress] {
        let addresses = target.media.compactMap { MatrixMediaAddress($0.url ?? $0.id.rawValue) }
        if addresses.isEmpty { throw .refused(status: 400, errcode: "NO_MEDIA") }
        return addresses
    }

    private func named(_ text: String?, _ sigil: Character) throws(MatrixError) -> String {
        guard let text, text.first == sigil, text.count > 1 else { throw .refused(status: 400, errcode: "TARGET_INCOMPLETE") }
        return text
    }
}
