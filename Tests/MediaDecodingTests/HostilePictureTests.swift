// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import Signals
import Testing

@Suite("A hostile picture")
struct HostilePictureTests {
    private let good = Pictures.png(width: 200, height: 150)
    // The same pixels as the first pattern of PDQHasherTests.
    private let goodFacts = MediaFacts(
        format: "png", width: 200, height: 150, pdq: "9f3c1b5ab6540b55be005cba91ae6cda599ab45a6ef04825da8f94e19497b4ac",
        quality: 100,
        dihedrals: [
            "ba4fea4329631130ddb85298f8280d7f07bf8e9b86b50a1dc7c945e4c7ca4de1",
            "ca2ab1f0e20061ffeb51f610c4fac6700cef1ef03ba5e20f8fda3e4be1c21e06",
            "ef1a00e97c36bb9a88edf832ad3d87d552ea2431d360a0b7929ce74e129f054b",
            "9f3ca4a4b65434aabe00a34591ae9325599a49a56ef0b75ada8f2b1eb4974b53",
            "ca6a4e0fe2009e00eb5109efc4fa398f0cefe10f3ba51df08fda81b4e1c2e1f9",
            "aa4f05b82961eecfddb8ad67f828d28007af71648635f5e2c7c9b21b47ca101e",
            "ef1abf127c36446588ed07cdad7d582a52ea5bced3e05f48929c10b1929f18b4",
        ])

    @Test("gets one clear error, and the next good one works")
    func errors() async throws {
        let cases: [(name: String, bytes: [UInt8], error: MediaError)] = [
            ("empty", [], .unsupported("not a JPEG, PNG, WebP, GIF, HEIC or AVIF file")),
            (
                "text", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8),
                .unsupported("not a JPEG, PNG, WebP, GIF, HEIC or AVIF file")
            ),
            ("TIFF", [0x49, 0x49, 0x2a, 0] + good, .unsupported("not a JPEG, PNG, WebP, GIF, HEIC or AVIF file")),
            ("magic only", Array(good[..<8]), .undecodable("the png header can't be read")),
            ("JPEG magic before a PNG", [0xff, 0xd8, 0xff] + good, .undecodable("the jpeg header can't be read")),
            (
                "60,000 x 60,000", Pictures.png(width: 60_000, height: 60_000, colourType: 2, data: []),
                .tooLarge("60000 x 60000 pixels, more than the 50000000 allowed")
            ),
            (
                "a bomb over the limit", Pictures.pngBomb(width: 10_000, height: 6_000),
                .tooLarge("10000 x 6000 pixels, more than the 50000000 allowed")
            ),
            (
                "too many bytes", [UInt8](repeating: 0, count: 20 << 20 + 1),
                .tooLarge("\(20 << 20 + 1) bytes, more than the \(20 << 20) allowed")
            ),
        ]
        try await withPool { pool in
            for (name, bytes, expected) in cases {
                await #expect(throws: expected, "\(name)") { try await pool.inspect(bytes) }
                let facts = try await pool.inspect(good)
                #expect(facts == goodFacts, "after: \(name)")
            }
        }
    }

    @Test("that is tiny has no hash")
    func tiny() async throws {
        try await withPool { pool in
            let facts = try await pool.inspect(Pictures.png(width: 1, height: 1))
            #expect(facts == MediaFacts(format: "png", width: 1, height: 1, pdq: "", quality: 0))
        }
    }

    @Test("that unpacks to 48 million pixels from 50 kilobytes is decoded in bounded memory")
    func bombWithinLimits() async throws {
        let bomb = Pictures.pngBomb(width: 8_000, height: 6_000)
        #expect(bomb.count < 400_000)
        try await withPool({ $0.memory = 64 << 20 }) { pool in
            let facts = try await pool.inspect(bomb)
            #expect(facts.width == 8_000 && facts.height == 6_000 && facts.quality == 0)
        }
    }

    @Test("whose end is missing is decoded as far as it goes, or refused")
    func truncated() async throws {
        try await withPool { pool in
            for picture in [good, Pictures.jpeg(width: 120, height: 90), Pictures.gif(width: 40, height: 30)] {
                for part in 1..<8 {
                    _ = try? await pool.inspect(Array(picture[..<(picture.count * part / 8)]))
                    let facts = try await pool.inspect(good)
                    #expect(facts == goodFacts)
                }
            }
        }
    }
}
