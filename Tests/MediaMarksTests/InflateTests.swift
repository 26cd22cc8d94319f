// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import MediaMarks

@Suite("Inflate")
struct InflateTests {
    /// The same text as packed by zlib in three ways, and how much of it.
    private static let streams: [(String, Int, String)] = [
        (
            "dynamic", 2572,
            """
            eNqN1k1qQkEQReGt9AIy6Kqu3+U8zDMRjA9U0OVLdnDmF3rw0Zy6Xm77mOM4j2089/dzvH6Pxz5ex/37MU7H3z62n+1y+xrX/2FL02mtotP0pN \
            PIoFNvx1MxOrW16HS50qmm0Kk01pKJtRRjtWGsCoyVhbFyYqxQjOWGsSww1iqMpc2xBGvJwlqOsToxVjXGKsFYuTBWOMbyxFhWGMsmxlqKsdSw \
            lgTXwliYqlX565gqY/JiNC9G8WIkL0bwYjgvhvFiYC0RrLUwVvvkxWheDH5fTH5fKL8vzHkx+Mcqfl9Mfl8o0foAMjRl8Q==
            """
        ),
        (
            "fixed", 2572,
            """
            eAHLycxLVTBQyE9TSFQoSa0oUSjPyC9OVSjPL0opVkjOz01VSExPzMzTUcgBKbQ0tCRWqYWxBbFKzU3NiVVqZm5GrFJTS1OilRqaEKvUxNiYWK \
            XGpkbEKjUyNyRWqaEl0bFlaEB0bBkRHVmWJkRHloUZ0ZFlbkF0ZJkbEB1ZZkZER5apCdGRZWJGdGQZWxAdWUaWxEeWIdGxZWhMdGyZEh1ZluZE \
            R5aFJdGRZWFIdGSZGxMdWWamREeWqTnRkWViQXRkmRgQHVnGRkRHlpEJ0bFlaEZ8bBEdWURHlaWREfG2Ex1V5mYGxNcYlsTXGBbE1xjmxNcYZs \
            TXGKbE1xgmxNcYRMeWoSHRsWVMdGRZmhoQX2NYEl9jEN++MCC+fWFEfPvCxJT4GoP4jGVBfPvCgPj2hRExsQUAMjRl8Q==
            """
        ),
        (
            "huffman", 240,
            """
            eAEFwVGKhDAQRdGt3AX4McNg2y6n0KcJxBSYgsry55xWu/jBL4zQDLL4EOnvOTj8EXZb7QutdrH/7viFEZpBFh8i/T0Hhz/Cbqt9odUuvn9f/M \
            IIzSCLD5H+noPDH2G31b7QahfbuuEXRmgGWXyI9PccHP4Iu632hVa7+Gwf/MIIzSCLD5H+noPDH2G31b7QahfrvuIXRmgGWXyI9H9Rj1FX
            """
        ),
    ]

    private static let text = Array(
        (0..<60).map { "line \($0 * 7_919 % 1_000) of a text whose words come again, " }.joined().utf8)

    @Test("unpacks blocks of every kind", arguments: streams.map(\.0))
    func kinds(name: String) throws {
        let (_, length, packed) = try #require(Self.streams.first { $0.0 == name })
        let stream = [UInt8](try #require(Data(base64Encoded: packed.replacingOccurrences(of: " ", with: ""))))
        let output = Inflate.zlib(stream[...], limit: 10_000)
        #expect(output.bytes == Array(Self.text.prefix(length)) && output.isWhole)
        // Cut anywhere, what is there is a beginning of it.
        for count in stream.indices.dropLast(4) {
            let part = Inflate.zlib(stream[..<count], limit: 10_000)
            #expect(!part.isWhole && Self.text.starts(with: part.bytes), "cut at \(count)")
        }
        for limit in [0, 1, 100, length - 1] {
            let part = Inflate.zlib(stream[...], limit: limit)
            #expect(part.bytes.count == limit && !part.isWhole)
        }
    }

    @Test("stored blocks, of the largest length too")
    func stored() {
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        #expect(Inflate.zlib(Files.stored(bytes)[...], limit: 100_000).bytes == bytes)
    }

    @Test(
        "what is no stream gives nothing",
        arguments: [
            [], [0x78], [0x78, 0x02], [0x79, 0x9c, 1, 0, 0], [0x78, 0xbb, 1, 0, 0],
            // A block of the fourth kind; a stored block whose length does not fit its check; a distance before the beginning.
            [0x78, 0x01, 0x07], [0x78, 0x01, 1, 5, 0, 0, 0, 1, 2, 3, 4, 5], [0x78, 0x01, 0x03, 0x02, 0x00],
        ] as [[UInt8]])
    func nonsense(stream: [UInt8]) {
        let output = Inflate.zlib(stream[...], limit: 1_000)
        #expect(output.bytes.isEmpty && !output.isWhole)
    }

    @Test("random bytes end in something, within the limit")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
        var state = seed
        for _ in 0..<2_000 {
            let stream = (0..<64).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            #expect(Inflate.raw(stream[...], limit: 500).bytes.count <= 500, "seed \(seed)")
        }
    }
}
