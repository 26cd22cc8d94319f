// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookBackFiles
import PerceptualHashing
import Signals
import Synchronization
import Testing

@Suite("Sweep")
struct SweepTests {
    private func request(_ random: inout Seeded, _ hashes: [PDQHash], _ sightings: [Sighting], queries: Int) -> SweepRequest {
        SweepRequest(
            queries: (0..<queries).map { number in
                let kind: Fingerprint.Kind = number % 4 == 3 ? .sha256 : .pdq
                let hash = kind == .pdq ? hashes.randomElement(using: &random) : sightings.randomElement(using: &random)?.hash
                return .init(
                    key: Int64(number), kind: kind, hash: hash ?? .zero, radius: Int.random(in: 0...63, using: &random))
            })
    }

    @Test("finds exactly what a plain loop finds, however many queries there are", arguments: [1, 3, 8, 17, 300])
    func equalsPlainLoop(queries: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let hashes = (0..<20).map { _ in random.hash() }
        let sightings = random.sightings(9_000, around: hashes)
        let ground = Ground()
        let files = try ground.open(sealAt: 2_500)
        for start in stride(from: 0, to: sightings.count, by: 700) {
            try await files.append(Array(sightings[start..<min(start + 700, sightings.count)]), from: Int64(start + 1))
        }
        var request = request(&random, hashes, sightings, queries: queries)
        for since in [nil, Date(timeIntervalSince1970: 20_001.3 * 86_400)] {
            request.since = since
            let (found, last) = try await files.found(request)
            #expect(found == plainSweep(sightings, request), "seed \(seed)")
            #expect(last?.done == last?.total, "seed \(seed)")
            #expect(last?.missing == [])
        }
    }

    @Test("goes on from where it was cut off, and misses nothing")
    func resume() async throws {
        struct Enough: Error {}
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let hashes = (0..<200).map { _ in random.hash() }
        let sightings = random.sightings(30_000, around: hashes)
        let ground = Ground()
        let files = try ground.open(sealAt: 7_000)
        for start in stride(from: 0, to: sightings.count, by: 3_000) {
            try await files.append(Array(sightings[start..<start + 3_000]), from: Int64(start + 1))
        }
        let request = request(&random, hashes, sightings, queries: 1_000)
        let matches = Mutex<Set<SweepMatch>>([])
        let place = Mutex<SweepPlace?>(nil)
        var cuts = 0
        while true {
            do {
                let steps = Mutex(0)
                try await files.sweep(request, after: place.withLock { $0 }) { progress in
                    place.withLock { $0 = progress.place }
                    let step = steps.withLock {
                        $0 += 1
                        return $0
                    }
                    if step == 3 { throw Enough() }
                } found: { part in
                    matches.withLock { $0.formUnion(part) }
                }
                break
            } catch is Enough {
                cuts += 1
                // Meanwhile the files change their shape, but a place stays a place.
                if cuts == 2 { try await files.maintain(at: Date(timeIntervalSince1970: 20_010 * 86_400)) }
            }
        }
        #expect(cuts > 2)
        #expect(matches.withLock { $0 } == plainSweep(sightings, request), "seed \(seed)")
    }

    @Test("stops when its task is cancelled")
    func cancellation() async throws {
        var random = Seeded(7)
        let ground = Ground()
        let files = try ground.open()
        try await files.append(random.sightings(20_000), from: 1)
        let request = SweepRequest(queries: (0..<1_000).map { .init(key: $0, hash: random.hash(), radius: 31) })
        let (stream, begun) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await files.sweep(request, after: nil) { _ in
                begun.yield()
                try await Task.sleep(for: .seconds(60))
            } found: { _ in
            }
        }
        for await _ in stream { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a damaged day is named, the others are searched")
    func damage() async throws {
        var random = Seeded(11)
        let wanted = random.hash()
        let ground = Ground()
        let days = (20_000..<20_004).map { day in
            var sightings = random.sightings(3_000, days: day..<day + 1)
            sightings[1_500].hash = wanted
            sightings[1_500].kind = .pdq
            return sightings
        }
        do {
            let files = try ground.open()
            try await files.append(days.flatMap { $0 }, from: 1)
            try await files.maintain(at: Date(timeIntervalSince1970: 20_010 * 86_400))
            await files.close()
        }
        let segments = try ground.files(".seg")
        #expect(segments.count == 4)
        // Day 20,001: the records are not what they were. Day 20,002: the end is missing.
        var bytes = try ground.bytes(segments[1])
        for place in 100_000..<bytes.count { bytes[place] ^= 0x5A }
        try ground.write(bytes, to: segments[1])
        try ground.write(try ground.bytes(segments[2]).dropLast(10), to: segments[2])
        let files = try ground.open()
        let (found, last) = try await files.found(SweepRequest(queries: [.init(key: 1, hash: wanted, radius: 10)]))
        #expect(found.map(\.sighting).sorted { $0.at < $1.at } == [days[0][1_500], days[3][1_500]])
        let missing = try #require(last?.missing)
        #expect(Set(missing.map(\.day)) == [20_001, 20_002])
        #expect(missing.contains { $0.file.hasSuffix(segments[1]) && $0.reason.contains("checksum") })
        #expect(missing.contains { $0.file.hasSuffix(segments[2]) && $0.reason.contains("were expected") })
        #expect(try await files.verify().problems.map(\.day).contains(20_001))
        #expect(try await files.statistics().missing.map(\.day) == [20_002])
    }
}
