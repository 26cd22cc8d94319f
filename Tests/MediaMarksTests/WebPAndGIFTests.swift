// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks
import Testing

@Suite("WebP and GIF")
struct WebPAndGIFTests {
    @Test("WebP: XMP, EXIF with and without its name, and the store of manifests")
    func webp() {
        let exif = Files.exif([Files.Entry(tag: 0x010f, value: Array("prompt:\(graph)\0".utf8))])
        let file = Files.webp(("VP8 ", [1, 2, 3]), ("EXIF", exif), ("XMP ", Files.madeByMachine), ("C2PA", Files.store()))
        #expect(said(file, .webp) == ["generator:comfyui", "iptc:trainedAlgorithmicMedia", "c2pa:present"])
        #expect(places(file, .webp) == ["exif", "xmp"])
        #expect(said(Files.webp(("EXIF", Array("Exif\0\0".utf8) + exif)), .webp) == ["generator:comfyui"])
        #expect(said(Files.webp(("VP8 ", [1, 2, 3])), .webp).isEmpty)
    }

    @Test("WebP: lengths that lie end the reading")
    func lyingWebP() {
        var file = Files.webp(("XMP ", Files.madeByMachine))
        file.replaceSubrange(16..<20, with: [0xff, 0xff, 0xff, 0xff])
        #expect(said(file, .webp).isEmpty)
        #expect(said(Array(file.prefix(14)), .webp).isEmpty)
        let many = Files.webp(("XXXX", []))
        let flood: [UInt8] = Array(many.prefix(12)) + (0..<5_000).flatMap { _ in Array(many.dropFirst(12)) }
        #expect(said(flood + Files.webp(("C2PA", Files.store())).dropFirst(12), .webp).isEmpty)
    }

    @Test("GIF: XMP as it lies there, comments, the store of manifests before and behind the pixels")
    func gif() {
        #expect(said(Files.gif(Files.gifXMP(Files.madeByMachine)), .gif) == ["iptc:trainedAlgorithmicMedia"])
        #expect(said(Files.gif([0x21, 0xfe] + Files.blocks(Array(settings.utf8))), .gif) == ["generator:a1111"])
        let store: [UInt8] =
            [0x21, 0xff, 11] + Array("C2PA_GIF".utf8) + [1, 0, 0] + Files.blocks(Files.store([UInt8](repeating: 0, count: 600)))
        #expect(said(Files.gif(store), .gif) == ["c2pa:present"])
        #expect(said(Array(Files.gif().dropLast()) + store + [0x3b], .gif) == ["c2pa:present"])
        #expect(said(Files.gif(), .gif).isEmpty)
        #expect(said(Files.gif([0x21, 0xff, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0]), .gif).isEmpty)
    }

    @Test("GIF: blocks without end, and what comes behind the trailer, are nothing")
    func hostileGIF() {
        #expect(said(Array(Files.gif().dropLast(1)) + [0x21, 0xfe] + [UInt8](repeating: 255, count: 100_000), .gif).isEmpty)
        #expect(said(Files.gif() + [0x21, 0xfe] + Files.blocks(Array(settings.utf8)), .gif).isEmpty)
        let flood: [UInt8] = (0..<5_000).flatMap { _ in [0x21, 0xfe, 0] as [UInt8] }
        #expect(said(Files.gif(flood, [0x21, 0xfe] + Files.blocks(Array(settings.utf8))), .gif).isEmpty)
    }
}
