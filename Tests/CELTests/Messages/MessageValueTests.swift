// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Messages hold what their fields allow")
struct MessageValueTests {
    @Test("a field that is not set reads as its default, and has() tells")
    func defaults() throws {
        let empty = try decodedPost([])
        #expect(empty.isEmpty)
        for (field, expected) in [
            ("id", "0"), ("text", "\"\""), ("marks", "[]"), ("scores", "{}"), ("edited", "false"), ("parent", "chat.v1.Post{}"),
            ("length", "duration(\"0s\")"), ("extra", "null"), ("count", "null"), ("data", "{}"), ("replies", "[]"),
        ] {
            #expect(empty.get(field).description == expected)
            #expect(empty.has(field).description == "false")
        }
        var message = empty
        try message.set("id", .int(0))
        try message.set("edited", .bool(false))
        try message.set("count", .uint(0))
        #expect(message.has("id").description == "false")
        #expect(message.has("edited").description == "true")
        #expect(message.has("count").description == "true")
        guard case .error(let error) = message.get("titel"), case .error = message.has("titel") else {
            Issue.record("a field that does not exist was read")
            return
        }
        #expect(error.code == .noSuchField)
    }

    @Test(
        "a value that does not fit is refused",
        arguments: [
            ("marks", Value.list([.int(2_147_483_648)])), ("likes", .int(-2_147_483_649)), ("size", .uint(4_294_967_296)),
            ("count", .uint(4_294_967_296)), ("id", .uint(1)), ("id", .double(1)), ("text", .bytes([])), ("text", .null),
            ("marks", .null),
            ("data", .null), ("data", .map(MapValue([(key: "a", value: .type("int"))]))), ("length", .int(1)),
            ("parent", .map(MapValue())),
            ("scores", .list([])), ("nothing", .int(1)), ("id", .failure(.overflow, "earlier")),
        ])
    func misfits(field: String, value: Value) throws {
        guard case .error = try post((field, value)) else {
            Issue.record("\(field) took \(value)")
            return
        }
    }

    @Test("what goes in is what comes out, in the field's own form")
    func assignment() throws {
        let nested = try post(("id", .int(7)))
        for (field, value, expected) in [
            ("weight", Value.double(0.1), "0.10000000149011612"), ("weight", .double(1e300), "+Infinity"),
            ("parent", nested, "chat.v1.Post{id: 7}"),
            ("parent", .null, "chat.v1.Post{}"), ("count", .uint(3), "3u"), ("extra", .int(3), "3"),
            ("extra", nested, "chat.v1.Post{id: 7}"),
            (
                "data", .map(MapValue([(key: "n", value: .int(1)), (key: "b", value: .bytes([1, 2]))])),
                "{\"n\": 1, \"b\": \"AQI=\"}"
            ),
            ("data", .map(MapValue([(key: "n", value: .int(9_007_199_254_740_993))])), "{\"n\": \"9007199254740993\"}"),
        ] as [(String, Value, String)] {
            guard case .message(let message) = try post((field, value)) else {
                Issue.record("\(field) refused \(value)")
                continue
            }
            #expect(message.get(field).description == expected)
        }
    }

    @Test("the last member of a oneof is the one that is set")
    func oneof() throws {
        #expect(try post(("link", .string("a")), ("image", .bytes([1]))).description == "chat.v1.Post{image: b'\\x01'}")
        #expect(try post(("image", .bytes([1])), ("link", .string(""))).description == "chat.v1.Post{link: \"\"}")
    }

    @Test("equality: the same fields with equal values, whatever packs them; NaN equals nothing")
    func equality() throws {
        func equal(_ a: Value, _ b: Value) -> Bool {
            guard case .message(let a) = a, case .message(let b) = b else { return false }
            return a.equals(b)
        }
        #expect(equal(try post(("id", .int(1)), ("text", .string("a"))), try post(("text", .string("a")), ("id", .int(1)))))
        #expect(!equal(try post(("id", .int(1))), try post(("id", .int(2)))))
        #expect(!equal(try post(("edited", .bool(false))), try post()))
        #expect(equal(try post(("id", .int(0))), try post()))
        #expect(!equal(try post(("weight", .double(.nan))), try post(("weight", .double(.nan)))))
        // The fields of the packed messages stand in another order.
        let one: [UInt8] = [0x08, 0x01, 0x12, 0x01, 0x61]
        let other: [UInt8] = [0x12, 0x01, 0x61, 0x08, 0x01]
        #expect(equal(try .message(packed(one)), try .message(packed(other))))
        // Of a type that is not known only the bytes can be compared.
        #expect(equal(try .message(packed(one, "chat.v1.Gone")), try .message(packed(one, "chat.v1.Gone"))))
        #expect(!equal(try .message(packed(one, "chat.v1.Gone")), try .message(packed(other, "chat.v1.Gone"))))
    }

    @Test("an Any reads as what it packs, or says why it cannot")
    func packing() throws {
        #expect(try packed([0x08, 0x05]).get("extra").description == "chat.v1.Post{id: 5}")
        #expect(try packed([0x08, 0x05], "google.protobuf.Int32Value").get("extra").description == "5")
        guard case .error(let unknown) = try packed([0x08, 0x05], "chat.v1.Gone").get("extra") else {
            Issue.record("a type that is not declared was read")
            return
        }
        #expect(unknown.message.contains("chat.v1.Gone"))
        #expect(throws: WireError.self) { try packed([0x08]) }
    }

    @Test("two maps with the same pairs are one, a repeated key is none")
    func pairs() {
        #expect(MapValue(pairs: [(.int(1), .null), (.string("a"), .null)])?.count == 2)
        #expect(MapValue(pairs: [(.int(1), .null), (.uint(1), .null)]) == nil)
        #expect(MapValue(pairs: [(.double(1), .null)]) == nil)
    }

    /// A post whose `extra` packs these bytes as a message of that type.
    private func packed(_ bytes: [UInt8], _ type: String = "chat.v1.Post") throws -> MessageValue {
        let url = Array("types.example/\(type)".utf8)
        let any = [0x0a, UInt8(url.count)] + url + [0x12, UInt8(bytes.count)] + bytes
        return try decodedPost([0x72, UInt8(any.count)] + any)
    }
}
