// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A vector in one byte a number. Its length is lost, its direction stays within some thousandths.
struct ShortVector: Hashable, Sendable {
    var numbers: [Int8]

    init(numbers: [Int8]) { self.numbers = numbers }

    /// Nil for a vector that is zero or not finite.
    init?(_ vector: [Float]) {
        let largest = vector.lazy.map(\.magnitude).max() ?? 0
        guard largest > 0, vector.allSatisfy(\.isFinite) else { return nil }
        // In doubles: the largest may be as small as floats get.
        let scale = 127 / Double(largest)
        numbers = vector.map { Int8((Double($0) * scale).rounded()) }
    }

    /// Of length one.
    var unit: [Float] {
        let norm = numbers.reduce(into: Float(0)) { $0 += Float($1) * Float($1) }.squareRoot()
        return numbers.map { Float($0) / norm }
    }

    /// Of the angle between this and a vector of length one.
    func cosine(toUnit other: [Float]) -> Double {
        var (dot, square) = (Float(0), Float(0))
        for (mine, theirs) in zip(numbers, other) {
            let mine = Float(mine)
            dot += mine * theirs
            square += mine * mine
        }
        return max(-1, min(1, Double(dot / square.squareRoot())))
    }
}
