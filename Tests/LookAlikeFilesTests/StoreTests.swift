// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookAlikeFiles
import Moderation
import Signals
import Testing

@Suite("Index of look-alikes")
struct StoreTests {
    private let ground = Ground()
    private let seed = UInt64.random(in: 0 ... .max)

    @Test("finds what a comparison with every vector finds")
    func findsTheNearest() async throws {
        print("seed \(seed)")
        var pictures = Pictures(seed: seed)
        let store = try ground.open(candidates: 100)
        var kept: [(item: ItemID, vector: [Float])] = []
        let kinds = (0..<60).map { _ in pictures.kind() }
        for number in 0..<400 {
            let one = LookAlike.sample(number, pictures.variant(of: kinds[number % 60], by: 0.35))
            kept.append((one.item, one.vector))
            try await store.put(one)
        }
        var (found, wanted) = (0, 0)
        for kind in kinds.prefix(6) {
            let query = pictures.variant(of: kind, by: 0.2)
            let truth = kept.map { ($0.item, cosine($0.vector, query)) }.sorted { $0.1 > $1.1 }.prefix(5)
            let matches = try await store.similar(to: query, limit: 5)
            #expect(matches.count == 5)
            for (match, next) in zip(matches, matches.dropFirst()) { #expect(match.cosine >= next.cosine) }
            for match in matches {
                let exact = kept.first { $0.item == match.item }.map { cosine($0.vector, query) } ?? 9
                #expect(abs(match.cosine - exact) < 0.01)
            }
            found += Set(matches.map(\.item)).intersection(truth.map(\.0)).count
            wanted += 5
        }
        #expect(Double(found) / Double(wanted) > 0.9)
    }

    @Test("says where, who and when, and keeps it over a restart")
    func survivesRestart() async throws {
        var pictures = Pictures(seed: 7)
        let one = LookAlike.sample(1, pictures.kind())
        do {
            let store = try ground.open()
            try await store.put(one)
        }
        let store = try ground.open()
        #expect(store.notes.isEmpty)
        let match = try #require(try await store.similar(to: one.vector, limit: 5).first)
        #expect(match.platform == one.platform && match.space == one.space && match.actor == one.actor)
        #expect(match.item == one.item && match.media == one.media && match.at == one.at)
        #expect(match.cosine > 0.999)
        let stored = try await store.pictures(of: one.item, on: one.platform)
        #expect(stored.count == 1 && cosine(stored[0].vector, one.vector) > 0.999)
        #expect(try await store.pictures(of: "$other", on: one.platform).isEmpty)
    }

    @Test("a picture that is put again replaces the earlier one")
    func replaces() async throws {
        var pictures = Pictures(seed: 8)
        let (first, second) = (pictures.kind(), pictures.kind())
        let store = try ground.open()
        try await store.put(.sample(1, first))
        try await store.put(.sample(1, second))
        #expect(await store.count == 1)
        let match = try #require(try await store.similar(to: second, limit: 5).first)
        #expect(match.cosine > 0.999)
        let stored = try await store.pictures(of: "$item-1", on: "matrix")
        #expect(stored.count == 1)
    }

    @Test("forgets an item, a space, a person: not to be found, and not on the disk")
    func forgets() async throws {
        var pictures = Pictures(seed: 9)
        let vectors = (0..<30).map { _ in pictures.kind() }
        do {
            let store = try ground.open()
            for (number, vector) in vectors.enumerated() {
                try await store.put(
                    .sample(
                        number, vector, space: number < 10 ? "!leaving-space" : "!square",
                        actor: number % 10 == 0 ? "@gone" : "@bo"))
            }
            #expect(try await store.forget(.item("matrix", "$item-15")) == 1)
            #expect(try await store.forget(.space("matrix", "!leaving-space")) == 10)
            #expect(try await store.forget(.actor("matrix", "@gone")) == 2)
            #expect(try await store.forget(.actor("other platform", "@bo")) == 0)
            #expect(await store.count == 17)
            #expect(try await store.similar(to: vectors[15], limit: 30).count == 17)
        }
        let bytes = try ground.bytes
        for name in ["!leaving-space", "@gone", "$item-15"] { #expect(bytes.range(of: Data(name.utf8)) == nil, "\(name)") }
        let store = try ground.open()
        #expect(await store.count == 17)
        let left = Set(try await store.similar(to: vectors[0], limit: 30).map(\.item.rawValue))
        #expect(left == Set((10..<30).filter { ![10, 15, 20].contains($0) }.map { "$item-\($0)" }))
    }

    @Test("forgets many at once, of all kinds, and nobody else")
    func forgetsMany() async throws {
        var pictures = Pictures(seed: 24)
        let vectors = (0..<40).map { _ in pictures.kind() }
        let store = try ground.open()
        for (number, vector) in vectors.enumerated() {
            try await store.put(
                .sample(
                    number, vector, space: number < 10 ? "!leaving-space" : "!square", actor: number % 10 == 3 ? "@gone" : "@bo"))
        }
        let gone = try await store.forget([
            .item("matrix", "$item-20"), .item("matrix", "$item-5"), .space("matrix", "!leaving-space"),
            .actor("matrix", "@gone"), .actor("other", "@bo"), .item("matrix", "$nowhere"),
        ])
        #expect(gone == 14)
        let left = Set(try await store.similar(to: vectors[0], limit: 40).map(\.item.rawValue))
        #expect(left == Set((10..<40).filter { ![20, 13, 23, 33].contains($0) }.map { "$item-\($0)" }))
    }

    @Test("forgets what is older than a time, also after a restart")
    func forgetsByAge() async throws {
        var pictures = Pictures(seed: 21)
        let vectors = (0..<10).map { _ in pictures.kind() }
        do {
            let store = try ground.open()
            for (number, vector) in vectors.enumerated() { try await store.put(.sample(number, vector)) }
        }
        let store = try ground.open()
        #expect(try await store.forget(before: Date(timeIntervalSince1970: 1_700_000_004)) == 4)
        #expect(try await store.forget(before: Date(timeIntervalSince1970: 1_700_000_004)) == 0)
        #expect(await store.count == 6)
        #expect(try await store.pictures(of: "$item-3", on: "matrix").isEmpty)
        #expect(try await store.pictures(of: "$item-4", on: "matrix").count == 1)
        #expect(try ground.bytes.range(of: Data("$item-3".utf8)) == nil)
    }

    @Test("a picture of nobody stays one of nobody, and goes with its space")
    func nobody() async throws {
        var pictures = Pictures(seed: 22)
        let vector = pictures.kind()
        do {
            let store = try ground.open()
            try await store.put(.sample(1, vector, actor: nil))
            try await store.put(.sample(2, vector, actor: nil))
        }
        let store = try ground.open()
        #expect(try await store.similar(to: vector, limit: 5).map(\.actor) == [nil, nil])
        #expect(try await store.forget(.actor("matrix", "")) == 0)
        #expect(try await store.forget(.space("matrix", "!square:test")) == 2)
    }

    @Test("is written anew, smaller, when most of it is dead")
    func shrinks() async throws {
        var pictures = Pictures(seed: 10)
        let vector = pictures.kind()
        let store = try ground.open()
        for number in 0..<440 { try await store.put(.sample(number, vector, actor: number < 400 ? "@gone" : "@bo")) }
        let before = try ground.bytes.count
        #expect(try await store.forget(.actor("matrix", "@gone")) == 400)
        #expect(try ground.bytes.count < before / 8)
        #expect(try await store.similar(to: vector, limit: 200).count == 40)
        try await store.put(.sample(9_999, vector))
        #expect(await store.count == 41)
    }

    @Test("holds no more than its limit: the oldest go")
    func isBounded() async throws {
        var pictures = Pictures(seed: 11)
        let store = try ground.open(limit: 50)
        for number in 0..<120 {
            try await store.put(.sample(number, pictures.kind()))
            #expect(await store.count <= 50)
        }
        #expect(try await store.pictures(of: "$item-119", on: "matrix").count == 1)
        #expect(try await store.pictures(of: "$item-0", on: "matrix").isEmpty)
    }

    @Test(
        "refuses vectors that are none",
        arguments: [
            [Float](repeating: 0, count: 512), [Float](repeating: .nan, count: 512),
            [.infinity] + [Float](repeating: 1, count: 511), [1, 2, 3],
        ])
    func refuses(vector: [Float]) async throws {
        var pictures = Pictures(seed: 12)
        let store = try ground.open()
        try await store.put(.sample(1, pictures.kind()))
        await #expect(throws: LookAlikeError.self) { try await store.put(.sample(2, vector)) }
        await #expect(throws: LookAlikeError.self) { try await store.similar(to: vector, limit: 3) }
        try await store.put(.sample(3, pictures.kind()))
        #expect(await store.count == 2)
    }

    @Test("an empty index finds nothing")
    func isEmptyAtFirst() async throws {
        let store = try ground.open()
        #expect(await store.count == 0)
        #expect(try await store.similar(to: [1, 2], limit: 3).isEmpty)
        #expect(try await store.forget(.item("matrix", "$item-1")) == 0)
    }
}
