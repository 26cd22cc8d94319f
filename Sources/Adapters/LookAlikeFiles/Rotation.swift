// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns a vector so that what it says is spread evenly over its numbers, always in the same way: three times signs that were drawn once,
/// then a Hadamard transform. Angles and lengths stay as they are, and there is no rounding but that of additions.
struct Rotation: Sendable {
    /// The smallest power of two that is large enough, and at least 256.
    let dimension: Int
    private let signs: [[Float]]

    init(for dimension: Int) {
        var size = 256
        while size < dimension { size *= 2 }
        var chance = SplitMix64(state: 0x4861_6563_6869_4C41)
        signs = (0..<3).map { _ in (0..<size).map { _ in chance.next() >> 63 == 0 ? 1 : -1 } }
        self.dimension = size
    }

    /// As many numbers as `dimension`, longer by the root of its third power: only signs are of use.
    func turned(_ vector: [Float]) -> [Float] {
        var turned = vector + [Float](repeating: 0, count: dimension - vector.count)
        turned.withUnsafeMutableBufferPointer { numbers in
            for signs in signs {
                for place in 0..<dimension { numbers[place] *= signs[place] }
                Self.transform(numbers)
            }
        }
        return turned
    }

    private static func transform(_ numbers: UnsafeMutableBufferPointer<Float>) {
        var half = 1
        while half < numbers.count {
            for start in stride(from: 0, to: numbers.count, by: 2 * half) {
                for place in start..<start + half {
                    let (a, b) = (numbers[place], numbers[place + half])
                    numbers[place] = a + b
                    numbers[place + half] = a - b
                }
            }
            half *= 2
        }
    }
}

/// A small generator of numbers that look random.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
