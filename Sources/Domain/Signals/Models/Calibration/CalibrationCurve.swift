// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// A curve from score to the share that was upheld, fitted to reviewed cases.
package enum CalibrationCurve: Sendable, Hashable {
    /// As the cases have it, in steps that never fall: for many cases, whatever the shape.
    case isotonic([Step])
    /// One S-shaped line: for few cases.
    case platt(PlattLine)

    package enum Kind: String, Sendable, Hashable, CaseIterable { case isotonic, platt }

    package struct Step: Sendable, Hashable {
        package var from: Double
        package var to: Double
        package var upheld: Int
        package var of: Int
    }

    package var kind: Kind {
        switch self {
        case .isotonic: .isotonic
        case .platt: .platt
        }
    }

    package init(_ kind: Kind, _ cases: [ReviewedScore]) {
        switch kind {
        case .isotonic: self = .isotonic(Self.steps(cases))
        case .platt: self = .platt(PlattLine(cases))
        }
    }

    /// Steps of fewer cases are put together with their neighbours: a step of one case says nothing.
    static func leastStep(of cases: Int) -> Int { max(20, cases / 100) }

    /// Pool adjacent violators, then small steps together.
    private static func steps(_ cases: [ReviewedScore]) -> [Step] {
        var steps: [Step] = []
        for one in cases.sorted(by: { $0.score < $1.score }) {
            let hit = one.isUpheld ? 1 : 0
            if let last = steps.last, last.to == one.score {
                steps[steps.count - 1].upheld += hit
                steps[steps.count - 1].of += 1
            } else {
                steps.append(Step(from: one.score, to: one.score, upheld: hit, of: 1))
            }
        }
        var pooled: [Step] = []
        for step in steps {
            pooled.append(step)
            // Shares are compared as products, so that equal ones are equal.
            while let last = pooled.last, pooled.count > 1 {
                let before = pooled[pooled.count - 2]
                guard before.upheld * last.of >= last.upheld * before.of else { break }
                pooled.removeLast()
                pooled[pooled.count - 1] = together(before, last)
            }
        }
        let least = leastStep(of: cases.count)
        var large: [Step] = []
        for step in pooled {
            if let last = large.last, last.of < least {
                large[large.count - 1] = together(last, step)
            } else {
                large.append(step)
            }
        }
        if large.count > 1, let last = large.last, last.of < least {
            large.removeLast()
            large[large.count - 1] = together(large[large.count - 1], last)
        }
        return large
    }

    private static func together(_ a: Step, _ b: Step) -> Step {
        Step(from: a.from, to: b.to, upheld: a.upheld + b.upheld, of: a.of + b.of)
    }

    /// The curve as points, where one in `1 / baseRate` items is upheld, from cases of which `caseRate` were.
    package func points(baseRate: Double, caseRate: Double) -> [Calibration.Point] {
        func shift(_ share: Double) -> Double { Self.shift(share, from: caseRate, to: baseRate) }
        switch self {
        case .isotonic(let steps):
            return steps.flatMap { step in
                let (interval, share) = (WilsonInterval(hits: step.upheld, of: step.of), Double(step.upheld) / Double(step.of))
                return (step.from == step.to ? [step.from] : [step.from, step.to]).map { score in
                    Calibration.Point(
                        score: score, upheld: shift(share), low: shift(interval.lower), high: shift(interval.upper))
                }
            }
        case .platt(let line):
            return line.scores.map { score in
                let (share, low, high) = line.share(at: score)
                return Calibration.Point(score: score, upheld: shift(share), low: shift(low), high: shift(high))
            }
        }
    }

    /// A probability where the share of positives is another: the odds change by the ratio of the odds.
    static func shift(_ share: Double, from: Double, to: Double) -> Double {
        let (right, wrong) = (share * to / from, (1 - share) * (1 - to) / (1 - from))
        return right + wrong > 0 ? right / (right + wrong) : share
    }
}

/// Platt's line: the log of the odds is a straight line over the score. Fitted by Newton's method to his softened targets.
package struct PlattLine: Sendable, Hashable {
    package private(set) var slope = 0.0
    package private(set) var start = 0.0
    /// Of start and slope, from the curvature at the best fit.
    private var covariance: [Double] = [0, 0, 0]
    private var lowest = 0.0
    private var highest = 1.0

    init(_ cases: [ReviewedScore]) {
        let positives = Double(cases.count { $0.isUpheld })
        let negatives = Double(cases.count) - positives
        let (yes, no) = ((positives + 1) / (positives + 2), 1 / (negatives + 2))
        lowest = cases.map(\.score).min() ?? 0
        highest = cases.map(\.score).max() ?? 1
        start = log((positives + 1) / (negatives + 1))
        for _ in 0..<100 {
            let (gradient, curvature) = derivatives(cases, yes, no)
            let determinant = curvature[0] * curvature[2] - curvature[1] * curvature[1]
            guard determinant > 1e-300 else { break }
            let steps = (
                (curvature[2] * gradient.0 - curvature[1] * gradient.1) / determinant,
                (curvature[0] * gradient.1 - curvature[1] * gradient.0) / determinant
            )
            covariance = [curvature[2] / determinant, -curvature[1] / determinant, curvature[0] / determinant]
            guard abs(steps.0) + abs(steps.1) > 1e-10 else { break }
            // Half steps until the fit gets no worse, so that it cannot run away.
            let (before, old) = (loss(cases, yes, no), (start, slope))
            var share = 1.0
            repeat {
                (start, slope) = (old.0 - share * steps.0, old.1 - share * steps.1)
                share /= 2
            } while loss(cases, yes, no) > before + 1e-12 && share > 1e-10
        }
    }

    private func derivatives(
        _ cases: [ReviewedScore], _ yes: Double, _ no: Double
    ) -> (gradient: (Double, Double), curvature: [Double]) {
        var gradient = (0.0, 0.0)
        // A little on the diagonal keeps it solvable when all scores are one.
        var curvature = [1e-12, 0, 1e-12]
        for one in cases {
            let p = 1 / (1 + exp(-(start + slope * one.score)))
            let off = p - (one.isUpheld ? yes : no)
            gradient = (gradient.0 + off, gradient.1 + off * one.score)
            let weight = p * (1 - p)
            curvature[0] += weight
            curvature[1] += weight * one.score
            curvature[2] += weight * one.score * one.score
        }
        return (gradient, curvature)
    }

    private func loss(_ cases: [ReviewedScore], _ yes: Double, _ no: Double) -> Double {
        cases.reduce(0) { sum, one in
            let z = start + slope * one.score
            // log(1 + e^z) without overflow, less z times the target.
            return sum + max(0, z) + log1p(exp(-abs(z))) - z * (one.isUpheld ? yes : no)
        }
    }

    /// Enough scores to draw the line between.
    var scores: [Double] {
        guard highest > lowest else { return [lowest] }
        return (0...64).map { lowest + (highest - lowest) * Double($0) / 64 }
    }

    /// With the interval in which it lies with 95 % confidence, as far as the line has the right shape.
    package func share(at score: Double) -> (share: Double, low: Double, high: Double) {
        let z = start + slope * score
        let variance = covariance[0] + 2 * score * covariance[1] + score * score * covariance[2]
        let reach = 1.959963984540054 * max(0, variance).squareRoot()
        func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
        return (logistic(z), logistic(z - reach), logistic(z + reach))
    }
}
