// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks
import Testing

@Suite("JPEG")
struct JPEGTests {
    @Test("a picture without marks says nothing")
    func plain() { #expect(said(Files.jpeg(), .jpeg).isEmpty) }

    @Test("XMP, EXIF and comments are read")
    func segments() {
        #expect(said(Files.jpeg(Files.xmpSegment(Files.madeByMachine)), .jpeg) == ["iptc:trainedAlgorithmicMedia"])
        let exif = Files.exif([Files.Entry(tag: 0x0131, value: Array("Midjourney\0".utf8))])
        #expect(said(Files.jpeg(Files.segment(0xe1, Array("Exif\0\0".utf8) + exif)), .jpeg) == ["generator:midjourney"])
        let comment = Array(#"{"prompt": "x", "base_model": "y"}"#.utf8)
        #expect(said(Files.jpeg(Files.segment(0xfe, comment)), .jpeg) == ["generator:fooocus"])
    }

    @Test("what stands behind the beginning of the pixels is not read")
    func pixels() {
        let file = Files.jpeg(Files.segment(0xda, [0]), Files.xmpSegment(Files.madeByMachine))
        #expect(said(file, .jpeg).isEmpty)
    }

    private let guid = "0123456789ABCDEF0123456789ABCDEF"

    private var first: [UInt8] {
        Files.xmpSegment(
            Files.xmp(#"<rdf:Description xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="\#(guid)"/>"#))
    }

    @Test("XMP that goes on in other segments is joined, in whatever order they are")
    func extended() {
        let packet = Files.madeByMachine
        let (half, total) = (packet.count / 2, packet.count)
        let pieces = [
            Files.extendedXMPSegment(guid, total: total, offset: half, Array(packet[half...])),
            Files.extendedXMPSegment(guid, total: total, offset: 0, Array(packet[..<half])),
        ]
        #expect(said(Files.jpeg(first, pieces[0], pieces[1]), .jpeg) == ["iptc:trainedAlgorithmicMedia"])
        #expect(said(Files.jpeg(first, pieces[0]), .jpeg).isEmpty)
        // Nothing names these: they belong to another picture.
        #expect(said(Files.jpeg(pieces[0], pieces[1]), .jpeg).isEmpty)
        let others = Files.extendedXMPSegment(String(guid.reversed()), total: total, offset: 0, packet)
        #expect(said(Files.jpeg(first, others), .jpeg).isEmpty)
    }

    @Test("eight packets are read, with what one of them goes on in")
    func manyPackets() {
        let packet = Files.madeByMachine
        let more = Files.extendedXMPSegment(guid, total: packet.count, offset: 0, packet)
        for (count, expected) in [(6, ["iptc:trainedAlgorithmicMedia"]), (7, []), (300, [])] {
            let others = (0..<count).flatMap { _ in Files.xmpSegment(Files.xmp("")) }
            #expect(said(Files.jpeg(others, first, more), .jpeg) == expected, "\(count)")
        }
    }

    @Test("a marker may be filled up with as many bytes as one likes")
    func filled() {
        let fill = [UInt8](repeating: 0xff, count: 1_000_000)
        #expect(said(Files.jpeg(fill + Files.xmpSegment(Files.madeByMachine)), .jpeg) == ["iptc:trainedAlgorithmicMedia"])
    }

    @Test("pieces that overlap, leave a gap or claim another length are not joined", arguments: [-1, 1, 0x7fff_ffff])
    func lyingPieces(by offset: Int) {
        let packet = Files.madeByMachine
        let pieces = [
            Files.extendedXMPSegment(guid, total: packet.count, offset: 0, Array(packet[..<100])),
            Files.extendedXMPSegment(guid, total: packet.count, offset: 100 + offset, Array(packet[100...])),
            Files.extendedXMPSegment(guid, total: packet.count + 1, offset: 100, Array(packet[100...])),
        ]
        #expect(said(Files.jpeg(first, pieces[0], pieces[1]), .jpeg).isEmpty)
        #expect(said(Files.jpeg(first, pieces[0], pieces[2]), .jpeg).isEmpty)
    }

    @Test("a store of manifests in one segment or in several, each with the box's header again")
    func store() {
        let store = Files.store(Files.box("free", [UInt8](repeating: 7, count: 100)))
        #expect(said(Files.jpeg(Files.storeSegment(1, store)), .jpeg) == ["c2pa:present"])
        let header = Array(store[..<8])
        let pieces = [
            Files.storeSegment(1, Array(store[..<20])), Files.storeSegment(2, header + store[20..<60]),
            Files.storeSegment(3, header + store[60...]),
        ]
        #expect(said(Files.jpeg(pieces[2], pieces[0], pieces[1]), .jpeg) == ["c2pa:present"])
        // Without the first there is no beginning.
        #expect(said(Files.jpeg(pieces[1], pieces[2]), .jpeg).isEmpty)
    }

    @Test("a term that lies across two segments is found")
    func termAcrossSegments() {
        let store = Files.store(Files.box("cbor", Array("\(Files.machine)\u{1}".utf8)))
        let middle = store.count - 20
        let file = Files.jpeg(
            Files.storeSegment(1, Array(store[..<middle])), Files.storeSegment(2, Array(store[..<8]) + store[middle...]))
        #expect(said(file, .jpeg) == ["iptc:trainedAlgorithmicMedia", "c2pa:present"])
    }

    @Test("lengths that lie, and thousands of segments, end the reading")
    func hostile() {
        for length: [UInt8] in [[0, 0], [0, 1], [0xff, 0xff], [0]] {
            #expect(said([0xff, 0xd8, 0xff, 0xe1] + length, .jpeg).isEmpty)
        }
        #expect(said([0xff, 0xd8] + [UInt8](repeating: 0xff, count: 100_000), .jpeg).isEmpty)
        let many: [UInt8] = (0..<5_000).flatMap { _ in Files.segment(0xe5, []) }
        #expect(said(Files.jpeg(many, Files.xmpSegment(Files.madeByMachine)), .jpeg).isEmpty)
    }
}
