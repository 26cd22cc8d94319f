// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// An item as the API takes it.
enum ItemDocument {
    static func read(_ document: inout DocumentReader) throws(JSONSyntaxError) -> Item? {
        var id: String?
        var sawID = false
        var text: String?
        var media: [Media] = []
        var replaces: String?
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            switch key {
            case "id":
                sawID = true
                id = try document.string(bytes: 1...EventDocument.longestID)
            case "text": text = try document.string(bytes: 0...EventDocument.longestText)
            case "media":
                try document.array(atMost: EventDocument.mostMedia) { (document) throws(JSONSyntaxError) in
                    if let one = try readMedia(&document) { media.append(one) }
                }
            case "replaces": replaces = try document.string(bytes: 1...EventDocument.longestID)
            default: try document.unknown(of: "id, text, media, replaces")
            }
        }
        if isObject, !sawID { document.refuse("this field, which is required", field: "id") }
        return id.map { Item(id: ItemID($0), text: text, media: media, replaces: replaces.map { ItemID($0) }) }
    }

    private static func readMedia(_ document: inout DocumentReader) throws(JSONSyntaxError) -> Media? {
        let before = document.problems.count
        var id: String?
        var type: String?
        var url: String?
        var sha256: String?
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            switch key {
            case "id": id = try document.string(bytes: 1...2_048)
            case "type": type = try document.string("a media type such as image/png", mediaType)
            case "url": url = try document.string("an absolute address of at most 2048 bytes", address)
            case "sha256": sha256 = try document.string(Hexadecimal.expected, Hexadecimal.digest)
            default: try document.unknown(of: "id, type, url, sha256")
            }
        }
        guard isObject, document.problems.count == before else { return nil }
        if id == nil { document.refuse("this field, which is required", field: "id") }
        if url == nil, sha256 == nil { document.refuse("a url or the sha256 of an upload") }
        return id.map { Media(id: MediaID($0), type: type, url: url, sha256: sha256) }
    }

    private static func mediaType(_ text: String) -> String? {
        let parts = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
        let isType =
            text.utf8.count <= 255 && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        return isType ? text : nil
    }

    private static func address(_ text: String) -> String? {
        guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            let colon = text.utf8.firstIndex(of: 0x3A), text[colon...].hasPrefix("://"), text[colon...].utf8.count > 3
        else { return nil }
        let scheme = text.utf8[..<colon]
        let isScheme = !scheme.isEmpty && scheme.allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
        return isScheme ? text : nil
    }
}

enum Hexadecimal {
    static let expected = "64 hexadecimal digits"

    /// The text in lower case when it is a digest of 256 bits.
    static func digest(_ text: String) -> String? {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ HexDigit.value(of: $0) != nil }) else { return nil }
        return text.lowercased()
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
