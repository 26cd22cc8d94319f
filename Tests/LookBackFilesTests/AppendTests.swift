// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookBackFiles
import Signals
import Testing

@Suite("Look-back files")
struct AppendTests {
    @Test("an append that is cut at any byte is not there, what was before is, and it can be taken again")
    func everyCut() async throws {
        var random = Seeded(3)
        let (before, cut) = (random.sightings(10), random.sightings(3))
        let ground = Ground()
        var name = ""
        var size = 0
        do {
            let files = try ground.open()
            try await files.append(before, from: 1)
            name = try #require(ground.files(".log").first)
            size = try ground.bytes(name).count
            try await files.append(cut, from: 11)
            await files.close()
        }
        let whole = try ground.bytes(name)
        for length in size..<whole.count {
            let crashed = try ground.copy()
            // What a file system leaves behind: the end is missing, or is zeros.
            let rest = length % 2 == 0 ? [] : [UInt8](repeating: 0, count: whole.count - length)
            try crashed.write(whole.prefix(length) + rest, to: name)
            let files = try crashed.open()
            // Zeros in place of zeros are no loss.
            guard whole.prefix(length) + rest != whole else { continue }
            #expect(await files.lastSequence == 10, "cut at \(length)")
            try await files.append(before + cut, from: 1)
            #expect(await files.lastSequence == 13)
            #expect(try await files.holds(before + cut) == Set(before + cut), "cut at \(length)")
            #expect(try await files.statistics().sightings == 13)
            await files.close()
        }
    }

    @Test("whatever happens in whatever order, it holds what was put in and not deleted", arguments: 0..<12)
    func randomSequences(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        let ground = Ground()
        var model: [Sighting] = []
        var gone: [Sighting] = []
        var sequence: Int64 = 0
        var files: LookBackFiles? = try ground.open(sealAt: 600, joinUpTo: 4_000)
        for step in 0..<40 {
            let open = try #require(files)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...4:
                let more = random.sightings(Int.random(in: 1...200, using: &random))
                // Some of them come again, as after a crash of the mover.
                let again = Int.random(in: 0...3, using: &random)
                let repeated = Array(model.suffix(again)).count == again && gone.isEmpty ? Array(model.suffix(again)) : []
                try await open.append(repeated + more, from: sequence + 1 - Int64(repeated.count))
                model += more
                sequence += Int64(more.count)
            case 5:
                guard let victim = model.randomElement(using: &random) else { continue }
                let bySpace = Bool.random(using: &random)
                let subject: LookBackSubject =
                    bySpace ? .space(victim.platform, victim.space) : .actor(victim.platform, victim.actor)
                let hit = model.filter {
                    $0.platform == victim.platform && (bySpace ? $0.space == victim.space : $0.actor == victim.actor)
                }
                #expect(try await open.delete(subject) == hit.count, "seed \(seed), step \(step)")
                gone += hit
                model.removeAll { hit.contains($0) }
            case 6: try await open.maintain(at: Date(timeIntervalSince1970: 20_010 * 86_400))
            case 7:
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                let limit = Date(timeIntervalSince1970: 20_001 * 86_400)
                let old = model.filter { $0.at < limit }
                _ = try await open.delete(daysBefore: limit)
                gone += old
                model.removeAll { $0.at < limit }
            default:
                await open.close()
                files = try ground.open(sealAt: 600, joinUpTo: 4_000)
            }
            let now = try #require(files)
            #expect(await now.lastSequence == sequence, "seed \(seed), step \(step)")
        }
        let open = try #require(files)
        #expect(try await open.holds(model + gone) == Set(model), "seed \(seed)")
        let check = try await open.verify()
        #expect(check.problems == [], "seed \(seed)")
        #expect(check.sightings == model.count, "seed \(seed)")
    }

    @Test("only one process writes, others read beside it")
    func oneWriter() async throws {
        var random = Seeded(5)
        let sightings = random.sightings(100)
        let ground = Ground()
        let files = try ground.open()
        try await files.append(sightings, from: 1)
        #expect(throws: LookBackError.file(ground.path, "another process writes this look-back")) { try ground.open() }
        let reader = try LookBackFiles(directory: ground.path, access: .read)
        #expect(try await reader.holds(sightings) == Set(sightings))
        await #expect(throws: LookBackError.self) { try await reader.append(sightings, from: 101) }
    }

    @Test("nobody but the owner can read a file")
    func permissions() async throws {
        var random = Seeded(6)
        let ground = Ground()
        let files = try ground.open(sealAt: 100)
        try await files.append(random.sightings(150), from: 1)
        for name in try ground.files() {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(ground.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let folder = try FileManager.default.attributesOfItem(atPath: ground.path)
        #expect(folder[.posixPermissions] as? Int == 0o700)
    }

    @Test("a damaged frame in the middle of the log is named, and what follows it is there")
    func damagedFrame() async throws {
        var random = Seeded(8)
        let parts = (0..<3).map { _ in random.sightings(20) }
        let ground = Ground()
        var ends: [Int] = []
        var name = ""
        do {
            let files = try ground.open()
            for (number, part) in parts.enumerated() {
                try await files.append(part, from: Int64(20 * number + 1))
                name = try #require(ground.files(".log").first)
                ends.append(try ground.bytes(name).count)
            }
            await files.close()
        }
        var bytes = try ground.bytes(name)
        bytes[(ends[0] + ends[1]) / 2] ^= 1
        try ground.write(bytes, to: name)
        let files = try ground.open(sealAt: 50)
        #expect(await files.lastSequence == 60)
        #expect(try await files.holds(parts.flatMap { $0 }) == Set(parts[0] + parts[2]))
        #expect(try await files.statistics().missing.first?.reason.contains("checksum") == true)
        // What is damaged is not thrown away when the log becomes segments.
        try await files.append(random.sightings(20), from: 61)
        #expect(try ground.files(".damaged").count == 1)
    }

    @Test("days that ended before a time go as a whole")
    func retention() async throws {
        var random = Seeded(9)
        let sightings = random.sightings(900)
        let ground = Ground()
        let files = try ground.open()
        try await files.append(sightings, from: 1)
        let limit = Date(timeIntervalSince1970: 20_002.5 * 86_400)
        let old = sightings.filter { $0.at.timeIntervalSince1970 < 20_002 * 86_400 }
        #expect(try await files.delete(daysBefore: limit) == old.count)
        #expect(try await files.statistics().days.map(\.day) == [20_002, 20_003])
        #expect(try await files.holds(sightings) == Set(sightings).subtracting(old))
    }
}
