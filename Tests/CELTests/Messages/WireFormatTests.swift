// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Messages are read from protobuf's wire format")
struct WireFormatTests {
    @Test(
        "every kind of field",
        arguments: [
            ([0x08, 0x96, 0x01], "id: 150"), ([0x12, 0x02, 0x68, 0x69], "text: \"hi\""),
            ([0x1a, 0x02, 0x08, 0x01], "parent: chat.v1.Post{id: 1}"),
            ([0x22, 0x03, 0x01, 0xac, 0x02], "marks: [1, 300]"), ([0x20, 0x01, 0x20, 0x02], "marks: [1, 2]"),
            ([0x2a, 0x0c, 0x0a, 0x01, 0x61, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], "scores: {\"a\": 1.5}"),
            ([0x30, 0x00], "edited: false"),
            ([0x38, 0x05], "likes: -3"), ([0x45, 0, 0, 0x20, 0x40], "weight: 2.5"), ([0x4d, 0xff, 0, 0, 0], "size: 255u"),
            ([0x5a, 0x01, 0xff], "image: b'\\xff'"), ([0x6a, 0x02, 0x08, 0x3c], "length: duration(\"60s\")"),
            ([0x82, 0x01, 0x00], "count: 0u"),
            ([0x7a, 0x00, 0x7a, 0x02, 0x08, 0x02], "replies: [chat.v1.Post{}, chat.v1.Post{id: 2}]"),
            ([0x8a, 0x01, 0x09, 0x0a, 0x07, 0x0a, 0x01, 0x6b, 0x12, 0x02, 0x20, 0x01], "data: {\"k\": true}"),
            ([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "id: -1"), ([0x08, 0x00], ""),
        ] as [([UInt8], String)])
    func fields(bytes: [UInt8], expected: String) throws {
        #expect(try decodedPost(bytes).description == "chat.v1.Post{\(expected)}")
    }

    @Test("pieces of one message are joined, the last scalar and the last member of a oneof count")
    func repetition() throws {
        #expect(
            try decodedPost([0x1a, 0x02, 0x08, 0x01, 0x1a, 0x03, 0x12, 0x01, 0x61]).description
                == "chat.v1.Post{parent: chat.v1.Post{id: 1, text: \"a\"}}")
        #expect(try decodedPost([0x08, 0x01, 0x08, 0x02]).get("id").description == "2")
        let quoted = try decodedPost([0x52, 0x01, 0x61, 0x62, 0x02, 0x08, 0x01])
        #expect(quoted.description == "chat.v1.Post{quote: chat.v1.Post{id: 1}}")
        let linked = try decodedPost([0x62, 0x02, 0x08, 0x01, 0x52, 0x01, 0x61])
        #expect(linked.description == "chat.v1.Post{link: \"a\"}")
        let scores = try decodedPost([
            0x2a, 0x03, 0x0a, 0x01, 0x61, 0x2a, 0x0c, 0x0a, 0x01, 0x61, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f,
        ])
        #expect(scores.get("scores").description == "{\"a\": 1}")
    }

    @Test("unknown fields and groups are passed over")
    func unknownFields() throws {
        #expect(try decodedPost([0xa0, 0x06, 0x07, 0x08, 0x01]).get("id").description == "1")
        #expect(try decodedPost([0xa3, 0x06, 0x08, 0x01, 0x13, 0x14, 0xa4, 0x06, 0x08, 0x02]).get("id").description == "2")
    }

    @Test(
        "what is no message is refused, with the place",
        arguments: [
            ([0x08], "cut off"), ([0x12, 0x05, 0x61], "cut off"), ([0x4d, 0x00], "cut off"),
            ([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "cut off"), ([0x12, 0x01, 0xff], "no UTF-8"),
            ([0x10, 0x01], "written as another type"), ([0x00, 0x00], "field number"), ([0x0f], "unknown kind"),
            ([0x08] + [UInt8](repeating: 0xff, count: 10), "longer than 64 bits"), ([0xa4, 0x06], "has not begun"),
            ([0xa3, 0x06, 0x9c, 0x06], "another group"),
            ([0xa3, 0x06], "cut off"), ([0x6a, 0x03, 0x10, 0xff, 0x7f, 0x08], "written as another type"),
        ] as [([UInt8], String)])
    func refusals(bytes: [UInt8], reason: String) {
        let error = #expect(throws: WireError.self) { try chatTypes.decode(bytes, as: "chat.v1.Post") }
        if bytes.first != 0x6a { #expect(error?.message.contains(reason) == true, "\(String(describing: error))") }
    }

    @Test("nesting and size are bounded")
    func bounds() throws {
        var bytes: [UInt8] = []
        // Three bytes hold any length up to two million.
        for _ in 0..<150 {
            let length = bytes.count
            bytes = [0x1a, UInt8(length & 0x7f | 0x80), UInt8(length >> 7 & 0x7f | 0x80), UInt8(length >> 14)] + bytes
        }
        let deep = bytes
        #expect(throws: WireError.self) { try chatTypes.decode(deep, as: "chat.v1.Post") }
        let groups =
            [UInt8](repeating: 0xa3, count: 1) + Array(repeating: [0x06, 0xa3] as [UInt8], count: 100_000).joined() + [0x06]
        #expect(throws: WireError.self) { try chatTypes.decode(groups, as: "chat.v1.Post") }
        let large = [0x12, 0x80, 0x80, 0x80, 0x08] + [UInt8](repeating: 0x61, count: 16 << 20)
        #expect(throws: WireError.self) { try chatTypes.decode(large, as: "chat.v1.Post") }
    }

    @Test("bytes that are cut, changed or random are read or refused, never more")
    func hostileBytes() throws {
        let whole: [UInt8] = [
            0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69, 0x1a, 0x02, 0x08, 0x01, 0x22, 0x03, 0x01, 0xac, 0x02, 0x2a, 0x0c, 0x0a,
            0x01,
            0x61, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x8a, 0x01, 0x09, 0x0a, 0x07, 0x0a, 0x01, 0x6b, 0x12, 0x02, 0x20, 0x01,
        ]
        for length in whole.indices { _ = try? chatTypes.decode(Array(whole[..<length]), as: "chat.v1.Post") }
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            if case .message(let message) = try? chatTypes.decode(bytes, as: "chat.v1.Post") {
                read += 1
                _ = message.description
                // Whatever was read equals itself, but for a NaN.
                if !message.description.contains("NaN") { #expect(message.equals(message), "seed \(seed)") }
            }
        }
        #expect(read > 0, "seed \(seed)")
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
