// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing

/// SplitMix64: the same numbers for the same seed everywhere. A test that draws from it names the seed in its messages.
struct VideoRandom: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func hash() -> PDQHash { PDQHash(words: next(), next(), next(), next()) }

    /// The hash with this many bits changed.
    mutating func neighbour(of hash: PDQHash, at distance: Int) -> PDQHash {
        var bytes = hash.bytes
        for bit in (0..<256).shuffled(using: &self).prefix(distance) { bytes[bit / 8] ^= 1 << (bit % 8) }
        return (try? PDQHash(bytes: bytes)) ?? .zero
    }
}
