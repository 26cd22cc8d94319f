// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

extension Calibration {
    /// The share that people upheld at about this score; between two points on the line between them, outside as at the end.
    package func value(of score: Double) -> Double { at(score, \.upheld) }

    /// What a score is worth, with its interval.
    package func meaning(of score: Double) -> Meaning {
        Meaning(
            precision: at(score, \.upheld), low: at(score, \.low), high: at(score, \.high), baseRate: baseRate, cases: cases,
            day: day)
    }

    private func at(_ score: Double, _ part: (Point) -> Double) -> Double {
        guard let first = points.first, let last = points.last else { return score }
        guard score > first.score else { return part(first) }
        guard score < last.score, let next = points.firstIndex(where: { $0.score >= score }) else { return part(last) }
        let (a, b) = (points[next - 1], points[next])
        let share = (score - a.score) / (b.score - a.score)
        return part(a) + share * (part(b) - part(a))
    }

    /// Why it cannot be used; nil when it can.
    package var problem: String? {
        guard (1...4_096).contains(points.count) else { return "a calibration has 1 to 4,096 points" }
        guard baseRate > 0, baseRate < 1 else { return "a base rate lies between 0 and 1" }
        guard zip(points, points.dropFirst()).allSatisfy({ $0.score < $1.score && $0.upheld <= $1.upheld }) else {
            return "a calibration's points rise"
        }
        let areShares = points.allSatisfy {
            $0.score.isFinite && (0...1).contains($0.upheld) && (0...$0.upheld).contains($0.low)
                && ($0.upheld...1).contains($0.high)
        }
        return areShares ? nil : "the shares of a calibration are from 0 to 1, within their intervals"
    }
}
