// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import NIOHTTP1
import Pipeline

/// Reads back from the homeserver whether an action is in effect.
extension MatrixEnforcer {
    func verify(_ action: Action) async throws(ConnectorError) -> Verification {
        let kind = action.effect.kind
        let target = MatrixTarget(action.target)
        do throws(MatrixError) {
            switch kind {
            case .remove: return .init(try await isRedacted(try target.event()), wanted: true)
            case .quarantine, .unquarantine: return try await areQuarantined(try target.media(), wanted: kind == .quarantine)
            case .suspend, .unsuspend:
                return try await account(try target.user(except: ""), "suspended", wanted: kind == .suspend)
            case .lock, .unlock: return try await account(try target.user(except: ""), "locked", wanted: kind == .lock)
            case .ban, .unban:
                let membership = try await membership(of: try target.user(except: ""), in: try target.room())
                return .init(membership.map { $0 == "ban" }, wanted: kind == .ban)
            case .block, .unblock:
                let answer = try await client.call(.GET, .admin("rooms", try target.room(), "block"))
                return .init(answer["block"]?.bool, wanted: kind == .block)
            case .notify, .preserve, .review, .restore, .label, .unlabel, .strike, .unstrike: return .cannotTell
            }
        } catch {
            throw error.connectorError("verify \(kind.rawValue)")
        }
    }

    /// Nil when nobody of ours may look.
    func isRedacted(_ event: (room: String, id: String)) async throws(MatrixError) -> Bool? {
        do throws(MatrixError) {
            return Self.isRedacted(try await client.call(.GET, .client("rooms", event.room, "event", event.id)))
        } catch {
            guard error.isForbidden || error.isNotFound, options.adminToken != nil else {
                if error.isForbidden || error.isNotFound { return nil }
                throw error
            }
        }
        // The bot is not in the room, since it is not public. Only whether the event is redacted is looked at.
        do throws(MatrixError) {
            return Self.isRedacted(try await client.call(.GET, .admin("fetch_event", event.id))["event"] ?? .null)
        } catch {
            // What the homeserver does not have any more is gone.
            if error.isNotFound { return true }
            throw error
        }
    }

    private static func isRedacted(_ event: JSONValue) -> Bool {
        let unsigned = event["unsigned"]
        let mark = unsigned?["redacted_because"] ?? unsigned?["redacted_by"] ?? event["redacted_because"]
        return mark != nil || event["content"]?.object?.isEmpty == true
    }

    private func areQuarantined(_ media: [MatrixMediaAddress], wanted: Bool) async throws(MatrixError) -> Verification {
        for one in media {
            do throws(MatrixError) {
                let answer = try await client.call(.GET, .admin("media", one.server, one.id))
                let isQuarantined = !(answer["media_info"]?["quarantined_by"] ?? .null).isNull
                if isQuarantined != wanted { return .notInEffect }
            } catch {
                guard error.isNotFound else { throw error }
                // Deleted media is out of reach; what the homeserver never fetched cannot be looked at.
                if !wanted { return .cannotTell }
            }
        }
        return .inEffect
    }

    private func account(_ user: String, _ field: String, wanted: Bool) async throws(MatrixError) -> Verification {
        let account = try await client.call(.GET, .adminV2("users", user))
        return .init(account[field]?.bool, wanted: wanted)
    }

    /// Nil when nobody of ours may look.
    func membership(of user: String, in room: String) async throws(MatrixError) -> String? {
        do throws(MatrixError) {
            let member = try await client.call(.GET, .client("rooms", room, "state", "m.room.member", user))
            return member["membership"]?.string
        } catch {
            // In a room that we may look into, someone who was never there has no membership.
            if error.isNotFound { return "leave" }
            guard error.isForbidden else { throw error }
        }
        guard options.adminToken != nil else { return nil }
        let state = try await client.call(.GET, .admin("rooms", room, "state"))
        let member = (state["state"]?.array ?? []).first {
            $0["type"]?.string == "m.room.member" && $0["state_key"]?.string == user
        }
        return member?["content"]?["membership"]?.string ?? "leave"
    }
}

extension Verification {
    init(_ seen: Bool?, wanted: Bool) {
        guard let seen else {
            self = .cannotTell
            return
        }
        self = seen == wanted ? .inEffect : .notInEffect
    }
}
