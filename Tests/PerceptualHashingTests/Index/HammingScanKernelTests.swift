// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Testing

@Suite("The scan of raw memory")
struct HammingScanKernelTests {
    @Test("finds every pair for one to twenty queries at any alignment", arguments: [0, 1, 7, 8, 9, 1023, 1025, 2500])
    func pairs(count: Int) {
        var numbers = SeededNumbers(UInt64(count))
        let queries = (0..<20).map { _ in numbers.hash() }
        let hashes = (0..<count).map { number in
            number % 3 == 0 ? numbers.hash() : queries[number % 20].changed(number % 50, using: &numbers)
        }
        for order in [HammingScan.ByteOrder.words, .bytes] {
            // A byte in front, so that nothing is aligned; a part of a hash behind.
            var memory: [UInt8] = [0]
            for hash in hashes { memory += order == .bytes ? hash.bytes : hash.bytes.reversed() }
            memory += [1, 2, 3]
            for (some, radius) in [(1, 31), (3, 36), (8, 37), (9, 20), (20, 31), (2, 0)] {
                var expected: Set<HammingScan.Hit> = []
                for (index, hash) in hashes.enumerated() {
                    for query in 0..<some where hash.distance(to: queries[query]) <= radius {
                        expected.insert(.init(index: index, query: query, distance: hash.distance(to: queries[query])))
                    }
                }
                var found: [HammingScan.Hit] = []
                memory.withUnsafeBytes { bytes in
                    HammingScan.scan(
                        UnsafeRawBufferPointer(rebasing: bytes.dropFirst()), queries: Array(queries.prefix(some)), within: radius,
                        order: order
                    ) { found.append($0) }
                }
                #expect(found.count == expected.count)
                #expect(Set(found) == expected)
            }
        }
    }
}
