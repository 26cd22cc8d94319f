// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

/// Random numbers that are the same for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func hash() -> PDQHash { PDQHash(words: next(), next(), next(), next()) }

    mutating func labels() -> HammingLabels {
        HammingLabels(
            bank: .random(in: 0..<5, using: &self), source: .random(in: 0..<7, using: &self),
            trust: .random(in: 0..<8, using: &self),
            radius: Bool.random(using: &self) ? 255 : .random(in: 0..<64, using: &self),
            expires: Bool.random(using: &self) ? 0 : .random(in: 1..<100, using: &self))
    }

    /// A seed that differs from run to run, to be printed.
    static func freshSeed() -> UInt64 { UInt64.random(in: 0..<1_000_000_000) }
}

extension PDQHash {
    /// This hash with exactly `distance` bits changed.
    func changed(_ distance: Int, using numbers: inout SeededNumbers) -> PDQHash {
        flipping((0..<256).shuffled(using: &numbers).prefix(distance))
    }

    func flipping(_ bits: some Sequence<Int>) -> PDQHash {
        var words = [self.words.0, self.words.1, self.words.2, self.words.3]
        for bit in bits { words[bit / 64] ^= 1 << UInt64(bit % 64) }
        return PDQHash(words: words[0], words[1], words[2], words[3])
    }
}

/// What an index must hold, kept in the plainest way.
struct PlainIndex {
    struct Name: Hashable {
        var hash: PDQHash
        var key: UInt64
    }

    var entries: [Name: HammingLabels] = [:]

    mutating func apply(_ changes: [HammingChange]) {
        for change in changes {
            switch change {
            case .add(let entry): entries[Name(hash: entry.hash, key: entry.key)] = entry.labels
            case .remove(let hash, let key): entries[Name(hash: hash, key: key)] = nil
            }
        }
    }

    func matches(for query: PDQHash, within radius: Int, filter: HammingFilter = .all) -> [HammingMatch] {
        entries.compactMap { name, labels in
            let distance = name.hash.distance(to: query)
            guard distance <= radius, filter.admits(labels, at: distance) else { return nil }
            return HammingMatch(key: name.key, distance: distance, labels: labels)
        }.sorted()
    }
}

/// Singletons, clusters of near copies, exact copies under many keys, and hashes with few bits set.
func mixedEntries(_ count: Int, using numbers: inout SeededNumbers) -> [HammingEntry] {
    var entries: [HammingEntry] = []
    while entries.count < count {
        let center = numbers.hash()
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0, 1: entries.append(HammingEntry(hash: center, key: numbers.next() % 1000, labels: numbers.labels()))
        case 2:
            for _ in 0..<Int.random(in: 1..<60, using: &numbers) {
                let hash = center.changed(Int.random(in: 0...20, using: &numbers), using: &numbers)
                entries.append(HammingEntry(hash: hash, key: numbers.next() % 1000, labels: numbers.labels()))
            }
        default:
            let sparse = PDQHash.zero.changed(Int.random(in: 0...3, using: &numbers), using: &numbers)
            for key in 0..<UInt64.random(in: 1..<20, using: &numbers) {
                entries.append(HammingEntry(hash: sparse, key: key, labels: numbers.labels()))
            }
        }
    }
    return entries
}

/// A folder of its own that is removed afterwards.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("index-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}
