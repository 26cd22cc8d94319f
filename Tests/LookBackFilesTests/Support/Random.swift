// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import PerceptualHashing
import Signals

/// Random numbers that a seed brings back (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func hash() -> PDQHash { PDQHash(words: next(), next(), next(), next()) }

    /// A hash that differs in so many bits.
    mutating func hash(near other: PDQHash, bits: Int) -> PDQHash {
        var words = [other.words.0, other.words.1, other.words.2, other.words.3]
        for bit in Array(0..<256).shuffled(using: &self).prefix(bits) { words[bit / 64] ^= 1 << UInt64(bit % 64) }
        return PDQHash(words: words[0], words[1], words[2], words[3])
    }

    mutating func matrixEvent() -> String {
        // The last of 43 characters carries four bits only.
        let characters =
            (0..<42).map { _ in Self.alphabet[Int(next() >> 58)] } + [Self.alphabet[Int(next() >> 60) * 4]]
        return "$" + String(decoding: characters, as: UTF8.self)
    }

    mutating func item() -> String {
        switch Int.random(in: 0..<7, using: &self) {
        case 0, 1: matrixEvent()
        case 2: String(next() >> UInt64.random(in: 1...60, using: &self))
        case 3:
            String(
                format: "%08x-%04x-%04x-%04x-%012x", UInt32(truncatingIfNeeded: next()), UInt32(next() >> 48),
                UInt32(next() >> 48), UInt32(next() >> 48), next() >> 16)
        case 4: "글-\(next() % 1_000)"
        case 5: "0\(next() % 1_000)"
        default: String(repeating: "long ", count: Int.random(in: 0..<40, using: &self))
        }
    }

    /// Sightings of a few days, spaces and actors, near enough to each other that hashes repeat.
    mutating func sightings(_ count: Int, days: Range<Int> = 20_000..<20_004, around hashes: [PDQHash] = []) -> [Sighting] {
        var all: [Sighting] = []
        while all.count < count {
            let copies = Int.random(in: 1...3, using: &self)
            let at = Int.random(in: days, using: &self) * 86_400_000 + Int.random(in: 0..<86_400_000, using: &self)
            let (platform, space, actor, item) = (
                PlatformID(Bool.random(using: &self) ? "matrix" : "api"),
                SpaceID("!room\(Int.random(in: 0..<6, using: &self)):example.org"),
                ActorID("@user\(Int.random(in: 0..<40, using: &self)):example.org"), ItemID(item())
            )
            for index in 0..<min(copies, count - all.count) {
                let near = hashes.randomElement(using: &self)
                let bits = Int.random(in: 0...40, using: &self)
                let hash = near.map { self.hash(near: $0, bits: bits) } ?? self.hash()
                all.append(
                    Sighting(
                        kind: Int.random(in: 0..<5, using: &self) == 0 ? .sha256 : .pdq, hash: hash, platform: platform,
                        space: space, item: item, actor: actor, mediaIndex: index == 2 ? 40 : index,
                        at: Date(timeIntervalSince1970: Double(at) / 1_000)))
            }
        }
        return all
    }
}
