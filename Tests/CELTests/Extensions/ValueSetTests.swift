// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import CEL

@Suite("A set of values agrees with equality, whatever the types")
struct ValueSetTests {
    private static let values: [Value] = [
        .null, .bool(true), .bool(false), .int(1), .uint(1), .double(1), .double(1.5), .int(-1), .double(-1), .string("1"),
        .string("é"),
        .string("e\u{301}"), .bytes([1]), .list([.int(1)]), .list([.double(1)]), .double(.nan), .int(.max),
        .double(9.223372036854775807e18),
        .uint(9_223_372_036_854_775_808), .type("int"), .duration(nanoseconds: 1), .optional(.int(1)), .optional(nil),
        .address(IPAddress(v4: 1)), .list([]), .double(-0.0), .int(0), .list([.double(-0.0)]), .list([.uint(0)]),
        .map(MapValue([("a", .int(1)), ("b", .int(2))])),
        .map(
            MapValue([
                ("b", .uint(2)),
                ("a", .double(1)),
            ])), .uint(.max), .double(1.8446744073709552e19),
    ]

    @Test("contains", arguments: ExtensionRandom.seeds)
    func contains(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<300 {
            let members = Self.values.shuffled(using: &random).prefix(Int.random(in: 0...8, using: &random))
            let set = ValueSet(Array(members))
            for value in Self.values {
                #expect(set.contains(value) == members.contains { areEqual($0, value) }, "\(members) \(value)")
            }
        }
    }
}
