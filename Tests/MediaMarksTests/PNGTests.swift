// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks
import Testing

@Suite("PNG")
struct PNGTests {
    @Test("a picture without marks says nothing")
    func plain() { #expect(said(Files.png(), .png).isEmpty) }

    @Test(
        "generators are known by keyword and settings",
        arguments: [
            ("parameters", settings, "a1111"), ("prompt", graph, "comfyui"), ("workflow", #"{"nodes":[]}"#, "comfyui"),
            ("invokeai_metadata", "{}", "invokeai"), ("sd-metadata", "{}", "invokeai"), ("Dream", "x", "invokeai"),
            ("Software", "NovelAI", "novelai"), ("parameters", #"{"sui_image_params":{}}"#, "swarmui"),
            ("fooocus_scheme", "fooocus", "fooocus"), ("Negative Prompt", "x", "easy-diffusion"),
            ("Software", "Adobe Firefly 3", "adobe-firefly"), ("Description", "a boat --v 6.0 Job ID: 12", "midjourney"),
        ])
    func generators(keyword: String, text: String, name: String) {
        #expect(said(Files.png(Files.text(keyword, text)), .png) == ["generator:\(name)"])
        #expect(places(Files.png(Files.text(keyword, text)), .png) == ["png-text"])
    }

    @Test(
        "ordinary texts are no traces",
        arguments: [
            ("Software", "GIMP 2.10"), ("Comment", "Created with a camera"), ("parameters", "aperture 8"),
            ("Title", "Steps in the snow"), ("prompt", "say cheese"), ("Description", "all about midjourney"), ("Author", "Sora"),
        ])
    func ordinary(keyword: String, text: String) { #expect(said(Files.png(Files.text(keyword, text)), .png).isEmpty) }

    @Test("texts may be compressed, and stand behind the pixels")
    func compressed() {
        let file = Files.png(
            Files.chunk("IDAT", [1]), Files.compressedText("parameters", Files.stored(Array(settings.utf8))),
            Files.internationalText("XML:com.adobe.xmp", Files.stored(Files.madeByMachine), compressed: true))
        #expect(said(file, .png) == ["generator:a1111", "iptc:trainedAlgorithmicMedia"])
    }

    @Test("EXIF and XMP in the hexadecimal form of converters")
    func rawProfiles() {
        func raw(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
            let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return Files.text("Raw profile type \(name)", "\n\(name)\n    \(bytes.count)\n\(digits)\n")
        }
        let exif = Files.exif([Files.Entry(tag: 0x0131, value: Array("NovelAI\0".utf8))])
        #expect(said(Files.png(raw("exif", Array("Exif\0\0".utf8) + exif)), .png) == ["generator:novelai"])
        #expect(said(Files.png(raw("xmp", Files.madeByMachine)), .png) == ["iptc:trainedAlgorithmicMedia"])
    }

    @Test("a store of manifests is located; the terms in it are told")
    func store() {
        #expect(said(Files.png(Files.chunk("caBX", Files.store())), .png) == ["c2pa:present"])
        let store = Files.store(Files.box("jumb", Array("xdigitalSourceTypexF\(Files.machine)\u{1}".utf8)))
        #expect(said(Files.png(Files.chunk("caBX", store)), .png) == ["iptc:trainedAlgorithmicMedia", "c2pa:present"])
        #expect(said(Files.png(Files.chunk("caBX", Array("no store".utf8))), .png).isEmpty)
    }

    @Test("a length that lies ends the file there; what stood before is kept")
    func lyingLength() {
        for length in [100, 0x7fff_ffff, 0xffff_ffff] {
            let file = Files.png(
                Files.text("Software", "NovelAI"), Files.chunk("tEXt", Array("x".utf8), length: length),
                Files.text("parameters", settings))
            #expect(said(file, .png).first == "generator:novelai" && said(file, .png).count == 1 || length == 100)
        }
    }

    @Test("no more than 64 texts are read, and no text above 1 MiB")
    func limits() {
        let many: [UInt8] = (0..<64).flatMap { Files.text("Comment", "number \($0)") }
        #expect(said(Files.png(many, Files.text("parameters", settings)), .png).isEmpty)
        let long = Files.text("parameters", settings + String(repeating: " ", count: 1 << 20))
        #expect(said(Files.png(long), .png).isEmpty)
    }

    @Test("streams that hold nothing count by their own length")
    func empty() {
        // Blocks of no bytes, as many as fit into a chunk that is read.
        let nothing = [0x78, 0x01] + [UInt8](Array(repeating: [0, 0, 0, 0xff, 0xff], count: 200_000).joined())
        let marked = Files.internationalText("XML:com.adobe.xmp", Files.stored(Files.madeByMachine), compressed: true)
        for (count, expected) in [(3, ["iptc:trainedAlgorithmicMedia"]), (5, [])] {
            let streams = (0..<count).flatMap { _ in Files.internationalText("XML:com.adobe.xmp", nothing, compressed: true) }
            #expect(said(Files.png(streams, marked), .png) == expected, "\(count)")
        }
    }

    @Test("a thousand chunks that unpack to much stay within the limit of the file")
    func bombs() {
        // Every one of these has 300 KiB of zeros, all together twenty times what is unpacked of a file.
        let one = Files.compressedText("parameters", Files.stored([UInt8](repeating: 0x20, count: 300 << 10)))
        let started = ContinuousClock.now
        let file = Files.png((0..<60).flatMap { _ in one }, Files.text("Software", "NovelAI"))
        #expect(said(file, .png) == ["generator:novelai"])
        #expect(ContinuousClock.now - started < .seconds(60))
    }
}
