// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// An event as the API takes it, while it is being read: everything may still be missing.
struct EventDocument {
    static let longestID = 512
    static let longestText = 65_536
    static let mostMedia = 32

    private var platform = PlatformID("api")
    private var id: String?
    private var kind: EventKind?
    private var at: Date?
    private var space: Space?
    private var actor: Actor?
    private var item: Item?
    private(set) var deadline: Int?

    /// Reads one event. Nil when something is wrong with it; what, is noted in the document.
    static func read(_ document: inout DocumentReader, now: Date) throws(JSONSyntaxError) -> Event? {
        try readQuestion(&document, now: now, deadlines: nil)?.event
    }

    /// Reads one event that may say by when (in milliseconds) its verdict is wanted.
    static func readQuestion(
        _ document: inout DocumentReader, now: Date, deadlines: ClosedRange<Int>?
    ) throws(JSONSyntaxError) -> (event: Event, deadline: Int?)? {
        let before = document.problems.count
        var read = EventDocument()
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            try read.member(key, &document, deadlines: deadlines)
        }
        guard isObject else { return nil }
        if document.problems.count == before { read.checkMissing(&document) }
        guard document.problems.count == before, let event = read.event(receivedAt: now) else { return nil }
        return (event, read.deadline)
    }

    private mutating func member(
        _ key: String, _ document: inout DocumentReader, deadlines: ClosedRange<Int>?
    ) throws(JSONSyntaxError) {
        switch key {
        case "id": id = try document.string(bytes: 1...Self.longestID)
        case "kind": kind = try document.word(EventKind.self)
        case "at": at = try document.string(RFC3339.expected, RFC3339.date)
        case "platform": platform = try Self.platform(&document) ?? platform
        case "space": space = try Self.space(&document)
        case "actor": actor = try Self.actor(&document)
        case "item": item = try ItemDocument.read(&document)
        case "deadlineMs":
            guard let deadlines else { fallthrough }
            deadline = try document.integer(in: deadlines)
        default: try document.unknown(of: "id, kind, at, platform, space, actor, item" + (deadlines == nil ? "" : ", deadlineMs"))
        }
    }

    private func checkMissing(_ document: inout DocumentReader) {
        func need(_ field: String, _ isThere: Bool, _ what: String = "this field, which is required") {
            if !isThere { document.refuse(what, field: field) }
        }
        need("id", id != nil)
        need("kind", kind != nil)
        need("at", at != nil)
        need("space", space != nil)
        if kind == .spaceChanged {
            need("item", item == nil, "no item in an event of kind space.changed")
        } else {
            need("actor", actor != nil)
            need("item", item != nil)
        }
    }

    private func event(receivedAt now: Date) -> Event? {
        guard let id, let kind, let at, let space else { return nil }
        return Event(
            platform: platform, id: EventID(id), kind: kind, at: at, receivedAt: now, space: space,
            actor: actor ?? Actor(id: ""), item: item)
    }

    static func platform(_ document: inout DocumentReader) throws(JSONSyntaxError) -> PlatformID? {
        try document.string("a name of 1 to 64 characters a-z, 0-9, '-' and '_'") { name in
            let isName =
                (1...64).contains(name.utf8.count)
                && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
            return isName ? PlatformID(name) : nil
        }
    }

    /// A space that does not say its class is private.
    static func space(_ document: inout DocumentReader) throws(JSONSyntaxError) -> Space? {
        var id: String?
        var sawID = false
        var privacy: PrivacyClass? = .private
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            switch key {
            case "id":
                sawID = true
                id = try document.string(bytes: 1...longestID)
            case "class": privacy = try document.word(PrivacyClass.self)
            default: try document.unknown(of: "id, class")
            }
        }
        if isObject, !sawID { document.refuse("this field, which is required", field: "id") }
        guard let id, let privacy else { return nil }
        return Space(id: SpaceID(id), privacy: privacy)
    }

    static func actor(_ document: inout DocumentReader) throws(JSONSyntaxError) -> Actor? {
        var id: String?
        var sawID = false
        var createdAt: Date?
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            switch key {
            case "id":
                sawID = true
                id = try document.string(bytes: 1...longestID)
            case "createdAt": createdAt = try document.string(RFC3339.expected, RFC3339.date)
            default: try document.unknown(of: "id, createdAt")
            }
        }
        if isObject, !sawID { document.refuse("this field, which is required", field: "id") }
        return id.map { Actor(id: ActorID($0), createdAt: createdAt) }
    }
}
