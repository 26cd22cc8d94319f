// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("A linear scan")
struct HammingScanTests {
    @Test("finds a hash at the radius and not one bit beyond", arguments: [0, 1, 31, 64, 255])
    func boundary(radius: Int) {
        func hash(bits: Int) -> PDQHash {
            let words = (0..<4).map { word -> UInt64 in
                let count = min(64, max(0, bits - 64 * word))
                return count == 64 ? .max : (1 << UInt64(count)) - 1
            }
            return PDQHash(words: words[0], words[1], words[2], words[3])
        }
        let scan = HammingScan([hash(bits: radius + 1), hash(bits: radius)])
        #expect(scan.matches(for: .zero, within: radius) == [.init(index: 1, distance: radius)])
        #expect(scan.nearest(to: .zero, within: radius) == .init(index: 1, distance: radius))
        #expect(HammingScan().nearest(to: .zero) == nil)
    }

    struct Needle: Decodable {
        var needle: String
        var within31: [[Int]]
        var within15: [[Int]]
        var nearest: [Int]
    }

    @Test("finds what the published search finds")
    func published() throws {
        guard let folder = try SharedVectors.pdq, let needles: [Needle] = try SharedVectors.json("search/expected.json")
        else { return }
        let lines = try String(contentsOf: folder.appendingPathComponent("search/haystack.txt"), encoding: .utf8)
        var scan = HammingScan()
        for line in lines.split(separator: "\n") { scan.append(try PDQHash(hex: line)) }
        for needle in needles {
            let query = try PDQHash(hex: needle.needle)
            func pairs(_ radius: Int) -> Set<[Int]> {
                Set(scan.matches(for: query, within: radius).map { [$0.index, $0.distance] })
            }
            #expect(pairs(31) == Set(needle.within31))
            #expect(pairs(15) == Set(needle.within15))
            #expect(scan.nearest(to: query)?.distance == needle.nearest[1])
        }
    }

    struct Pair: Decodable {
        var a: String
        var b: String
        var distance: Int
        var matchAt31: Bool
    }

    @Test("agrees with the published distances")
    func distances() throws {
        for pair in try SharedVectors.json("search/distances.json", as: [Pair].self) ?? [] {
            let (a, b) = (try PDQHash(hex: pair.a), try PDQHash(hex: pair.b))
            #expect(a.distance(to: b) == pair.distance)
            #expect(HammingScan([a]).matches(for: b, within: 31).isEmpty != pair.matchAt31)
        }
    }
}
