// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks
import Testing

@Suite("Boxes: MP4, HEIF, AVIF")
struct BoxTests {
    private let xmpUUID: [UInt8] = [
        0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
    ]

    @Test("XMP and the store of manifests in boxes of their own")
    func topLevel() {
        let file = Files.fileType + Files.box("uuid", xmpUUID, Files.madeByMachine) + Files.manifestBox(Files.store())
        #expect(said(file + Files.box("mdat", [1, 2]), .mp4) == ["iptc:trainedAlgorithmicMedia", "c2pa:present"])
        #expect(said(Files.fileType + Files.box("mdat", Files.manifestBox(Files.store())), .mp4).isEmpty)
    }

    @Test("XMP of QuickTime, and tags of a video with the settings of its generator")
    func video() {
        #expect(
            said(Files.fileType + Files.box("moov", Files.box("udta", Files.box("XMP_", Files.madeByMachine))), .mp4)
                == ["iptc:trainedAlgorithmicMedia"])
        let tag = Files.box("\u{a9}cmt", Files.box("data", [0, 0, 0, 1, 0, 0, 0, 0], Array(graph.utf8)))
        let handler = Files.box("hdlr", [UInt8](repeating: 0, count: 24))
        for version: [UInt8] in [[0, 0, 0, 0], []] {
            let meta = Files.box("meta", version, handler, Files.box("ilst", tag))
            #expect(said(Files.fileType + Files.box("moov", Files.box("udta", meta)), .mp4) == ["generator:comfyui"])
        }
    }

    @Test("EXIF and XMP of still pictures, by the items' numbers and places", arguments: [MediaMarks.Container.heif, .avif])
    func items(container: MediaMarks.Container) {
        let exif = Files.exif([Files.Entry(tag: 0x0131, value: Array("ComfyUI\0".utf8))])
        let file = Files.heif([
            (1, "hvc1", [1, 2, 3]), (2, "Exif", Files.number(6, 4) + Array("Exif\0\0".utf8) + exif),
            (3, "mime", Files.madeByMachine),
        ])
        #expect(said(file, container) == ["generator:comfyui", "iptc:trainedAlgorithmicMedia"])
        #expect(said(Files.heif([(1, "hvc1", Files.madeByMachine)]), container).isEmpty)
    }

    @Test("items whose places lie are passed over")
    func lyingItems() {
        let exif = Files.heif([(2, "mime", Files.madeByMachine)])
        // The last twelve bytes of `iloc` before `mdat` are number of extents, offset, length.
        let mdat = exif.count - Files.madeByMachine.count - 8
        for lie: [UInt8] in [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0, 0, 0, 0, 4]] {
            var file = exif
            file.replaceSubrange((mdat - 8)..<mdat, with: lie)
            #expect(said(file, .heif).isEmpty)
        }
        var many = exif
        many.replaceSubrange((mdat - 10)..<(mdat - 8), with: [0xff, 0xff])
        #expect(said(many, .heif).isEmpty)
    }

    @Test("sizes that lie, nests without end and floods of boxes end the reading")
    func hostile() {
        #expect(said([0, 0, 0, 1] + Array("moov".utf8) + [UInt8](repeating: 0xff, count: 8), .mp4).isEmpty)
        #expect(said([0, 0, 0, 7] + Array("moov".utf8), .mp4).isEmpty)
        #expect(said([0, 0, 0, 0] + Array("moov".utf8) + [0, 0, 0, 0] + Array("moov".utf8), .mp4).isEmpty)
        var nest = Files.box("XMP_", Files.madeByMachine)
        for _ in 0..<20 { nest = Files.box("moov", nest) }
        #expect(said(Files.fileType + nest, .mp4).isEmpty)
        let flood: [UInt8] = (0..<5_000).flatMap { _ in Files.box("free") }
        #expect(said(Files.fileType + flood + Files.manifestBox(Files.store()), .mp4).isEmpty)
    }

    @Test("a box with a 64-bit size, and one that goes to the end")
    func otherSizes() {
        let content = xmpUUID + Files.madeByMachine
        let large = Files.number(1, 4) + Array("uuid".utf8) + Files.number(content.count + 16, 8) + content
        #expect(said(Files.fileType + large + Files.box("free"), .mp4) == ["iptc:trainedAlgorithmicMedia"])
        #expect(said(Files.fileType + [0, 0, 0, 0] + Array("uuid".utf8) + content, .mp4) == ["iptc:trainedAlgorithmicMedia"])
    }
}
