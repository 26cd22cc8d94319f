// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import Connectors

@Suite("JSON of unknown shape")
struct JSONReaderTests {
    @Test("reads what it writes")
    func roundTrip() throws {
        let value: JSONValue = [
            "text": .string("a \"quote\" \\ \n \u{1} 안녕 👋"), "list": [1, -2, .number(1.5), true, false, .null, [:], []],
            "large": .integer(.max), "nested": ["a": ["b": "c"]],
        ]
        #expect(try JSONReader.read(value.serialized) == value)
    }

    @Test(
        "reads every escape",
        arguments: [
            (#""\u0041\u00e9""#, "Aé"), (#""\ud83d\udc4b""#, "👋"), (#""\ud83d""#, "\u{FFFD}"), (#""\udc4bx""#, "\u{FFFD}x"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\b\f\n\r\t\/\\\"""#, "\u{8}\u{C}\n\r\t/\\\""),
        ])
    func escapes(text: String, expected: String) throws {
        #expect(try JSONReader.read(Array(text.utf8)).string == expected)
    }

    @Test(
        "refuses what is no JSON",
        arguments: [
            "", " ", "{", "[", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "-", "1e", "1e999",
            "tru", "nul",
            "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "[1]x", "[1 2]", "'a'", "NaN", "\"\\u+123\"",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("refuses nesting without end and bytes that are no text")
    func hostile() {
        #expect(throws: JSONError.tooDeep) { try JSONReader.read(Array(repeating: UInt8(ascii: "["), count: 1_000_000)) }
        #expect(throws: JSONError.self) { try JSONReader.read([0x22, 0xFF, 0xFE, 0x22]) }
        #expect(throws: JSONError.self) { try JSONReader.read([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test("survives any damage to a document")
    func damage() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(state: seed)
        let good = JSONValue.object(["events": [Recorded.text("$a", "x \u{1F44B} \\"), Recorded.picture("$b")]]).serialized
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random) / 4)
            if let value = try? JSONReader.read(bytes) {
                #expect((try? JSONReader.read(value.serialized)) == value, "seed \(seed)")
            }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
