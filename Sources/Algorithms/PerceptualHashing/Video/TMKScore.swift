// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How alike two whole videos are, in two steps: a cheap one that says whether the other is worth it, and one that aligns them in
/// time. 1 is the same video; the scores can be negative.
public struct TMKScore: Sendable, Hashable {
    /// The cosine between the mean features.
    public var level1: Double
    /// The best agreement over all alignments in time.
    public var level2: Double

    public init(level1: Double, level2: Double) {
        self.level1 = level1
        self.level2 = level2
    }

    /// Whether both reach their thresholds. 0.7 is the published default; 0.9 and more is the published advice for copies.
    public func reaches(level1: Double = 0.7, level2: Double = 0.7) -> Bool {
        self.level1 >= level1 && self.level2 >= level2
    }
}

extension TMKFeatures {
    /// Compares two videos; throws where their files were made with different parameters.
    public func score(against other: TMKFeatures) throws(TMKError) -> TMKScore {
        TMKScore(level1: try level1(against: other), level2: try level2(against: other))
    }

    /// The cosine between the mean features; 0 where one has none.
    public func level1(against other: TMKFeatures) throws(TMKError) -> Double {
        try requireCompatible(with: other)
        let dot = Self.dot(average[...], other.average[...])
        let squares = Self.dot(average[...], average[...]) * Self.dot(other.average[...], other.average[...])
        return squares > 0 ? dot / squares.squareRoot() : 0
    }

    /// The best agreement over all alignments in time; 0 where the coefficients have no weight.
    public func level2(against other: TMKFeatures) throws(TMKError) -> Double {
        try requireCompatible(with: other)
        let weight = coefficients.reduce(0) { $0 + 2 * Double($1) } - Double(coefficients[0])
        guard weight > 0 else { return 0 }
        return periods.indices.map { bestAgreement(with: other, period: $0) }.reduce(-.infinity, max) / weight
    }

    /// The largest value over all offsets of the trigonometric sum that the features stand for.
    private func bestAgreement(with other: TMKFeatures, period: Int) -> Double {
        // Σ cos(jδ)·(cc + ss) + sin(jδ)·(sc − cs), where cc is the product of both videos' cosine features, and so on.
        var even: [Double] = []
        var odd: [Double] = []
        for coefficient in coefficients.indices {
            let begin = (period * coefficients.count + coefficient) * dimension
            let part = begin..<begin + dimension
            let (cosine, sine) = (cosines[part], sines[part])
            let (otherCosine, otherSine) = (other.cosines[part], other.sines[part])
            even.append(Self.dot(cosine, otherCosine) + (coefficient == 0 ? 0 : Self.dot(sine, otherSine)))
            odd.append(Self.dot(sine, otherCosine) - Self.dot(cosine, otherSine))
        }
        var best = -Double.infinity
        for offset in 0..<periods[period] {
            let delta = 2 * Double.pi * Double(offset) / Double(periods[period])
            let (stepCosine, stepSine) = (cos(delta), sin(delta))
            var (turnCosine, turnSine) = (1.0, 0.0)
            var sum = even[0]
            for index in even.indices.dropFirst() {
                (turnCosine, turnSine) = (
                    turnCosine * stepCosine - turnSine * stepSine, turnSine * stepCosine + turnCosine * stepSine
                )
                sum += turnCosine * even[index] + turnSine * odd[index]
            }
            best = max(best, sum)
        }
        return best
    }

    private func requireCompatible(with other: TMKFeatures) throws(TMKError) {
        guard framesPerSecond == other.framesPerSecond else { throw .incompatible(.framesPerSecond) }
        guard dimension == other.dimension else { throw .incompatible(.dimension) }
        guard periods == other.periods else { throw .incompatible(.period) }
        guard coefficients.count == other.coefficients.count else { throw .incompatible(.coefficientCount) }
        // Tables made on different machines differ in the last digit.
        let alike = zip(coefficients, other.coefficients).allSatisfy { abs($0 - $1) <= 1e-6 * max($0, $1) }
        guard alike else { throw .incompatible(.coefficients) }
    }

    private static func dot(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Double {
        var sum = 0.0
        for (one, other) in zip(left, right) { sum += Double(one) * Double(other) }
        return sum
    }
}
