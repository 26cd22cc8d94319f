// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import ModelInputs

/// SplitMix64: the same numbers for the same seed everywhere.
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

extension ModelPicture {
    static func random(_ width: Int, _ height: Int, channels: Int, _ numbers: inout Numbers) throws -> ModelPicture {
        let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        return try #require(ModelPicture(width: width, height: height, channels: channels, pixels: pixels))
    }

    func value(_ x: Int, _ y: Int, _ channel: Int) -> UInt8 { pixels[(y * width + x) * channels + channel] }
}
