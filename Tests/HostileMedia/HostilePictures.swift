// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Pictures made by hand to take time, memory or the wrong way.
package enum HostilePictures {
    package static var all: [HostileFile] { gifs + jpegs + heifs + others }

    // MARK: - GIF

    private static func gif(width: Int, height: Int, frames: Int, hasEnd: Bool = true) -> [UInt8] {
        let size = Bytes.little(width, 2) + Bytes.little(height, 2)
        // Each frame covers the screen, but has pixels for its first row at most.
        let frame = [0x21, 0xf9, 4, 4, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0] + size + [0, 2, 2, 0x44, 1, 0]
        var file = Array("GIF89a".utf8) + size + [0x80, 0, 0, 0, 0, 0, 255, 255, 255]
        for _ in 0..<frames { file += frame }
        return file + (hasEnd ? [0x3b] : [])
    }

    private static var gifs: [HostileFile] {
        [
            HostileFile("GIF of 10,000 frames", gif(width: 20, height: 20, frames: 10_000)),
            HostileFile("GIF of 10,000 frames of 49 million pixels", gif(width: 7_000, height: 7_000, frames: 10_000)),
            HostileFile("GIF of 65,535 x 65,535", gif(width: 65_535, height: 65_535, frames: 1)),
            HostileFile("GIF without an end", gif(width: 300, height: 300, frames: 300, hasEnd: false)),
            HostileFile("GIF without a frame", gif(width: 30, height: 30, frames: 0)),
            HostileFile("GIF of no size", gif(width: 0, height: 0, frames: 3)),
            HostileFile(
                "GIF with a comment without an end",
                gif(width: 30, height: 30, frames: 1, hasEnd: false) + [0x21, 0xfe]
                    + Array(repeating: [255] + [UInt8](repeating: 65, count: 255), count: 4_000).joined()),
        ]
    }

    // MARK: - JPEG

    /// One component; each scan is a few bytes and goes over all blocks.
    private static func progressive(width: Int, height: Int, scans: Int) -> [UInt8] {
        var file: [UInt8] = [0xff, 0xd8, 0xff, 0xdb, 0, 67, 0] + [UInt8](repeating: 8, count: 64)
        file += [0xff, 0xc2, 0, 11, 8] + Bytes.big(height, 2) + Bytes.big(width, 2) + [1, 1, 0x11, 0]
        file += [0xff, 0xc4, 0, 20, 0, 1] + [UInt8](repeating: 0, count: 15) + [0]
        file += [0xff, 0xc4, 0, 20, 0x10, 1] + [UInt8](repeating: 0, count: 15) + [0]
        for scan in 0..<scans {
            let isFirst = scan == 0
            let band: [UInt8] = isFirst ? [0, 0, 0x01] : [1, 63, scan % 2 == 0 ? 0x10 : 0x21]
            file += [0xff, 0xda, 0, 8, 1, 1, 0] + band + [0, 0, 0, 0]
        }
        return file + [0xff, 0xd9]
    }

    private static var jpegs: [HostileFile] {
        [
            HostileFile("JPEG of 1,000 scans", progressive(width: 2_000, height: 2_000, scans: 1_000)),
            HostileFile("JPEG of 400 scans over 36 million pixels", progressive(width: 6_000, height: 6_000, scans: 400)),
            HostileFile("JPEG of 65,500 x 65,500", progressive(width: 65_500, height: 65_500, scans: 2)),
            HostileFile("JPEG of 65,500 x 760", progressive(width: 65_500, height: 760, scans: 2)),
            HostileFile("JPEG of no size", progressive(width: 0, height: 0, scans: 1)),
            HostileFile("JPEG of markers", [0xff, 0xd8, 0xff, 0xe0] + [UInt8](repeating: 0xff, count: 100_000)),
            HostileFile(
                "JPEG of 30,000 empty segments",
                [0xff, 0xd8] + Array(repeating: [0xff, 0xe1, 0, 2], count: 30_000).joined()
                    + progressive(width: 64, height: 64, scans: 2)[2...]),
        ]
    }

    // MARK: - HEIF

    private struct Item {
        var id: Int
        var type: String
        var data: [UInt8]
        /// Counted from 1.
        var properties: [Int]
    }

    private static func heif(
        brand: String = "heic", _ items: [Item], references: [(String, Int, [Int])], properties: [[UInt8]], primary: Int = 1,
        extentOffset: Int = 0
    ) -> [UInt8] {
        var data: [UInt8] = []
        var locations: [UInt8] = []
        for item in items {
            locations += Bytes.big(item.id, 2) + [0, 1, 0, 0, 0, 1]
            locations += Bytes.big(data.count + extentOffset, 4) + Bytes.big(item.data.count, 4)
            data += item.data
        }
        let iloc = Bytes.full("iloc", 1, [0x44, 0] + Bytes.big(items.count, 2) + locations)
        let entries = items.flatMap { Bytes.full("infe", 2, Bytes.big($0.id, 2) + [0, 0] + Array($0.type.utf8) + [0]) }
        let iinf = Bytes.full("iinf", 0, Bytes.big(items.count, 2) + entries)
        let iref = Bytes.full(
            "iref", 0,
            references.flatMap { name, from, to in
                Bytes.box(name, Bytes.big(from, 2) + Bytes.big(to.count, 2) + to.flatMap { Bytes.big($0, 2) })
            })
        let associations = items.flatMap { item in
            Bytes.big(item.id, 2) + [UInt8(item.properties.count)] + item.properties.map { UInt8($0) }
        }
        let iprp = Bytes.box(
            "iprp",
            Bytes.box("ipco", Array(properties.joined())) + Bytes.full("ipma", 0, Bytes.big(items.count, 4) + associations))
        let hdlr = Bytes.full("hdlr", 0, [0, 0, 0, 0] + Array("pict".utf8) + [UInt8](repeating: 0, count: 13))
        let meta = Bytes.full(
            "meta", 0, hdlr + Bytes.full("pitm", 0, Bytes.big(primary, 2)) + iinf + iref + iprp + iloc + Bytes.box("idat", data))
        return Bytes.box("ftyp", Array("\(brand)\0\0\0\0mif1\(brand)".utf8)) + meta
    }

    private static func size(_ width: Int, _ height: Int) -> [UInt8] {
        Bytes.full("ispe", 0, Bytes.big(width, 4) + Bytes.big(height, 4))
    }

    private static func grid(rows: Int, columns: Int, width: Int, height: Int) -> [UInt8] {
        [0, 1, UInt8(rows - 1), UInt8(columns - 1)] + Bytes.big(width, 4) + Bytes.big(height, 4)
    }

    private static var heifs: [HostileFile] {
        let big = grid(rows: 256, columns: 256, width: 7_000, height: 7_000)
        // Each grid consists of 4 x 4 grids of the next kind: 16^12 tiles in the end.
        let levels = (1...12).map {
            Item(id: $0, type: "grid", data: grid(rows: 4, columns: 4, width: 4_096, height: 4_096), properties: [1])
        }
        let circle = [
            Item(id: 1, type: "grid", data: grid(rows: 1, columns: 1, width: 64, height: 64), properties: [1]),
            Item(id: 2, type: "grid", data: grid(rows: 1, columns: 1, width: 64, height: 64), properties: [1]),
        ]
        let identities = (1...500).map { Item(id: $0, type: "iden", data: [], properties: [1]) }
        return [
            HostileFile(
                "HEIF of grids of grids",
                heif(
                    levels, references: (1...11).map { ("dimg", $0, Array(repeating: $0 + 1, count: 16)) },
                    properties: [size(4_096, 4_096)])),
            HostileFile(
                "HEIF that refers to itself",
                heif(circle, references: [("dimg", 1, [2]), ("dimg", 2, [1])], properties: [size(64, 64)])),
            HostileFile(
                "HEIF whose thumbnail is itself",
                heif([circle[0]], references: [("dimg", 1, [1]), ("thmb", 1, [1]), ("auxl", 1, [1])], properties: [size(64, 64)])),
            HostileFile(
                "HEIF of 65,536 tiles that are not there",
                heif(
                    [Item(id: 1, type: "grid", data: big, properties: [1])], references: [("dimg", 1, Array(1...600))],
                    properties: [size(7_000, 7_000)])),
            HostileFile(
                "HEIF of 500 steps",
                heif(identities, references: (1...499).map { ("dimg", $0, [$0 + 1]) }, properties: [size(64, 64)])),
            HostileFile(
                "HEIF of 2,147,483,647 pixels a side",
                Bytes.patched(SmallFiles.heic, after: "ispe", at: 4, with: Bytes.big(0x7fff_ffff, 4) + Bytes.big(0x7fff_ffff, 4))),
            HostileFile(
                "AVIF of 65,536 pixels a side",
                Bytes.patched(SmallFiles.avif, after: "ispe", at: 4, with: Bytes.big(65_536, 4) + Bytes.big(65_536, 4))),
            HostileFile(
                "AVIF that says it is HEIC", Bytes.patched(SmallFiles.avif, after: "ftyp", at: 0, with: Array("heic".utf8))),
            HostileFile(
                "HEIC that says it is AVIF", Bytes.patched(SmallFiles.heic, after: "ftyp", at: 0, with: Array("avif".utf8))),
            HostileFile(
                "HEIC that says it is a video", Bytes.patched(SmallFiles.heic, after: "ftyp", at: 0, with: Array("isom".utf8))),
            HostileFile("HEIF without items", heif([], references: [], properties: [])),
            HostileFile(
                "HEIF with data beyond its end",
                heif([circle[0]], references: [], properties: [size(64, 64)], extentOffset: 0x7fff_0000)),
            HostileFile(
                "HEIF in 20,000 boxes", Bytes.box("ftyp", Array("heic\0\0\0\0mif1".utf8)) + nested("meta", depth: 20_000)),
            HostileFile(
                "HEIF whose box has no length",
                Bytes.box("ftyp", Array("heic\0\0\0\0mif1".utf8)) + [0, 0, 0, 0] + Array("meta".utf8)),
            HostileFile(
                "HEIF with a length of 2^63",
                Bytes.box("ftyp", Array("heic\0\0\0\0mif1".utf8)) + [0, 0, 0, 1] + Array("meta".utf8) + [0x7f]
                    + [UInt8](repeating: 0xff, count: 7)),
        ]
    }

    static func nested(_ name: String, depth: Int) -> [UInt8] {
        (0..<depth).flatMap { Bytes.big(8 * (depth - $0), 4) + Array(name.utf8) }
    }

    // MARK: - WebP, and files that are two things

    private static var others: [HostileFile] {
        func riff(_ body: [UInt8]) -> [UInt8] { Array("RIFF".utf8) + Bytes.little(body.count + 4, 4) + Array("WEBP".utf8) + body }
        func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
            Array(name.utf8) + Bytes.little(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
        }
        let huge = chunk("VP8X", [2, 0, 0, 0] + Bytes.little(16_777_215, 3) + Bytes.little(16_777_215, 3))
        let canvas =
            chunk("VP8X", [2, 0, 0, 0] + Bytes.little(6_999, 3) + Bytes.little(6_999, 3)) + chunk("ANIM", [0, 0, 0, 0, 0, 0])
        let frame = chunk(
            "ANMF",
            Bytes.little(0, 6) + Bytes.little(0, 6) + [10, 0, 0, 0] + chunk("VP8L", [0x2f, 0, 0, 0, 0, 0x88, 0x88, 0x08]))
        return [
            HostileFile("WebP of 16,777,216 pixels a side", riff(huge)),
            HostileFile("WebP of 5,000 frames", riff(canvas + Array(Array(repeating: frame, count: 5_000).joined()))),
            HostileFile(
                "WebP of 16,384 pixels a side",
                riff(chunk("VP8L", [0x2f, 0xff, 0xff, 0xff, 0x0f] + [UInt8](repeating: 0x88, count: 8)))),
            HostileFile("WebP with a chunk beyond its end", riff(Array("VP8 ".utf8) + Bytes.little(0x7fff_fff0, 4) + [0, 0, 0])),
            HostileFile("only RIFF", Array("RIFF".utf8) + Bytes.little(.max, 4) + Array("WEBP".utf8)),
        ]
    }

    /// A good picture that is also the beginning of something else; it stays the picture.
    package static func polyglots(of picture: [UInt8], _ name: String) -> [HostileFile] {
        let zip: [UInt8] =
            Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 26) + Array("PK\u{5}\u{6}".utf8)
            + [UInt8](repeating: 0, count: 18)
        return [
            HostileFile("\(name) and ZIP", picture + zip),
            HostileFile("\(name) and PDF", picture + Array("%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF".utf8)),
            HostileFile("\(name) and HTML", picture + Array("<html><script>document.title</script></html>".utf8)),
        ]
    }
}
