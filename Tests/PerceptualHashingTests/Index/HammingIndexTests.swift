// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("A Hamming index")
struct HammingIndexTests {
    @Test("finds exactly what looking at every hash finds", arguments: [1, 2, 30, 700, 3_000], HammingSearcher.Path.allCases)
    func exact(size: Int, path: HammingSearcher.Path) throws {
        let seed = SeededNumbers.freshSeed()
        print("seed \(seed)")
        var numbers = SeededNumbers(seed)
        var plain = PlainIndex()
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 300))
        let entries = mixedEntries(size, using: &numbers)
        for start in stride(from: 0, to: entries.count, by: 400) {
            let changes = entries[start..<min(start + 400, entries.count)].map { HammingChange.add($0) }
            plain.apply(changes)
            try index.apply(changes, tag: UInt64(start))
        }
        if Bool.random(using: &numbers) { try index.compact() }
        #expect(index.count == plain.entries.count)
        let searcher = index.makeSearcher()
        searcher.path = path
        for radius in [0, 1, 2, 7, 15, 16, 30, 31, 32, 33, 40, 47, 63] + (path == .probes ? [] : [64, 127, 256]) {
            let known = entries[Int.random(in: entries.indices, using: &numbers)].hash
            for query in [known, known.changed(min(radius, 256), using: &numbers), numbers.hash()] {
                // Probing a ball of 63 bits is slow in a debug build; a smaller one shows the same.
                if path == .probes, radius > 33, size > 100 { continue }
                #expect(
                    searcher.matches(for: query, within: radius) == plain.matches(for: query, within: radius), "radius \(radius)")
            }
        }
        _ = try index.verify()
    }

    @Test("does not miss a hash whose differences are spread evenly", arguments: [15, 31, 32, 45])
    func worstCase(radius: Int) throws {
        var numbers = SeededNumbers(UInt64(radius))
        let query = numbers.hash()
        var entries = mixedEntries(800, using: &numbers)
        // One difference every few bits from every start, in the order of bits and in the order in which slots get them.
        var planted: Set<UInt64> = []
        for (step, key) in zip([1, 3, 5, 7, 8, 9, 16, 17, 31, 37, 85, 111, 127], UInt64(10_000)...) {
            for start in 0..<16 {
                for (bits, base) in [(radius, UInt64(0)), (radius + 1, 100_000)] {
                    let places = Set((0..<256).map { (start + $0 * step * 256 / bits / 8) % 256 }).prefix(bits)
                    let hash = query.flipping(
                        places.count == bits ? Array(places) : Array((0..<256).shuffled(using: &numbers).prefix(bits)))
                    let name = base + key * 16 + UInt64(start)
                    entries.append(HammingEntry(hash: hash, key: name))
                    if bits == radius { planted.insert(name) }
                }
            }
        }
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 10_000))
        try index.apply(entries.map { .add($0) }, tag: 1)
        try index.compact()
        let searcher = index.makeSearcher()
        searcher.path = .probes
        let found = searcher.matches(for: query, within: radius).map(\.key).filter { $0 >= 10_000 }
        #expect(Set(found) == planted)
    }

    struct PublishedWorstCase: Decodable {
        var haystack: String
        var needle: String
        var distance: Int
    }

    @Test("finds the published worst cases at 31 and not those at 32")
    func publishedWorstCases() throws {
        let cases = try SharedVectors.json("search/mih-worst-case.json", as: [PublishedWorstCase].self) ?? []
        let index = HammingIndex.inMemory()
        for (number, one) in cases.enumerated() {
            try index.apply([.add(HammingEntry(hash: try PDQHash(hex: one.haystack), key: UInt64(number)))], tag: 1)
        }
        try index.compact()
        let searcher = index.makeSearcher()
        searcher.path = .probes
        for (number, one) in cases.enumerated() {
            let found = searcher.matches(for: try PDQHash(hex: one.needle), within: 31).contains { $0.key == UInt64(number) }
            #expect(found == (one.distance <= 31))
        }
    }

    @Test("finds what the published search finds")
    func published() throws {
        guard let folder = try SharedVectors.pdq,
            let needles: [HammingScanTests.Needle] = try SharedVectors.json("search/expected.json")
        else { return }
        let lines = try String(contentsOf: folder.appendingPathComponent("search/haystack.txt"), encoding: .utf8)
        let index = HammingIndex.inMemory()
        try index.apply(
            lines.split(separator: "\n").enumerated().map { number, line in
                .add(HammingEntry(hash: try PDQHash(hex: line), key: UInt64(number)))
            }, tag: 1)
        try index.compact()
        let searcher = index.makeSearcher()
        for path in HammingSearcher.Path.allCases {
            searcher.path = path
            for needle in needles {
                let query = try PDQHash(hex: needle.needle)
                func pairs(_ radius: Int) -> Set<[Int]> {
                    Set(searcher.matches(for: query, within: radius).map { [Int($0.key), $0.distance] })
                }
                #expect(pairs(31) == Set(needle.within31))
                #expect(pairs(15) == Set(needle.within15))
            }
        }
    }

    @Test("gives the nearest ones in order")
    func nearest() throws {
        var numbers = SeededNumbers(5)
        var plain = PlainIndex()
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 100))
        let changes = mixedEntries(600, using: &numbers).map { HammingChange.add($0) }
        plain.apply(changes)
        try index.apply(changes, tag: 1)
        let searcher = index.makeSearcher()
        for query in plain.entries.keys.prefix(20).map(\.hash) {
            for (count, radius) in [(1, 31), (3, 63), (50, 140), (5, 0)] {
                let expected = plain.matches(for: query, within: radius).prefix(count)
                #expect(searcher.nearest(to: query, count: count, within: radius).map(\.distance) == expected.map(\.distance))
            }
        }
        #expect(searcher.nearest(to: .zero, count: 0, within: 31).isEmpty)
    }

    @Test("answers a batch as it answers one query after the other")
    func batch() throws {
        var numbers = SeededNumbers(6)
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 500))
        let entries = mixedEntries(1_500, using: &numbers)
        try index.apply(entries.map { .add($0) }, tag: 1)
        try index.compact()
        try index.apply(mixedEntries(100, using: &numbers).map { .add($0) }, tag: 2)
        let searcher = index.makeSearcher()
        let queries = (0..<60).map { entries[$0 * 20].hash.changed($0 % 40, using: &numbers) }
        let filter = HammingFilter(banks: [1, 2, 4], now: 50)
        for path in HammingSearcher.Path.allCases {
            searcher.path = path
            #expect(
                searcher.batch(queries, within: 31, filter: filter)
                    == queries.map { searcher.matches(for: $0, within: 31, filter: filter) })
        }
        #expect(searcher.batch([], within: 31).isEmpty)
    }

    @Test("filters by bank, source, trust, expiry and the entry's own radius")
    func filters() throws {
        let index = HammingIndex.inMemory()
        let near = PDQHash.zero.flipping(0..<10)
        func entry(_ key: UInt64, _ labels: HammingLabels) -> HammingChange {
            .add(HammingEntry(hash: near, key: key, labels: labels))
        }
        try index.apply(
            [
                entry(1, HammingLabels(bank: 1, source: 1, trust: 2)), entry(2, HammingLabels(bank: 2, source: 2, trust: 3)),
                entry(3, HammingLabels(bank: 2, source: 3, radius: 9)), entry(4, HammingLabels(bank: 3, source: 3, radius: 10)),
                entry(5, HammingLabels(bank: 3, source: 1, expires: 100)),
            ], tag: 1)
        let searcher = index.makeSearcher()
        func keys(_ filter: HammingFilter) -> [UInt64] { searcher.matches(for: .zero, within: 31, filter: filter).map(\.key) }
        #expect(keys(.all) == [1, 2, 4, 5])
        #expect(keys(HammingFilter(banks: [2, 3])) == [2, 4, 5])
        #expect(keys(HammingFilter(trust: 1 << 2 | 1 << 3)) == [1, 2])
        #expect(keys(HammingFilter(sources: [1])) == [1, 5])
        #expect(keys(HammingFilter(excludedSources: [1, 2])) == [4])
        #expect(keys(HammingFilter(now: 99)) == [1, 2, 4, 5])
        #expect(keys(HammingFilter(now: 100)) == [1, 2, 4])
    }

    @Test("keeps one entry for a hash and key, with the newest labels, and forgets removed ones")
    func replaceAndRemove() throws {
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 4))
        let hash = PDQHash.zero.flipping([3])
        func add(_ key: UInt64, _ bank: UInt16) -> HammingChange {
            .add(HammingEntry(hash: hash, key: key, labels: HammingLabels(bank: bank)))
        }
        let searcher = index.makeSearcher()
        func found() -> [[Int]] { searcher.matches(for: .zero, within: 1).map { [Int($0.key), Int($0.labels.bank)] } }
        try index.apply([add(1, 1), add(2, 1), add(1, 2)], tag: 1)
        #expect(found() == [[1, 2], [2, 1]])
        try index.compact()
        #expect(index.count == 2)
        try index.apply([add(2, 3), .remove(hash: hash, key: 1), .remove(hash: .zero, key: 9)], tag: 2)
        #expect(found() == [[2, 3]])
        try index.compact()
        #expect(found() == [[2, 3]])
        try index.apply([.remove(hash: hash, key: 2)], tag: 3)
        #expect(found() == [])
        try index.compact()
        #expect(index.count == 0)
        #expect(index.tag == 3)
    }

    @Test("agrees with the plain way through any mix of changes, merges and reopenings")
    func anyMix() async throws {
        let seed = SeededNumbers.freshSeed()
        print("seed \(seed)")
        var numbers = SeededNumbers(seed)
        try await withFolder { folder in
            var plain = PlainIndex()
            var index = try HammingIndex.open(at: folder, options: .init(deltaLimit: 80))
            for tag in 1...UInt64(60) {
                var changes = mixedEntries(Int.random(in: 0..<30, using: &numbers), using: &numbers).map { HammingChange.add($0) }
                for name in plain.entries.keys.shuffled(using: &numbers).prefix(Int.random(in: 0..<30, using: &numbers)) {
                    changes.append(
                        Bool.random(using: &numbers)
                            ? .remove(hash: name.hash, key: name.key)
                            : .add(HammingEntry(hash: name.hash, key: name.key, labels: numbers.labels())))
                }
                plain.apply(changes)
                try index.apply(changes, tag: tag)
                if tag % 13 == 0 { try index.compact() }
                if tag % 10 == 0 {
                    index.close()
                    index = try HammingIndex.open(at: folder, options: .init(deltaLimit: 80))
                    #expect(index.tag == tag)
                }
                #expect(index.count == plain.entries.count)
                let searcher = index.makeSearcher()
                for name in plain.entries.keys.shuffled(using: &numbers).prefix(5) {
                    let query = name.hash.changed(Int.random(in: 0..<32, using: &numbers), using: &numbers)
                    #expect(searcher.matches(for: query, within: 31) == plain.matches(for: query, within: 31))
                }
            }
            _ = try index.verify()
            index.close()
        }
    }
}
