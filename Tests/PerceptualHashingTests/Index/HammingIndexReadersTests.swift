// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Synchronization
import Testing

@Suite("Readers beside a writer")
struct HammingIndexReadersTests {
    /// Entry `number` is there exactly while `added > number` and `removed <= number`.
    private func hash(_ number: Int) -> PDQHash {
        var numbers = SeededNumbers(UInt64(number) &+ 77)
        return numbers.hash()
    }

    /// What writer and readers tell each other.
    private final class Shared: Sendable {
        // What surely is there: below `added`, from `removing` on; what may be: below `adding`, from `removed` on.
        let bounds = Mutex((adding: 0, added: 0, removing: 0, removed: 0))
        let done = Atomic(false)
        let asked = Atomic(0)
    }

    @Test("see every batch that was applied before they ask, whole, and nothing removed before")
    func consistent() async throws {
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 50))
        let hashes = (0..<3_000).map(hash)
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for reader in 0..<3 {
                group.addTask {
                    let searcher = index.makeSearcher()
                    var numbers = SeededNumbers(UInt64(reader))
                    while !shared.done.load(ordering: .acquiring) {
                        let number = Int.random(in: hashes.indices, using: &numbers)
                        let before = shared.bounds.withLock { $0 }
                        let query = hashes[number].changed(Int.random(in: 0...31, using: &numbers), using: &numbers)
                        let found = searcher.matches(for: query, within: 31)
                        let after = shared.bounds.withLock { $0 }
                        let must = number < before.added && number >= after.removing
                        let may = number < after.adding && number >= before.removed
                        #expect(found.count <= 2)
                        // A pair is replaced as a whole: both have the same bank, or neither is there.
                        #expect(found.isEmpty || found.count == 2 && found[0].labels == found[1].labels)
                        #expect(!must || !found.isEmpty, "entry \(number) is missing")
                        #expect(may || found.isEmpty, "entry \(number) is there")
                        shared.asked.wrappingAdd(1, ordering: .relaxed)
                        await Task.yield()
                    }
                }
            }
            group.addTask {
                defer { shared.done.store(true, ordering: .releasing) }
                var tag: UInt64 = 0
                for start in stride(from: 0, to: hashes.count, by: 10) {
                    func changes(_ range: Range<Int>, _ make: (PDQHash, UInt64) -> HammingChange) -> [HammingChange] {
                        range.flatMap { number in (0..<2).map { make(hashes[number], $0) } }
                    }
                    func apply(_ changes: [HammingChange]) {
                        tag += 1
                        #expect(throws: Never.self) { try index.apply(changes, tag: tag) }
                    }
                    shared.bounds.withLock { $0.adding = start + 10 }
                    apply(changes(start..<start + 10) { .add(HammingEntry(hash: $0, key: $1)) })
                    shared.bounds.withLock { $0.added = start + 10 }
                    // New labels for some older ones.
                    let older = max(0, start - 40)
                    let bank = UInt16(start % 1000)
                    if older >= shared.bounds.withLock({ $0.removed }) {
                        apply(
                            changes(older..<older + 10) {
                                .add(HammingEntry(hash: $0, key: $1, labels: HammingLabels(bank: bank)))
                            })
                    }
                    if start >= 500 {
                        shared.bounds.withLock { $0.removing = start - 490 }
                        apply(changes(start - 500..<start - 490) { .remove(hash: $0, key: $1) })
                        shared.bounds.withLock { $0.removed = start - 490 }
                    }
                    if start % 700 == 0 { #expect(throws: Never.self) { try index.compact() } }
                    await Task.yield()
                }
            }
        }
        #expect(shared.asked.load(ordering: .relaxed) > 0)
        #expect(index.count == 1_000)
        _ = try index.verify()
    }

    @Test("an entry is found and a removal works while a merge is under way")
    func duringMerge() async throws {
        let index = HammingIndex.inMemory(options: .init(deltaLimit: 2_000))
        let hashes = (0..<4_000).map(hash)
        try index.apply(hashes.prefix(2_500).map { .add(HammingEntry(hash: $0, key: 1)) }, tag: 1)
        // The merge of the first ones has begun; go on without waiting for it.
        let searcher = index.makeSearcher()
        for number in 0..<1_500 {
            try index.apply(
                [.remove(hash: hashes[number], key: 1), .add(HammingEntry(hash: hashes[2_500 + number], key: 1))],
                tag: UInt64(number + 2))
            if number % 10 == 0 {
                #expect(searcher.matches(for: hashes[number], within: 5).isEmpty)
                #expect(searcher.matches(for: hashes[2_500 + number], within: 5).count == 1)
            }
        }
        try index.compact()
        #expect(index.count == 2_500)
        for number in hashes.indices {
            #expect(searcher.matches(for: hashes[number], within: 0).count == (number < 1_500 ? 0 : 1))
        }
    }
}
