// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookAlikeFiles
import Moderation
import Signals
import Synchronization
import Testing

@Suite("Groups of look-alikes")
struct GroupTests {
    private let ground = Ground()
    private let seed = UInt64.random(in: 0 ... .max)

    /// Kinds of so many pictures each, mixed, with 60 that belong to none.
    private func fill(_ sizes: [Int]) async throws -> LookAlikeFiles {
        print("seed \(seed)")
        var pictures = Pictures(seed: seed)
        let kinds = sizes.map { _ in pictures.kind() }
        var all: [(kind: Int?, vector: [Float])] = []
        for (kind, size) in sizes.enumerated() {
            for _ in 0..<size { all.append((kind, pictures.variant(of: kinds[kind], by: 0.1))) }
        }
        for _ in 0..<60 { all.append((nil, pictures.kind())) }
        var generator = Seeded(state: seed)
        all.shuffle(using: &generator)
        let store = try ground.open()
        try await store.put(
            all.enumerated().map { number, one in
                var picture = LookAlike.sample(
                    number, one.vector, space: SpaceID("!space-\(number % 3)"), actor: ActorID("@kind-\(one.kind ?? 99)"))
                if let kind = one.kind { picture.item = ItemID("$\(kind)-\(number)") }
                return picture
            })
        return store
    }

    @Test("are those that belong together, the largest first")
    func finds() async throws {
        let store = try await fill([5, 40, 12, 1])
        let asked = Mutex(0)
        let groups = try await store.groups { done, all in
            #expect(all == 118)
            asked.withLock { $0 = done }
        }
        #expect(asked.withLock { $0 } == 118)
        #expect(groups.map(\.pictures) == [40, 12, 5])
        #expect(groups.map(\.items) == [40, 12, 5])
        for (group, kind) in zip(groups, [1, 2, 0]) {
            #expect(group.actors == 1 && group.spaces <= 3 && group.spaces > 0)
            #expect(group.examples.count == 3 && group.examples.allSatisfy { $0.item.rawValue.hasPrefix("$\(kind)-") })
            #expect(group.examples.map(\.at) == group.examples.map(\.at).sorted())
            #expect(group.first == group.examples.first?.at && group.last == group.examples.last?.at)
            #expect(group.loosest > 0.97 && group.examples.allSatisfy { $0.cosine >= group.loosest })
        }
    }

    @Test("are no more, no smaller and of no older pictures than is asked for")
    func bounds() async throws {
        let store = try await fill([5, 40, 12])
        var options = LookAlikeGroupOptions()
        options.limit = 1
        #expect(try await store.groups(options).map(\.pictures) == [40])
        options.limit = 10
        options.smallest = 6
        #expect(try await store.groups(options).map(\.pictures) == [40, 12])
        options.threshold = 0.9999
        #expect(try await store.groups(options).isEmpty)
        options = LookAlikeGroupOptions()
        options.newest = 0
        #expect(try await store.groups(options).isEmpty)
    }

    @Test("pictures of one item alone are no group, and what is forgotten is in none")
    func oneItem() async throws {
        var pictures = Pictures(seed: 3)
        let kind = pictures.kind()
        let store = try ground.open()
        for number in 0..<6 {
            var picture = LookAlike.sample(0, kind)
            picture.media = MediaID("m-\(number)")
            try await store.put(picture)
        }
        #expect(try await store.groups().isEmpty)
        try await store.put(.sample(1, kind))
        let group = try #require(try await store.groups().first)
        #expect(group.pictures == 7 && group.items == 2)
        #expect(try await store.forget(.item("matrix", "$item-1")) == 1)
        #expect(try await store.groups().isEmpty)
    }

    @Test("a chain holds a group together, and it shows")
    func chain() async throws {
        // Steps of some ten degrees on a circle: neighbours are near, the ends are not.
        let store = try ground.open()
        for number in 0..<10 {
            let angle = Float(number) * 0.18
            var vector = [Float](repeating: 0, count: 64)
            (vector[0], vector[1]) = (Float(cos(Double(angle))), Float(sin(Double(angle))))
            try await store.put(.sample(number, vector))
        }
        let group = try #require(try await store.groups().first)
        #expect(group.pictures == 10)
        #expect(group.loosest < 0.9)
    }

    @Test("an index without pictures has none")
    func empty() async throws { #expect(try await ground.open().groups().isEmpty) }
}
