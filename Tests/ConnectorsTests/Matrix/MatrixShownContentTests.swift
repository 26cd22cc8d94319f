// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Connectors

@Suite("What Matrix clients show")
struct MatrixShownContentTests {
    private func item(_ content: JSONValue, type: String = "m.room.message") throws -> Item {
        let parser = MatrixEventParser(bot: "@haechi:test.local")
        let event = try parser.parse(Recorded.event("$b", type: type, content), now: Date(timeIntervalSince1970: 1_795_354_100))
        guard case .content(_, let item) = event.kind else { return Item(id: "") }
        return item
    }

    private func edit(of event: JSONValue = "$a", _ outer: [String: JSONValue], _ new: JSONValue) throws -> Item {
        let relation: JSONValue = ["rel_type": "m.replace", "event_id": event]
        return try item(.object(outer.merging(["m.new_content": new, "m.relates_to": relation]) { $1 }))
    }

    private func addresses(_ item: Item) -> [String] { item.media.map { $0.url ?? "" } }

    @Test(
        "finds pictures within formatted text, however they are written",
        arguments: [
            "<img src=\"mxc://h.example/A-b_1\">", "<IMG alt='>' SRC='mxc://h.example/A-b_1'/>",
            "<img src=mxc://h.example/A-b_1 >",
            "<span data-mx-x=\"mxc://h.example/A-b_1?width=9#x\">x</span>", "<img\nsrc = \" mxc://h.example/A-b_1\"",
            "<img src=\"mx&#99;:&#x2F;&sol;h.example/A-b_1\">", "<img src=\"mx&#0000000000099://h&period;example/A&#45b_1\">",
            "<img src=\"mxc://mxc://h.example/A-b_1\">",
        ])
    func inline(formatted: String) throws {
        let found = try item(["msgtype": "m.text", "body": "x", "formatted_body": .string(formatted)])
        #expect(found.media == [Media(id: "mxc://h.example/A-b_1", url: "mxc://h.example/A-b_1")])
    }

    @Test(
        "takes no address that cannot be asked for",
        arguments: ["mxc://h.example", "mxc:///a", "mxc://h.example//", "mxc://h/\"", "mxc://"])
    func invalid(address: String) throws {
        let found = try item(["msgtype": "m.text", "body": "x", "formatted_body": .string("<img src=\"\(address)\">")])
        #expect(found.media.isEmpty)
    }

    @Test("takes every piece of media once, files first, and no more than 32")
    func limit() throws {
        let pictures = (0..<100).map { "<img src=\"mxc://h/\($0 / 2)\">" }.joined()
        let found = try item(["msgtype": "m.image", "body": "x", "url": "mxc://h/file", "formatted_body": .string(pictures)])
        #expect(addresses(found) == ["mxc://h/file"] + (0..<31).map { "mxc://h/\($0)" })
    }

    @Test(
        "reads hostile formatted text in one pass",
        arguments: ["mxc://", "mxc://a", "mxc://a/", "<", "&", "&#", "&#9", "&#x", "mxc:mxc:/"])
    func hostile(piece: String) throws {
        let formatted = String(repeating: piece, count: 100_000 / piece.utf8.count)
        let clock = ContinuousClock()
        let taken = clock.measure { _ = MatrixMarkup.mediaAddresses(formatted) + [MatrixMarkup.withoutTags(formatted)] }
        // A second or so where builds are not optimised; were it to grow with the square of the length, it would be hours.
        #expect(taken < .seconds(30))
    }

    @Test("of an edit, takes the media of both versions, which differ from client to client")
    func bothVersions() throws {
        let found = try edit(
            [
                "msgtype": "m.image", "body": "x", "url": "mxc://h/outer", "info": ["thumbnail_url": "mxc://h/outer-small"],
                "formatted_body": "<img src='mxc://h/outer-inline'>",
            ],
            [
                "msgtype": "m.image", "body": "x", "url": "mxc://h/new", "info": ["thumbnail_url": "mxc://h/outer-small"],
                "formatted_body": "<img src='mxc://h/new-inline'>",
            ])
        #expect(
            addresses(found) == [
                "mxc://h/outer", "mxc://h/outer-small", "mxc://h/new", "mxc://h/outer-inline", "mxc://h/new-inline",
            ])
    }

    @Test(
        "examines an edit that points at nothing or says nothing new",
        arguments: ["$nowhere", "nothing", .null, 5] as [JSONValue])
    func pointless(event: JSONValue) throws {
        for new in [["msgtype": "m.text", "body": "fine"], [:], "odd", .null] as [JSONValue] {
            let found = try edit(of: event, ["msgtype": "m.image", "body": "x", "url": "mxc://h/outer"], new)
            #expect(addresses(found) == ["mxc://h/outer"])
            #expect(found.text?.hasSuffix("x") == true)
        }
    }

    @Test(
        "of an edit, adds the outer text where it is not just the new one after a star",
        arguments: [
            (["body": "* new"], ["body": "new"], "new"),
            (["body": "new"], ["body": "new"], "new"),
            (["body": "* new", "formatted_body": "* <b>new</b>"], ["body": "new", "formatted_body": "<b>new</b>"], "new"),
            (["body": "* a", "formatted_body": "* <b>b</b>"], ["body": "a", "formatted_body": "<i>b</i>"], "a\nb"),
            (["body": "other"], ["body": "new"], "new\nother"),
            (["body": "* other"], ["body": "new"], "new\n* other"),
            (["body": "* new", "formatted_body": "<b>other</b>"], ["body": "new"], "new\nother"),
            (["body": "other"], [:], "other"),
        ] as [([String: JSONValue], [String: JSONValue], String)])
    func outerText(outer: [String: JSONValue], new: [String: JSONValue], expected: String) throws {
        let type: [String: JSONValue] = ["msgtype": "m.text"]
        let found = try edit(outer.merging(type) { $1 }, .object(new.merging(type) { $1 }))
        #expect(found.text == expected && found.replaces == "$a")
    }

    @Test("ignores a new version in what is no edit: nobody is shown it")
    func noEdit() throws {
        let found = try item(["msgtype": "m.text", "body": "x", "m.new_content": ["body": "y", "url": "mxc://h/a"]])
        #expect(found == Item(id: "$b", text: "x"))
    }
}
