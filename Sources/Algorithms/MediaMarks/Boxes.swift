// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One box of the ISO base media file format (MP4, QuickTime, HEIF, AVIF).
struct Box {
    var type: String
    /// What is in it, as far as the file goes.
    var content: ArraySlice<UInt8>
}

extension Cursor {
    /// The next box; nil at the end, and where the bytes make no sense.
    mutating func box() -> Box? {
        guard let size = number(4), let type = take(4) else { return nil }
        var length = size - 8
        if size == 1 {
            guard let large = number(8) else { return nil }
            length = large - 16
        } else if size == 0 {
            length = left
        }
        guard length >= 0, let content = take(min(length, left)) else { return nil }
        // Names are bytes of Latin-1.
        return Box(type: String(String.UnicodeScalarView(type.map { UnicodeScalar($0) })), content: content)
    }
}

extension MediaMarks {
    private static let manifestUUID: [UInt8] = [
        0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81,
    ]
    private static let xmpUUID: [UInt8] = [
        0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
    ]

    /// Boxes in which others lie that matter.
    private static let parents: Set<String> = ["moov", "udta", "ilst"]

    /// A file of boxes: XMP, the store of manifests, EXIF and XMP of still pictures, comments of videos.
    static func readBoxes(_ file: ArraySlice<UInt8>, into findings: inout Findings) {
        var waiting = [(content: file, parent: "", depth: 0)]
        while let (content, parent, depth) = waiting.popLast() {
            var cursor = Cursor(content)
            while findings.countPart(), let box = cursor.box() {
                if parent == "ilst" {
                    readTag(box, into: &findings)
                    continue
                }
                switch box.type {
                case "uuid": readUUID(box.content, into: &findings)
                case "XMP_" where box.content.count <= Limits.chunk: findings.add(xmp: box.content)
                case "meta" where parent.isEmpty: readItems(metaContent(box.content), of: file, into: &findings)
                case "meta" where depth < Limits.depth: waiting.append((metaContent(box.content), box.type, depth + 1))
                case _ where parents.contains(box.type) && depth < Limits.depth:
                    waiting.append((box.content, box.type, depth + 1))
                default: break
                }
            }
        }
    }

    private static func readUUID(_ content: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(content)
        if cursor.skip(xmpUUID) {
            if cursor.left <= Limits.chunk { findings.add(xmp: cursor.rest) }
        } else if cursor.skip(manifestUUID), cursor.skip(4), let purpose = cursor.text(longest: 32),
            ["manifest", "original", "update"].contains(String(decoding: purpose, as: UTF8.self)), cursor.skip(8)
        {
            findings.add(store: cursor.rest)
        }
    }

    /// Without version and flags, which QuickTime leaves out.
    private static func metaContent(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        content.dropFirst(4).starts(with: "hdlr".utf8) ? content : content.dropFirst(4)
    }

    /// A tag of a video: a box with a box `data`, whose first eight bytes tell what it is.
    private static func readTag(_ tag: Box, into findings: inout Findings) {
        var cursor = Cursor(tag.content)
        guard let data = cursor.box(), data.type == "data", data.content.count <= Limits.chunk else { return }
        let isProgram = ["\u{a9}too", "\u{a9}swr"].contains(tag.type)
        findings.add(text: data.content.dropFirst(8), keyword: isProgram ? Array("software".utf8)[...] : [])
    }
}
