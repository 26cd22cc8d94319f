// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// Turns the homeserver's JSON into events; pure.
struct MatrixEventParser: Sendable {
    let bot: ActorID

    /// Room and id may be missing in history answers of some servers; then the caller knows the room.
    func parse(_ json: JSONValue, room known: SpaceID? = nil, now: Date) throws(MatrixEventProblem) -> MatrixEvent {
        guard json.object != nil else { throw .notAnObject }
        guard let type = json["type"]?.string, type.utf8.count <= 255 else { throw .badType }
        guard let id = Self.identifier(json["event_id"], sigil: "$") else { throw .badID }
        guard let room = Self.identifier(json["room_id"], sigil: "!") ?? known?.rawValue else { throw .badRoom }
        guard let sender = Self.identifier(json["sender"], sigil: "@") else { throw .badSender }
        guard let milliseconds = json["origin_server_ts"]?.integer, milliseconds >= 0 else { throw .badTime }
        let claimed = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        return MatrixEvent(
            id: EventID(id), room: SpaceID(room), sender: ActorID(sender),
            // A time far in the future is a lie, and would make the event look newer than what is decided later.
            at: claimed.timeIntervalSince(now) > 300 ? now : claimed,
            kind: kind(type, json, id: ItemID(id), sender: sender))
    }

    private func kind(_ type: String, _ json: JSONValue, id: ItemID, sender: String) -> MatrixEvent.Kind {
        let content = json["content"] ?? .null
        let stateKey = json["state_key"]?.string
        switch (type, stateKey) {
        case ("m.room.join_rules", ""): return .access(.joinRule(content["join_rule"]?.string ?? "invite"))
        case ("m.room.history_visibility", ""):
            return .access(.historyVisibility(content["history_visibility"]?.string ?? "shared"))
        case ("m.room.encryption", ""): return .access(.encryption)
        case ("m.room.member", bot.rawValue): return .ownMembership(content["membership"]?.string ?? "")
        case ("m.room.encrypted", nil): return .encrypted
        case _ where sender == bot.rawValue: return .irrelevant
        case ("m.room.message", nil): return message(content, id: id)
        case ("m.sticker", nil):
            let item = Item(id: id, text: MatrixText.visible(content), media: MatrixMedia.shown(content))
            return item.media.isEmpty ? .irrelevant : .content(.messagePosted, item)
        case ("m.room.avatar", ""):
            let media = MatrixMedia.shown(content)
            return media.isEmpty ? .irrelevant : .content(.spacePictureChanged, Item(id: id, media: media))
        default: return .irrelevant
        }
    }

    /// What a message shows. An edit that names no message is shown as a message of its own.
    private func message(_ content: JSONValue, id: ItemID) -> MatrixEvent.Kind {
        let relation = content["m.relates_to"]
        let replaced = relation?["rel_type"]?.string == "m.replace" ? Self.identifier(relation?["event_id"], sigil: "$") : nil
        let edited = MatrixText.newVersion(of: content)
        guard content["msgtype"]?.string != nil || edited?["msgtype"]?.string != nil else { return .irrelevant }
        let item = Item(
            id: id, text: MatrixText.visible(content), media: MatrixMedia.shown(content), replaces: replaced.map { ItemID($0) })
        guard item.text != nil || !item.media.isEmpty else { return .irrelevant }
        return .content(replaced == nil ? .messagePosted : .messageEdited, item)
    }

    /// The item of any event, such as one that was reported from a room that Haechi does not read.
    func item(of json: JSONValue, id: ItemID) -> Item {
        let type = json["type"]?.string ?? ""
        if case .content(_, let item) = kind(type, json, id: id, sender: "") { return item }
        return Item(id: id)
    }

    /// The room of an event, even one that cannot be read otherwise.
    static func room(of json: JSONValue) -> SpaceID? { identifier(json["room_id"], sigil: "!").map { SpaceID($0) } }

    private static func identifier(_ value: JSONValue?, sigil: Character) -> String? {
        guard let text = value?.string, text.first == sigil, (2...255).contains(text.utf8.count) else { return nil }
        // Control characters have no place in an id, and some stores refuse them.
        return text.unicodeScalars.contains { $0.value < 0x20 } ? nil : text
    }
}
