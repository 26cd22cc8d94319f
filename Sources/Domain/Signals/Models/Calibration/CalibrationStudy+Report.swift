// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// A study as pages for people: `report.md` with the two pictures beside it.
extension CalibrationStudy {
    /// Markdown. It names no case and shows no content.
    package func report(model: String, version: String) -> String {
        let area = roc.areaInterval
        let curveWords = curve.kind == .platt ? "Platt's S-shaped line" : "steps that never fall (isotonic)"
        return """
            # What `\(output)` of the model \(model) \(version) is worth

            On \(roc.positives + roc.negatives) cases that people decided: \(roc.positives) upheld, \(roc.negatives) not. Made on \(day).

            - It tells upheld cases from others with an area under the curve of \(area.low.digits(3)) to \(area.high.digits(3)) \
            (measured \(roc.area.digits(3)); 0.5 is chance, 1 is perfect).
            - The curve from score to meaning is \(curveWords); checked on cases that it was not fitted to, its Brier score is \
            \(brier.digits(4)) (0 is perfect).
            - Precision is computed for a base rate of \(Self.oneIn(baseRate)): that many of the items it looks at would be upheld. \
            Where the share is another, the precision is another.

            ![How it tells upheld cases from others](roc.svg)
            ![What the curve said and what people said](reliability.svg)

            ## From which score on

            \(thresholdWords)

            | score from | counts of upheld | false alarms of others | precision at \(Self.oneIn(baseRate)) |
            | ---: | ---: | ---: | ---: |
            \(rows.joined(separator: "\n"))

            Intervals are of 95 %. The line was drawn on the same cases that it is measured on, which flatters it a little: measure anew
            on later cases.

            ## What the cases cannot say

            Cases come to review because somebody or something pointed at them. What nobody pointed at is not among them, so the share of
            upheld items that the model misses is at least that of the table, and may be larger.

            """
    }

    private var thresholdWords: String {
        let wanted = Self.percent(wantedPrecision)
        guard let likely else {
            guard let best else { return "There is no score that counts." }
            return """
                No score reaches a precision of \(wanted) at this base rate. The best is from \(best.score.digits(4)): \
                \(Self.percent(best.precision)) (\(Self.percent(best.low)) to \(Self.percent(best.high))). \(needed)
                """
        }
        let words = "From \(likely.score.digits(4)) on the precision is likely \(wanted) or more: \(Self.words(likely))."
        guard let certain else {
            return "\(words) No score reaches it with certainty. \(needed)"
        }
        return
            "\(words)\n\nFrom \(certain.score.digits(4)) on even the lower end of the interval reaches it: \(Self.words(certain))."
    }

    private var needed: String {
        "To be sure of it, about \(harmlessCasesForCertainty) cases that are not upheld would have to be seen without one false alarm."
    }

    private static func words(_ threshold: Threshold) -> String {
        "\(percent(threshold.precision)) (\(percent(threshold.low)) to \(percent(threshold.high))), and it finds "
            + "\(percent(threshold.recall)) (\(percent(threshold.recallLow)) to \(percent(threshold.recallHigh))) of the upheld cases"
    }

    /// About a dozen points of the curve, and those that the words speak of.
    private var rows: [String] {
        let points = Array(roc.points.dropFirst())
        let step = max(1, points.count / 12)
        let named = Set([likely?.score, certain?.score].compactMap { $0 })
        return points.enumerated().filter { $0.offset % step == 0 || named.contains($0.element.score) }.map { _, point in
            let (recall, alarms, precision) = (
                roc.recall(at: point), roc.falseAlarms(at: point), roc.precision(at: point, baseRate: baseRate)
            )
            func cell(_ share: Double, _ low: Double, _ high: Double) -> String {
                "\(Self.percent(share)) (\(Self.percent(low)) to \(Self.percent(high)))"
            }
            let cells = [
                point.score.digits(4), cell(recall.share, recall.interval.lower, recall.interval.upper),
                cell(alarms.share, alarms.interval.lower, alarms.interval.upper),
                cell(precision.share, precision.low, precision.high),
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
    }

    static func percent(_ share: Double) -> String { (share * 100).digits(share > 0 && share < 0.01 ? 3 : 1) + " %" }

    static func oneIn(_ rate: Double) -> String {
        let inverse = 1 / rate
        return inverse.rounded() * rate == 1 || inverse >= 20 ? "1 in \(Int(inverse.rounded()))" : percent(rate)
    }
}
