// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("A PDQ hash")
struct PDQHashTests {
    private let text = "229a7e304744b08ddbe90d12b2b6dd65689d86ca7d72b33780cdfdf82232d34c"

    @Test("reads and writes 64 hexadecimal digits, bit 255 first")
    func roundTrip() throws {
        let hash = try PDQHash(hex: text)
        #expect(hash.hex == text)
        #expect(try PDQHash(hex: text.uppercased()) == hash)
        #expect(hash.bytes.first == 0x22 && hash.bytes.last == 0x4c && hash.bytes.count == 32)
        #expect(try PDQHash(bytes: hash.bytes) == hash)
        #expect(try PDQHash(hex: String(repeating: "0", count: 63) + "1") == PDQHash(words: 1, 0, 0, 0))
        let json = try JSONEncoder().encode([hash])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([PDQHash].self, from: json) == [hash])
    }

    @Test(
        "refuses text that is no hash",
        arguments: [
            ("", PDQHashError.wrongLength(0)),
            (String(repeating: "f", count: 63), .wrongLength(63)),
            (String(repeating: "f", count: 63) + "g", .notHexadecimal(at: 63)),
            ("-" + String(repeating: "1", count: 63), .notHexadecimal(at: 0)),
        ])
    func refuses(text: String, expected: PDQHashError) {
        #expect(throws: expected) { try PDQHash(hex: text) }
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([PDQHash].self, from: JSONEncoder().encode([text])) }
    }

    @Test("counts the bits that differ")
    func distances() throws {
        let hash = try PDQHash(hex: text)
        #expect(hash.distance(to: hash) == 0)
        #expect(hash.distance(to: hash.complement) == 256)
        #expect(PDQHash.zero.distance(to: PDQHash(words: 1, 3, 7, 1 << 63)) == 7)
    }
}
