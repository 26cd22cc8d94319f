// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Builds small files of every kind, with whatever stands beside the pixels. Their pixels are not meant to be decoded.
enum Files {
    static func number(_ value: Int, _ bytes: Int, little: Bool = false) -> [UInt8] {
        let big = (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return little ? big.reversed() : big
    }

    // MARK: PNG

    static func png(_ chunks: [UInt8]...) -> [UInt8] {
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", [UInt8](repeating: 1, count: 13))
            + chunks.flatMap { $0 } + chunk("IDAT", [1, 2, 3]) + chunk("IEND", [])
    }

    static func chunk(_ type: String, _ data: [UInt8], length: Int? = nil) -> [UInt8] {
        number(length ?? data.count, 4) + Array(type.utf8) + data + [0, 0, 0, 0]
    }

    static func text(_ keyword: String, _ text: String) -> [UInt8] {
        chunk("tEXt", Array(keyword.utf8) + [0] + Array(text.utf8))
    }

    static func compressedText(_ keyword: String, _ zlib: [UInt8]) -> [UInt8] {
        chunk("zTXt", Array(keyword.utf8) + [0, 0] + zlib)
    }

    static func internationalText(_ keyword: String, _ text: [UInt8], compressed: Bool = false) -> [UInt8] {
        chunk("iTXt", Array(keyword.utf8) + [0, compressed ? 1 : 0, 0] + Array("en".utf8) + [0, 0] + text)
    }

    /// A zlib stream of stored blocks.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            stream += number(block.count, 2, little: true)
            stream += number(~block.count, 2, little: true)
            stream += block
        } while !rest.isEmpty
        return stream + [0, 0, 0, 0]
    }

    // MARK: JPEG, WebP, GIF

    static func jpeg(_ segments: [UInt8]...) -> [UInt8] {
        [0xff, 0xd8] + segments.flatMap { $0 } + segment(0xda, [0]) + [1, 2, 3, 0xff, 0xd9]
    }

    static func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] { [0xff, marker] + number(data.count + 2, 2) + data }

    static func xmpSegment(_ packet: [UInt8]) -> [UInt8] { segment(0xe1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + packet) }

    static func extendedXMPSegment(_ guid: String, total: Int, offset: Int, _ packet: [UInt8]) -> [UInt8] {
        segment(
            0xe1,
            Array("http://ns.adobe.com/xmp/extension/\0".utf8) + Array(guid.utf8) + number(total, 4) + number(offset, 4) + packet)
    }

    static func storeSegment(_ order: Int, box: Int = 1, _ piece: [UInt8]) -> [UInt8] {
        segment(0xeb, Array("JP".utf8) + number(box, 2) + number(order, 4) + piece)
    }

    static func webp(_ chunks: (String, [UInt8])...) -> [UInt8] {
        let body: [UInt8] = chunks.flatMap { name, data -> [UInt8] in
            Array(name.utf8) + number(data.count, 4, little: true) + data + (data.count % 2 == 1 ? [0] : [])
        }
        return Array("RIFF".utf8) + number(body.count + 4, 4, little: true) + Array("WEBP".utf8) + body
    }

    static func gif(_ parts: [UInt8]...) -> [UInt8] {
        Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255] + parts.flatMap { $0 }
            + [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b]
    }

    static func blocks(_ bytes: [UInt8]) -> [UInt8] {
        var blocks: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 255) {
            let block = bytes[start...].prefix(255)
            blocks += [UInt8(block.count)] + block
        }
        return blocks + [0]
    }

    static func gifXMP(_ packet: [UInt8]) -> [UInt8] {
        [0x21, 0xff, 11] + Array("XMP DataXMP".utf8) + packet + [1] + (0...255).reversed() + [0]
    }

    // MARK: Boxes

    static func box(_ type: String, _ content: [UInt8]...) -> [UInt8] {
        let content = content.flatMap { $0 }
        return number(content.count + 8, 4) + type.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } + content
    }

    static let fileType = box("ftyp", Array("isom\0\0\0\0isom".utf8))

    static func manifestBox(_ store: [UInt8]) -> [UInt8] {
        let uuid: [UInt8] = [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81]
        return box("uuid", uuid, [0, 0, 0, 0], Array("manifest\0".utf8), number(0, 8), store)
    }

    /// A HEIF whose items (number, type, bytes) lie behind its boxes.
    static func heif(_ items: [(id: Int, type: String, bytes: [UInt8])]) -> [UInt8] {
        func file(dataAt start: Int) -> [UInt8] {
            var place = start
            let names = items.map { item -> [UInt8] in
                let isMime = item.type == "mime"
                return box(
                    "infe", [2, 0, 0, 0], number(item.id, 2), [0, 0], Array(item.type.utf8), [0],
                    isMime ? Array("application/rdf+xml\0".utf8) : [])
            }
            var places: [UInt8] = []
            for item in items {
                places += number(item.id, 2) + [0, 0] + number(1, 2) + number(place, 4) + number(item.bytes.count, 4)
                place += item.bytes.count
            }
            let iinf = box("iinf", [0, 0, 0, 0], number(items.count, 2), names.flatMap { $0 })
            let iloc = box("iloc", [0, 0, 0, 0, 0x44, 0x00], number(items.count, 2), places)
            return fileType + box("meta", [0, 0, 0, 0], iinf, iloc)
        }
        let head = file(dataAt: 0)
        return file(dataAt: head.count + 8) + box("mdat", items.flatMap(\.bytes))
    }

    // MARK: What is in them

    /// A store of manifests with nothing in it, or with these bytes.
    static func store(_ content: [UInt8] = []) -> [UInt8] {
        let type: [UInt8] = [0x63, 0x32, 0x70, 0x61, 0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]
        return box("jumb", box("jumd", type, [3], Array("c2pa\0".utf8)), content)
    }

    static let iptc = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    static let machine = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

    static func xmp(_ description: String) -> [UInt8] {
        Array(
            """
            <?xpacket begin="\u{feff}" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
            xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\(description)</rdf:RDF></x:xmpmeta><?xpacket end="w"?>
            """.utf8)
    }

    static let madeByMachine = xmp(
        #"<rdf:Description xmlns:Iptc4xmpExt="\#(iptc)" Iptc4xmpExt:DigitalSourceType="\#(machine)"/>"#)

    struct Entry {
        var tag: Int
        var type = 2
        var value: [UInt8]
    }

    /// EXIF with these entries in its first directory, and others in the one that it points to.
    static func exif(_ entries: [Entry], detail: [Entry] = [], little: Bool = true, next: Int = 0) -> [UInt8] {
        let count = entries.count + (detail.isEmpty ? 0 : 1)
        let detailStart = 8 + 2 + 12 * count + 4
        var data: [UInt8] = []
        let dataStart = detailStart + (detail.isEmpty ? 0 : 2 + 12 * detail.count + 4)
        func number(_ value: Int, _ bytes: Int) -> [UInt8] { Files.number(value, bytes, little: little) }
        func written(_ entry: Entry) -> [UInt8] {
            let head = number(entry.tag, 2) + number(entry.type, 2) + number(entry.value.count, 4)
            if entry.value.count <= 4 { return head + entry.value + [UInt8](repeating: 0, count: 4 - entry.value.count) }
            defer { data += entry.value }
            return head + number(dataStart + data.count, 4)
        }
        var block = Array((little ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(count, 2)
        for entry in entries { block += written(entry) }
        if !detail.isEmpty { block += number(0x8769, 2) + number(4, 2) + number(1, 4) + number(detailStart, 4) }
        block += number(next, 4)
        if !detail.isEmpty {
            block += number(detail.count, 2)
            for entry in detail { block += written(entry) }
            block += number(0, 4)
        }
        return block + data
    }
}
