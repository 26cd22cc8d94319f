// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HostileMedia
import MediaDecoding
import PerceptualHashing
import Signals
import Testing

/// In each of these films the key frames show one picture and all that is between them another.
@Suite("A film whose key frames do not stand for the rest")
struct VideoStretchTests {
    private static func every(_ milliseconds: Int, from start: Int, to end: Int) -> [Int] {
        Array(stride(from: start, to: end, by: milliseconds))
    }

    private func facts(
        _ keys: [Int], _ others: [Int], duration: Int? = nil, large: Bool = false, _ pool: MediaWorkerPool
    ) async throws -> MediaFacts {
        let film = TwoPictures.film(keys: keys, others: others, duration: duration, large: large)
        return try await pool.inspect(film, MediaWishes(frames: 8).request(for: film))
    }

    /// How many of the frames show another picture than the first one.
    private func others(_ facts: MediaFacts) throws -> Int {
        let first = try PDQHash(hex: try #require(facts.frames.first).pdq)
        return try facts.frames.count { try PDQHash(hex: $0.pdq).distance(to: first) > 60 }
    }

    @Test("of which a few are in its first moment, or more than are ever wanted, is looked at to its end")
    func bursts() async throws {
        try await withPool { pool in
            for (count, end) in [(9, 90_000), (60, 600_000), (130, 300_000)] {
                let keys = Self.every(40, from: 0, to: 40 * count)
                let facts = try await facts(keys, Self.every(1_000, from: 40 * count, to: end), pool)
                #expect(!facts.isIncomplete && facts.frames.count <= MediaWishes.hashedFrames)
                #expect(try others(facts) > facts.frames.count / 2, "\(count)")
            }
        }
    }

    @Test("is looked at between them when it claims that many frames take no time")
    func falseTimes() async throws {
        try await withPool { pool in
            let facts = try await facts(Self.every(1, from: 0, to: 60), Self.every(1, from: 60, to: 1_500), pool)
            #expect(!facts.isIncomplete)
            #expect(try others(facts) > 0)
        }
    }

    @Test("is looked at between them when a single other frame shows for long: up to the next one, or as long as the sound")
    func still() async throws {
        try await withPool { pool in
            let keys = Self.every(1_000, from: 0, to: 20_000)
            let before = try await facts(keys + [60_000], [19_500], pool)
            #expect(!before.isIncomplete)
            #expect(try others(before) > 0)
            let end = try await facts(keys, [19_500], duration: 60_000, pool)
            #expect(!end.isIncomplete)
            #expect(try others(end) > 0)
            // The same without the long end.
            let short = try await facts(keys, [19_500], duration: 20_000, pool)
            #expect(!short.isIncomplete)
            #expect(try others(short) == 0)
        }
    }

    @Test("is incomplete when what is between them is too much to be decoded")
    func tooMuch() async throws {
        try await withPool { pool in
            // 4 megapixels a frame: 200 of them are decoded.
            let facts = try await facts(
                Self.every(40, from: 0, to: 2_400), Self.every(1_000, from: 2_400, to: 250_000), large: true, pool)
            #expect(facts.isIncomplete && facts.mayShowMore)
        }
    }

    @Test("that calls frames key frames which are none is looked at among all")
    func falseKeys() async throws {
        // Without this table every frame of an MP4 is a key frame.
        let film = SmallFiles.oneKeyWithoutTable
        try await withPool { pool in
            var request = MediaRequest()
            request.video = .keyFrames
            let expected = try await pool.inspect(SmallFiles.oneKey, request)
            let facts = try await pool.inspect(film, request)
            #expect(facts.frames == expected.frames && facts.frames.count == 6 && !facts.isIncomplete)
        }
    }

    @Test("which come every ten seconds is judged by them, as ordinary films are")
    func ordinary() async throws {
        try await withPool { pool in
            let keys = Self.every(10_000, from: 0, to: 100_000)
            let all = Self.every(200, from: 0, to: 100_000)
            let facts = try await facts(keys, all.filter { !keys.contains($0) }, duration: 100_000, pool)
            #expect(facts.frames.count == 10 && !facts.isIncomplete)
            #expect(try others(facts) == 0)
        }
    }
}
