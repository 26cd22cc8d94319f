// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
import Signals
import Testing

@testable import LookBackFiles

@Suite("Look-back deletion")
struct DeletionTests {
    private let victim = ActorID("@somebody-to-forget:example.org")

    private func sightings(_ random: inout Seeded) -> [Sighting] {
        var sightings = random.sightings(1_200)
        for place in stride(from: 5, to: sightings.count, by: 97) {
            sightings[place].actor = victim
            sightings[place].platform = "matrix"
            sightings[place].space = SpaceID("!only-place-of-this-one:example.org")
            sightings[place].item = ItemID("an-item-of-this-one-\(place)")
        }
        return sightings
    }

    /// Whether anything of the sightings is left in any file.
    private func traces(of sightings: [Sighting], in ground: Ground) throws -> [String] {
        var traces: [String] = []
        for name in try ground.files() {
            let bytes = Data(try ground.bytes(name))
            for sighting in sightings {
                var hash: [UInt8] = []
                let words = sighting.hash.words
                for word in [words.0, words.1, words.2, words.3] { hash.appendFixed(word) }
                if bytes.range(of: Data(hash)) != nil { traces.append("hash in \(name)") }
                if bytes.range(of: Data(sighting.item.rawValue.utf8)) != nil { traces.append("item in \(name)") }
            }
            for text in ["somebody-to-forget", "only-place-of-this-one"] where bytes.range(of: Data(text.utf8)) != nil {
                traces.append("name in \(name)")
            }
        }
        return traces
    }

    @Test("of a deleted person no byte is left, in segments or in the log", arguments: [100_000, 500])
    func gone(sealAt: Int) async throws {
        var random = Seeded(21)
        let sightings = sightings(&random)
        let mine = sightings.filter { $0.actor == victim }
        let ground = Ground()
        let files = try ground.open(sealAt: sealAt)
        for start in stride(from: 0, to: sightings.count, by: 300) {
            try await files.append(Array(sightings[start..<start + 300]), from: Int64(start + 1))
        }
        #expect(try !traces(of: mine, in: ground).isEmpty)
        #expect(try await files.delete(.actor("matrix", victim)) == mine.count)
        #expect(try traces(of: mine, in: ground) == [])
        #expect(try await files.holds(sightings) == Set(sightings).subtracting(mine))
        #expect(try await files.verify().problems == [])
        #expect(try await files.delete(.actor("matrix", victim)) == 0)
        #expect(await files.lastSequence == 1_200)
    }

    @Test("a deletion that was cut off anywhere is carried through")
    func cutOff() async throws {
        var random = Seeded(22)
        let sightings = sightings(&random)
        let ground = Ground()
        do {
            let files = try ground.open(sealAt: 900)
            for start in stride(from: 0, to: sightings.count, by: 300) {
                try await files.append(Array(sightings[start..<start + 300]), from: Int64(start + 1))
            }
            await files.close()
        }
        // The list of what is to be overwritten, as a deletion writes it before it overwrites anything.
        let folder = Folder(existing: ground.path)
        var list = PatchList()
        for name in try ground.files(".seg") {
            let segment = try Segment(name, in: folder, forWriting: false)
            let found = try Deletion(of: .actor("matrix", victim), in: segment.body)
            list.files.append((name, try found.patches(of: segment.file)))
        }
        let total = list.files.reduce(0) { $0 + $1.patches.count }
        #expect(total > 10)
        for cut in stride(from: 0, through: total, by: max(1, total / 23)) {
            let crashed = try ground.copy()
            let crashedFolder = Folder(existing: crashed.path)
            try list.write(in: crashedFolder)
            var left = cut
            var part = PatchList()
            for (name, patches) in list.files {
                part.files.append((name, Array(patches.prefix(left))))
                left = max(0, left - patches.count)
            }
            try part.apply(in: crashedFolder, gate: PatchGate())
            let files = try crashed.open()
            #expect(files.notes == ["a deletion that had been cut off was ended"])
            let segmentsHold = sightings.prefix(900).filter { $0.actor != victim } + sightings.suffix(300)
            #expect(try await files.holds(sightings) == Set(segmentsHold), "cut at \(cut)")
            #expect(try await files.verify().problems == [], "cut at \(cut)")
        }
    }

    @Test("what could not be searched for a deletion is said")
    func unsearched() async throws {
        var random = Seeded(23)
        let sightings = sightings(&random)
        let ground = Ground()
        do {
            let files = try ground.open(sealAt: 1_200)
            try await files.append(sightings, from: 1)
            await files.close()
        }
        let segments = try ground.files(".seg")
        try ground.write(try ground.bytes(segments[0]).dropLast(1), to: segments[0])
        let files = try ground.open()
        await #expect(throws: LookBackError.self) { try await files.delete(.actor("matrix", victim)) }
        let left = try await files.holds(sightings)
        #expect(!left.contains { $0.actor == victim })
    }
}
