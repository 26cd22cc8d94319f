// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import NIOHTTP1

/// What decides a room's privacy class.
struct MatrixRoomView: Hashable, Sendable {
    var joinRule: String
    var historyVisibility: String
    var isEncrypted: Bool

    /// Public means: anyone may join, nothing is encrypted, and whoever joins may read what was written before.
    /// Whether a room is listed in the directory says nothing: a listed room stays listed when it turns private.
    var privacy: PrivacyClass {
        if isEncrypted { return .encrypted }
        let isReadable = historyVisibility == "shared" || historyVisibility == "world_readable"
        return joinRule == "public" && isReadable ? .public : .private
    }

    mutating func apply(_ change: MatrixAccessChange) {
        switch change {
        case .joinRule(let rule): joinRule = rule
        case .historyVisibility(let visibility): historyVisibility = visibility
        // There is no way back.
        case .encryption: isEncrypted = true
        }
    }
}

extension MatrixRoomView {
    /// From the Admin API's description of a room; what is missing counts as not public.
    init(adminDetails details: JSONValue) {
        self.init(
            joinRule: details["join_rules"]?.string ?? "invite",
            historyVisibility: details["history_visibility"]?.string ?? "joined",
            isEncrypted: !(details["encryption"] ?? .null).isNull)
    }
}

extension MatrixClient {
    /// The room's view now; nil when we may not see it.
    func view(of room: SpaceID) async throws(MatrixError) -> MatrixRoomView? {
        do throws(MatrixError) {
            let joinRules = try await state("m.room.join_rules", of: room)
            let visibility = try await state("m.room.history_visibility", of: room)
            let encryption = try await state("m.room.encryption", of: room)
            return MatrixRoomView(
                joinRule: joinRules?["join_rule"]?.string ?? "invite",
                // The specification's default for a room without this state.
                historyVisibility: visibility.map { $0["history_visibility"]?.string ?? "joined" } ?? "shared",
                isEncrypted: encryption != nil)
        } catch {
            if error.isTransient { throw error }
            return nil
        }
    }

    private func state(_ type: String, of room: SpaceID) async throws(MatrixError) -> JSONValue? {
        do throws(MatrixError) {
            return try await call(.GET, .client("rooms", room.rawValue, "state", type, ""))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }
}
