// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// Writes an event as the JSON that its `Decodable` reads. Foundation's encoder took most of the time of accepting events.
struct EventJSON {
    private var bytes: [UInt8] = []
    private var needsComma = false

    static func text(of event: Event) -> String {
        var json = EventJSON()
        json.bytes.reserveCapacity(512)
        json.write(event)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private mutating func write(_ event: Event) {
        object {
            $0.member("platform", event.platform.rawValue)
            $0.member("id", event.id.rawValue)
            $0.member("kind", event.kind.rawValue)
            $0.member("at", event.at.timeIntervalSinceReferenceDate)
            $0.member("receivedAt", event.receivedAt.timeIntervalSinceReferenceDate)
            $0.key("space")
            $0.object {
                $0.member("id", event.space.id.rawValue)
                $0.member("privacy", event.space.privacy.rawValue)
            }
            $0.key("actor")
            $0.object {
                $0.member("id", event.actor.id.rawValue)
                $0.member("createdAt", event.actor.createdAt?.timeIntervalSinceReferenceDate)
            }
            if let item = event.item { $0.write(item) }
        }
    }

    private mutating func write(_ item: Item) {
        key("item")
        object {
            $0.member("id", item.id.rawValue)
            $0.member("text", item.text)
            $0.member("replaces", item.replaces?.rawValue)
            $0.key("media")
            $0.bytes.append(UInt8(ascii: "["))
            $0.needsComma = false
            for media in item.media { $0.write(media) }
            $0.bytes.append(UInt8(ascii: "]"))
            $0.needsComma = true
        }
    }

    private mutating func write(_ media: Media) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        object {
            $0.member("id", media.id.rawValue)
            $0.member("type", media.type)
            $0.member("url", media.url)
            $0.member("sha256", media.sha256)
        }
    }

    private mutating func object(_ members: (inout EventJSON) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    private mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        quoted(value)
    }

    private mutating func member(_ name: StaticString, _ value: Double?) {
        // Dates that are no numbers can't be; zero keeps the text valid all the same.
        guard let value else { return }
        key(name)
        bytes.append(contentsOf: (value.isFinite ? value : 0).description.utf8)
    }

    /// Names are our own, without anything to escape.
    private mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 { escaped(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        default: bytes.append(byte)
        }
    }
}
