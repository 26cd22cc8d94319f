// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// How a model tells upheld cases from others, at every score where one could draw the line.
package struct ROCCurve: Sendable, Hashable {
    /// What counts from one score on.
    package struct Point: Sendable, Hashable {
        /// Cases with this score or more count; infinite at the start, where none does.
        package var score: Double
        package var truePositives: Int
        package var falsePositives: Int
    }

    /// By falling score, from nothing to everything; one for each score that occurs.
    package let points: [Point]
    package let positives: Int
    package let negatives: Int
    /// The chance that an upheld case scores higher than another one; a draw counts half.
    package let area: Double

    /// - Parameter cases: at least one upheld and one not.
    package init(_ cases: [ReviewedScore]) {
        let sorted = cases.sorted { $0.score > $1.score }
        var points = [Point(score: .infinity, truePositives: 0, falsePositives: 0)]
        var (hits, alarms, area) = (0, 0, 0.0)
        var index = 0
        while index < sorted.count {
            let score = sorted[index].score
            let (hitsBefore, alarmsBefore) = (hits, alarms)
            while index < sorted.count, sorted[index].score == score {
                if sorted[index].isUpheld { hits += 1 } else { alarms += 1 }
                index += 1
            }
            // A trapezoid: those with the same score are a draw.
            area += Double(alarms - alarmsBefore) * Double(hits + hitsBefore) / 2
            points.append(Point(score: score, truePositives: hits, falsePositives: alarms))
        }
        self.points = points
        (positives, negatives) = (hits, alarms)
        self.area = hits > 0 && alarms > 0 ? area / (Double(hits) * Double(alarms)) : 0.5
    }

    /// Where the area lies with 95 % confidence, after Hanley and McNeil.
    package var areaInterval: (low: Double, high: Double) {
        let (p, n, a) = (Double(positives), Double(negatives), area)
        guard p > 0, n > 0 else { return (0, 1) }
        let (q1, q2) = (a / (2 - a), 2 * a * a / (1 + a))
        let variance = (a * (1 - a) + (p - 1) * (q1 - a * a) + (n - 1) * (q2 - a * a)) / (p * n)
        let reach = 1.959963984540054 * max(0, variance).squareRoot()
        return (max(0, a - reach), min(1, a + reach))
    }

    /// Share of upheld cases that count at a point, with its interval.
    package func recall(at point: Point) -> (share: Double, interval: WilsonInterval) {
        (Double(point.truePositives) / Double(max(1, positives)), WilsonInterval(hits: point.truePositives, of: positives))
    }

    /// Share of the other cases that count at a point, with its interval.
    package func falseAlarms(at point: Point) -> (share: Double, interval: WilsonInterval) {
        (Double(point.falsePositives) / Double(max(1, negatives)), WilsonInterval(hits: point.falsePositives, of: negatives))
    }

    /// Of what counts at a point, the share that would be upheld where one in `1 / baseRate` items is such an item.
    ///
    /// Cases that come to review are no picture of what people post: the rates of the two classes are, so they are put together anew.
    /// The interval takes the worse ends of both rates, so it is rather too wide than too narrow.
    package func precision(at point: Point, baseRate: Double) -> (share: Double, low: Double, high: Double) {
        let (hit, alarm) = (recall(at: point), falseAlarms(at: point))
        func bayes(_ recall: Double, _ alarms: Double) -> Double? {
            let (right, wrong) = (baseRate * recall, (1 - baseRate) * alarms)
            return right + wrong > 0 ? right / (right + wrong) : nil
        }
        return (
            bayes(hit.share, alarm.share) ?? 0, bayes(hit.interval.lower, alarm.interval.upper) ?? 0,
            bayes(hit.interval.upper, alarm.interval.lower) ?? 1
        )
    }
}
