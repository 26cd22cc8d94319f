// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import MediaMarks

@Suite("EXIF")
struct EXIFTests {
    private func comment(_ prefix: String, _ text: [UInt8]) -> Files.Entry {
        Files.Entry(tag: 0x9286, type: 7, value: Array(prefix.utf8) + text)
    }

    @Test("the user's comment in both byte orders and all character sets", arguments: [true, false])
    func comments(little: Bool) {
        let text = Array(settings.utf8)
        let big: [UInt8] = text.flatMap { [0, $0] as [UInt8] }
        let small: [UInt8] = text.flatMap { [$0, 0] as [UInt8] }
        let texts: [(String, [UInt8])] = [
            ("ASCII\0\0\0", text), ("\0\0\0\0\0\0\0\0", text), ("JIS\0\0\0\0\0", text), ("", text),
            ("UNICODE\0", big), ("UNICODE\0", small),
            ("UNICODE\0", [0xfe, 0xff] + big), ("UNICODE\0", text),
        ]
        for (prefix, bytes) in texts {
            let block = Files.exif([], detail: [comment(prefix, bytes)], little: little)
            #expect(EXIF.generators(in: block[...]) == ["a1111"], "\(prefix)")
        }
    }

    @Test("program, description, maker and model")
    func others() {
        let entries = [
            Files.Entry(tag: 0x0131, value: Array("DALL·E 3\0".utf8)), Files.Entry(tag: 0x010e, value: Array(settings.utf8)),
            Files.Entry(tag: 0x0110, value: Array(#"{"sui_image_params":{}}"#.utf8)),
        ]
        #expect(EXIF.generators(in: Files.exif(entries)[...]) == ["dall-e", "a1111", "swarmui"])
        let camera = [
            Files.Entry(tag: 0x010f, value: Array("Canon\0".utf8)), Files.Entry(tag: 0x0110, value: Array("EOS R5\0".utf8)),
            Files.Entry(tag: 0x0131, value: Array("v1\0".utf8)),
        ]
        #expect(EXIF.generators(in: Files.exif(camera)[...]).isEmpty)
    }

    @Test("directories that point at themselves or at each other end")
    func loops() {
        let entry = Files.Entry(tag: 0x0131, value: Array("NovelAI\0".utf8))
        #expect(EXIF.generators(in: Files.exif([entry], next: 8)[...]) == ["novelai"])
        // The detail directory points back to the first one.
        var block = Files.exif([], detail: [entry])
        let start = 8 + 2 + 12 + 4
        block.replaceSubrange((start + 2 + 12)..<(start + 2 + 16), with: [8, 0, 0, 0])
        #expect(EXIF.generators(in: block[...]) == ["novelai"])
    }

    @Test("offsets, lengths and counts that lie give nothing")
    func lies() {
        let good = Files.exif([Files.Entry(tag: 0x0131, value: Array("NovelAI\0".utf8))])
        for place in 2..<26 {
            var bad = good
            for value: UInt8 in [0x00, 0x7f, 0xff] {
                bad[place] = value
                #expect(EXIF.generators(in: bad[...]).count <= 1)
            }
        }
        for count in good.indices { _ = EXIF.generators(in: good[..<count]) }
        #expect(EXIF.generators(in: [0x49, 0x49, 0x2a, 0, 0xff, 0xff, 0xff, 0xff]).isEmpty)
    }
}
