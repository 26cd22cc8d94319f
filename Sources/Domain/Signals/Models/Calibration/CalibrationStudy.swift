// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// What reviewed cases say of one output of a model: how well it tells them apart, what its scores are worth, and from which score on
/// it may count.
package struct CalibrationStudy: Sendable {
    /// A score from which the model's word has the wanted precision.
    package struct Threshold: Sendable, Hashable {
        package var score: Double
        /// Of what counts, the share that would be upheld at the base rate.
        package var precision: Double
        package var low: Double
        package var high: Double
        /// Of what should count, the share that does.
        package var recall: Double
        package var recallLow: Double
        package var recallHigh: Double
    }

    /// Cases of about the same calibrated value: what the curve said and what people said.
    package struct Bin: Sendable, Hashable {
        package var said: Double
        package var upheld: Int
        package var of: Int
        package var interval: WilsonInterval { WilsonInterval(hits: upheld, of: of) }
    }

    /// Fewer than so many of either kind say nothing that is worth acting on.
    package static let leastOfEach = 50
    /// From so many cases on the curve may have any rising shape.
    static let enoughForIsotonic = 1_000

    package let output: String
    package let day: String
    package let roc: ROCCurve
    package let curve: CalibrationCurve
    package let calibration: Calibration
    package let baseRate: Double
    package let wantedPrecision: Double
    /// The lowest score at which the precision is likely reached; nil when none is.
    package let likely: Threshold?
    /// The lowest score at which even the lower end of the interval reaches it; nil when none does.
    package let certain: Threshold?
    /// The score with the highest precision; its recall may be very small.
    package let best: Threshold?
    /// Each case judged by a curve that was fitted without it, at the cases' own base rate.
    package let reliability: [Bin]
    /// Mean square of the difference between what such a curve said and what people said: 0 is perfect.
    package let brier: Double

    /// - Parameters:
    ///   - baseRate: share of items, among all that the model will look at, that people would uphold.
    ///   - precision: wanted of what counts.
    ///   - kind: nil for what fits the number of cases.
    ///   - day: `2026-11-23`.
    package init(
        _ cases: [ReviewedScore], output: String, baseRate: Double, precision: Double, kind: CalibrationCurve.Kind? = nil,
        day: String
    ) throws(CalibrationProblem) {
        try Self.check(cases, baseRate, precision)
        let roc = ROCCurve(cases)
        let kind = kind ?? (cases.count < Self.enoughForIsotonic ? .platt : .isotonic)
        let curve = CalibrationCurve(kind, cases)
        let points = curve.points(baseRate: baseRate, caseRate: Double(roc.positives) / Double(cases.count))
        calibration = Calibration(output: output, points: points, baseRate: baseRate, cases: cases.count, day: day)
        if roc.areaInterval.low <= 0.5 || calibration.problem != nil {
            let (low, high) = roc.areaInterval
            throw CalibrationProblem(
                message: "the scores do not tell upheld cases from others: the area under the curve is "
                    + "\(roc.area.digits(3)) (\(low.digits(3)) to \(high.digits(3))), and 0.5 is chance")
        }
        (self.output, self.day, self.roc, self.curve) = (output, day, roc, curve)
        (self.baseRate, wantedPrecision) = (baseRate, precision)
        let thresholds = roc.points.dropFirst().map { point in Self.threshold(point, roc, baseRate) }
        likely = thresholds.last { $0.precision >= precision }
        certain = thresholds.last { $0.low >= precision }
        best = thresholds.max { ($0.low, $0.precision) < ($1.low, $1.precision) }
        (reliability, brier) = Self.crossCheck(cases, kind)
    }

    private static func check(_ cases: [ReviewedScore], _ baseRate: Double, _ precision: Double) throws(CalibrationProblem) {
        guard baseRate > 0, baseRate < 1 else { throw CalibrationProblem(message: "a base rate lies between 0 and 1") }
        guard precision > 0, precision < 1 else { throw CalibrationProblem(message: "a precision lies between 0 and 1") }
        guard cases.allSatisfy({ $0.score.isFinite }) else { throw CalibrationProblem(message: "a score is no finite number") }
        let upheld = cases.count { $0.isUpheld }
        let others = cases.count - upheld
        guard upheld >= leastOfEach, others >= leastOfEach else {
            throw CalibrationProblem(
                message:
                    "at least \(leastOfEach) upheld cases and \(leastOfEach) others are needed, and there are \(upheld) and \(others). "
                    + "With fewer, the interval would be wider than anybody could act on")
        }
    }

    private static func threshold(_ point: ROCCurve.Point, _ roc: ROCCurve, _ baseRate: Double) -> Threshold {
        let (precision, recall) = (roc.precision(at: point, baseRate: baseRate), roc.recall(at: point))
        return Threshold(
            score: point.score, precision: precision.share, low: precision.low, high: precision.high, recall: recall.share,
            recallLow: recall.interval.lower, recallHigh: recall.interval.upper)
    }

    /// Five folds, alike in scores and kinds because each takes every fifth of its kind by score.
    private static func crossCheck(_ cases: [ReviewedScore], _ kind: CalibrationCurve.Kind) -> ([Bin], Double) {
        let sorted = cases.sorted { ($0.isUpheld ? 1 : 0, $0.score) < ($1.isUpheld ? 1 : 0, $1.score) }
        var bins = (0..<10).map { _ in (sum: 0.0, upheld: 0, of: 0) }
        var squares = 0.0
        for fold in 0..<5 {
            let rest = sorted.enumerated().filter { $0.offset % 5 != fold }.map(\.element)
            let rate = Double(rest.count { $0.isUpheld }) / Double(rest.count)
            let points = CalibrationCurve(kind, rest).points(baseRate: rate, caseRate: rate)
            let judge = Calibration(output: "", points: points, baseRate: rate, cases: rest.count, day: "")
            for (_, one) in sorted.enumerated().filter({ $0.offset % 5 == fold }) {
                let said = judge.value(of: one.score)
                let off = said - (one.isUpheld ? 1 : 0)
                squares += off * off
                let bin = min(9, Int(said * 10))
                bins[bin].sum += said
                bins[bin].upheld += one.isUpheld ? 1 : 0
                bins[bin].of += 1
            }
        }
        let reliability = bins.filter { $0.of > 0 }.map { Bin(said: $0.sum / Double($0.of), upheld: $0.upheld, of: $0.of) }
        return (reliability, squares / Double(sorted.count))
    }

    /// So many harmless cases would have to be seen without one false alarm before the wanted precision is certain, if every
    /// harmful one counted.
    package var harmlessCasesForCertainty: Int {
        let rate = baseRate * (1 - wantedPrecision) / (wantedPrecision * (1 - baseRate))
        // Wilson's upper end of none in n is z² / (n + z²).
        let z2 = 3.841458820694124
        return max(1, Int((z2 / rate - z2).rounded(.up)))
    }
}

extension Double {
    /// So many digits after the point.
    func digits(_ count: Int) -> String {
        guard isFinite, abs(self) < 1e15 else { return "\(self)" }
        let scale = (0..<count).reduce(1.0) { power, _ in power * 10 }
        let whole = Int((abs(self) * scale).rounded())
        let fraction = String(whole % Int(scale))
        let sign = self < 0 && whole > 0 ? "-" : ""
        let padded = String(repeating: "0", count: count - min(count, fraction.count)) + fraction
        return sign + String(whole / Int(scale)) + (count > 0 ? "." + padded : "")
    }
}
