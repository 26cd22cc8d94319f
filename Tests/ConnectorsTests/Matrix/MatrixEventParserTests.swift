// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Connectors

@Suite("Matrix events")
struct MatrixEventParserTests {
    private let parser = MatrixEventParser(bot: "@haechi:test.local")
    private let now = Date(timeIntervalSince1970: 1_795_354_100)

    private func content(_ json: JSONValue) throws -> (EventKind, Item)? {
        guard case .content(let kind, let item) = try parser.parse(json, now: now).kind else { return nil }
        return (kind, item)
    }

    @Test("reads a text with its sender, room and time")
    func text() throws {
        let event = try parser.parse(Recorded.text("$a", "hello"), now: now)
        #expect(event.room == "!open" && event.sender == "@mallory:test.local" && event.id == "$a")
        #expect(event.at == Date(timeIntervalSince1970: 1_795_354_018.432))
        #expect(event.kind == .content(.messagePosted, Item(id: "$a", text: "hello")))
    }

    @Test("reads a picture, and the preview that people see first", arguments: ["m.image", "m.video", "m.file"])
    func picture(type: String) throws {
        let (kind, item) = try #require(
            try content(
                Recorded.event(
                    "$a",
                    [
                        "msgtype": .string(type), "body": "caption", "url": "mxc://test.local/full",
                        "info": [
                            "mimetype": "image/png", "thumbnail_url": "mxc://test.local/small",
                            "thumbnail_info": ["mimetype": "image/jpeg"],
                        ],
                    ])))
        #expect(kind == .messagePosted && item.text == "caption")
        #expect(
            item.media == [
                Media(id: "mxc://test.local/full", type: "image/png", url: "mxc://test.local/full"),
                Media(id: "mxc://test.local/small", type: "image/jpeg", url: "mxc://test.local/small"),
            ])
    }

    @Test(
        "sees what clients show: the formatted text, where it says something else",
        arguments: [
            ("plain", "<b>plain</b>", "plain"),
            ("plain", "<i>other</i> &amp; &#50;&#x33;", "plain\nother & 23"),
            ("a < b", "a &lt; b", "a < b"),
            ("plain", "open <tag", "plain\nopen <tag"),
            ("plain", "&unknown; &#xD800; &", "plain\n&unknown; &#xD800; &"),
        ])
    func formatted(body: String, formatted: String, expected: String) throws {
        let event = Recorded.event(
            "$a", ["msgtype": "m.text", "body": .string(body), "formatted_body": .string(formatted)])
        #expect(try content(event)?.1.text == expected)
    }

    @Test("never takes an encrypted attachment")
    func encryptedFile() throws {
        let (_, item) = try #require(
            try content(
                Recorded.event(
                    "$a", ["msgtype": "m.image", "body": "x", "file": ["url": "mxc://test.local/secret", "key": ["k": "x"]]])))
        #expect(item.media.isEmpty)
    }

    @Test("reads an edit as its new version")
    func edit() throws {
        let (kind, item) = try #require(
            try content(
                Recorded.event(
                    "$b",
                    [
                        "msgtype": "m.text", "body": "* new", "m.new_content": ["msgtype": "m.text", "body": "new"],
                        "m.relates_to": ["rel_type": "m.replace", "event_id": "$a"],
                    ])))
        #expect(kind == .messageEdited && item == Item(id: "$b", text: "new", replaces: "$a"))
    }

    @Test("reads stickers and room pictures")
    func others() throws {
        let sticker = try content(Recorded.event("$s", type: "m.sticker", ["body": "cat", "url": "mxc://test.local/cat"]))
        #expect(sticker?.1.media.first?.id == "mxc://test.local/cat")
        let avatar = try content(Recorded.state("$v", "m.room.avatar", ["url": "mxc://test.local/room"]))
        #expect(avatar?.0 == .spacePictureChanged && avatar?.1.media.count == 1)
    }

    @Test("follows what decides who can read a room")
    func access() throws {
        func kind(_ type: String, _ content: JSONValue) throws -> MatrixEvent.Kind {
            try parser.parse(Recorded.state("$s", type, content), now: now).kind
        }
        #expect(try kind("m.room.join_rules", ["join_rule": "public"]) == .access(.joinRule("public")))
        #expect(try kind("m.room.join_rules", [:]) == .access(.joinRule("invite")))
        #expect(try kind("m.room.encryption", [:]) == .access(.encryption))
        #expect(try kind("m.room.history_visibility", ["history_visibility": "joined"]) == .access(.historyVisibility("joined")))
        let member = Recorded.event("$m", type: "m.room.member", stateKey: "@haechi:test.local", ["membership": "join"])
        #expect(try parser.parse(member, now: now).kind == .ownMembership("join"))
    }

    @Test("has no use for redactions, reactions, its own messages, state in the guise of a message, or empty ones")
    func irrelevant() throws {
        let events: [JSONValue] = [
            Recorded.event("$a", type: "m.room.redaction", ["redacts": "$b"]), Recorded.event("$a", type: "m.reaction", [:]),
            Recorded.event("$a", sender: "@haechi:test.local", ["msgtype": "m.text", "body": "x"]), Recorded.event("$a", [:]),
            Recorded.event("$a", type: "m.room.message", stateKey: "", ["msgtype": "m.text", "body": "x"]),
            Recorded.event("$a", ["msgtype": 5, "body": ["a"]]), Recorded.event("$a", "text"),
        ]
        for event in events { #expect(try parser.parse(event, now: now).kind == .irrelevant) }
    }

    @Test("does not believe a time in the far future")
    func future() throws {
        var event = try #require(Recorded.text("$a").object)
        event["origin_server_ts"] = 4_102_444_800_000
        #expect(try parser.parse(.object(event), now: now).at == now)
    }

    @Test(
        "says in one word what is wrong with a malformed event",
        arguments: [
            ("type", JSONValue.integer(1), "bad-type"), ("event_id", "no-sigil", "bad-event-id"),
            ("event_id", .null, "bad-event-id"),
            ("event_id", .string("$" + String(repeating: "x", count: 300)), "bad-event-id"),
            ("event_id", "$a\u{0}b", "bad-event-id"),
            ("room_id", ["!x"], "bad-room-id"), ("sender", "mallory", "bad-sender"), ("origin_server_ts", "now", "bad-time"),
            ("origin_server_ts", -1, "bad-time"), ("origin_server_ts", .number(1e300), "bad-time"),
        ] as [(String, JSONValue, String)])
    func malformed(field: String, value: JSONValue, reason: String) throws {
        var event = try #require(Recorded.text("$a").object)
        event[field] = value
        let problem = try #require(MatrixEventProblem(rawValue: reason))
        #expect(throws: problem) { try parser.parse(.object(event), now: now) }
        #expect(throws: MatrixEventProblem.notAnObject) { try parser.parse("text", now: now) }
    }

    @Test(
        "calls a room public only if everyone may join, nothing is encrypted and newcomers may read",
        arguments: [
            ("public", "shared", false, PrivacyClass.public), ("public", "world_readable", false, .public),
            ("public", "joined", false, .private), ("public", "invited", false, .private), ("public", "odd", false, .private),
            ("invite", "shared", false, .private), ("knock", "world_readable", false, .private),
            ("restricted", "shared", false, .private),
            ("", "shared", false, .private), ("public", "shared", true, .encrypted), ("invite", "joined", true, .encrypted),
        ] as [(String, String, Bool, PrivacyClass)])
    func classes(joinRule: String, history: String, isEncrypted: Bool, expected: PrivacyClass) {
        #expect(MatrixRoomView(joinRule: joinRule, historyVisibility: history, isEncrypted: isEncrypted).privacy == expected)
    }
}
