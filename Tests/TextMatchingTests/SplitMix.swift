// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Random numbers that a seed brings back.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }

    mutating func word(of alphabet: String, length: ClosedRange<Int>) -> String {
        let letters = Array(alphabet)
        return String((0..<(length.lowerBound + below(length.count))).map { _ in letters[below(letters.count)] })
    }
}
