// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Signals

/// SplitMix64, so that a seed gives the same run everywhere.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private func cases(_ upheld: [Double], _ others: [Double]) -> [ReviewedScore] {
    upheld.map { ReviewedScore(score: $0, isUpheld: true) } + others.map { ReviewedScore(score: $0, isUpheld: false) }
}

/// Cases whose chance of being upheld is `chance` of the score.
private func random(_ count: Int, seed: UInt64, _ chance: (Double) -> Double) -> [ReviewedScore] {
    var generator = Seeded(state: seed)
    return (0..<count).map { _ in
        let score = Double.random(in: 0...1, using: &generator)
        return ReviewedScore(score: score, isUpheld: Double.random(in: 0..<1, using: &generator) < chance(score))
    }
}

@Suite("ROC curve")
struct ROCCurveTests {
    @Test(
        "the area is the share of pairs that are in the right order, a draw counting half",
        arguments: [
            ([0.9, 0.8], [0.1, 0.2], 1.0), ([0.1], [0.9], 0.0), ([0.5, 0.5], [0.5], 0.5),
            // 0.8 beats both, 0.4 beats one, 0.35 beats one and draws none: 3 of 4 pairs as scikit-learn's example has it.
            ([0.35, 0.8], [0.1, 0.4], 0.75), ([0.8, 0.4, 0.6], [0.4, 0.5], 0.75),
        ])
    func area(upheld: [Double], others: [Double], expected: Double) {
        #expect(abs(ROCCurve(cases(upheld, others)).area - expected) < 1e-12)
    }

    @Test("the area equals counting all pairs", arguments: [UInt64(1), 2, 3])
    func pairs(seed: UInt64) {
        let all = random(120, seed: seed) { $0 }.map { ReviewedScore(score: ($0.score * 20).rounded(), isUpheld: $0.isUpheld) }
        let (upheld, others) = (all.filter(\.isUpheld), all.filter { !$0.isUpheld })
        let right = upheld.map { a in others.map { a.score > $0.score ? 1 : a.score == $0.score ? 0.5 : 0 }.reduce(0, +) }
        #expect(abs(ROCCurve(all).area - right.reduce(0, +) / Double(upheld.count * others.count)) < 1e-12, "seed \(seed)")
    }

    @Test("the interval of the area is Hanley's and McNeil's")
    func interval() {
        // 50 and 50 with an area of 0.8: Q1 = 2/3, Q2 = 1.28/1.8; standard error 0.045171.
        let upheld = Array(repeating: 1.0, count: 40) + Array(repeating: 0.0, count: 10)
        let curve = ROCCurve(cases(upheld, Array(repeating: 0.0, count: 40) + Array(repeating: -1.0, count: 10)))
        let a = curve.area
        let (q1, q2) = (a / (2 - a), 2 * a * a / (1 + a))
        let error = ((a * (1 - a) + 49 * (q1 - a * a) + 49 * (q2 - a * a)) / 2500).squareRoot()
        let (low, high) = curve.areaInterval
        #expect(abs(high - low - 2 * 1.96 * error) < 1e-4 && low < a && a < high)
    }

    @Test("precision follows from the two rates and the base rate, as Bayes has it")
    func precision() throws {
        // At 0.9: 40 of 50 upheld ones and 1 of 100 others count.
        let curve = ROCCurve(
            cases(
                Array(repeating: 0.9, count: 40) + Array(repeating: 0.1, count: 10),
                Array(repeating: 0.9, count: 1) + Array(repeating: 0.1, count: 99)))
        let point = curve.points[1]
        #expect(point == .init(score: 0.9, truePositives: 40, falsePositives: 1))
        // 0.001 × 0.8 / (0.001 × 0.8 + 0.999 × 0.01) = 0.0741427…
        let (share, low, high) = curve.precision(at: point, baseRate: 0.001)
        #expect(abs(share - 0.074142) < 1e-5)
        // Wilson: recall 0.66963 to 0.88757, false alarms 0.001767 to 0.054486.
        #expect(abs(low - 0.0121532) < 1e-5 && abs(high - 0.334522) < 1e-5, "\(low) \(high)")
        #expect(curve.precision(at: curve.points[0], baseRate: 0.001) == (0, 0, 1))
    }
}

@Suite("Calibration curves")
struct CalibrationCurveTests {
    @Test("isotonic: violators are pooled, small steps put together")
    func isotonic() {
        // 20 of score 1 (2 upheld), 20 of 2 (10), 20 of 3 (6), 20 of 4 (19): 2 and 3 are pooled into 16 of 40.
        let all = [(1.0, 2), (2.0, 10), (3.0, 6), (4.0, 19)].flatMap { score, upheld in
            (0..<20).map { ReviewedScore(score: score, isUpheld: $0 < upheld) }
        }
        #expect(
            CalibrationCurve(.isotonic, all)
                == .isotonic([
                    .init(from: 1, to: 1, upheld: 2, of: 20), .init(from: 2, to: 3, upheld: 16, of: 40),
                    .init(from: 4, to: 4, upheld: 19, of: 20),
                ]))
    }

    @Test("isotonic curves rise and keep the number of cases", arguments: [UInt64(11), 12, 13, 14])
    func monotone(seed: UInt64) {
        let all = random(700, seed: seed) { $0 * $0 }
        guard case .isotonic(let steps) = CalibrationCurve(.isotonic, all) else {
            Issue.record("no isotonic curve")
            return
        }
        #expect(steps.map(\.of).reduce(0, +) == 700 && steps.map(\.upheld).reduce(0, +) == all.count { $0.isUpheld })
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.to < $1.from && $0.upheld * $1.of <= $1.upheld * $0.of })
        #expect(steps.allSatisfy { $0.of >= 20 }, "seed \(seed)")
    }

    @Test("Platt: with one score for each kind the line says the softened shares")
    func platt() throws {
        // Two scores and two free numbers: the fit is exact. 90 of 100 at 1, 10 of 100 at 0; targets 101/102 and 1/102.
        let all = cases(
            Array(repeating: 1.0, count: 90) + Array(repeating: 0.0, count: 10),
            Array(repeating: 1.0, count: 10) + Array(repeating: 0.0, count: 90))
        guard case .platt(let line) = CalibrationCurve(.platt, all) else {
            Issue.record("no platt curve")
            return
        }
        let high = (90 * 101.0 / 102 + 10 * 1.0 / 102) / 100
        #expect(abs(line.share(at: 1).share - high) < 1e-9)
        #expect(abs(line.share(at: 0).share - (1 - high)) < 1e-9)
        // At a score of its own group the variance of the logit is 1 / (n p (1 − p)).
        let z = log(high / (1 - high))
        let reach = 1.959963984540054 / (100 * high * (1 - high)).squareRoot()
        #expect(abs(line.share(at: 1).low - 1 / (1 + exp(-(z - reach)))) < 1e-6)
        #expect(abs(line.share(at: 1).high - 1 / (1 + exp(-(z + reach)))) < 1e-6)
    }

    @Test("Platt finds the line that made the cases", arguments: [UInt64(21), 22, 23])
    func plattFinds(seed: UInt64) {
        let all = random(4_000, seed: seed) { 1 / (1 + exp(-(8 * $0 - 5))) }
        guard case .platt(let line) = CalibrationCurve(.platt, all) else {
            Issue.record("no platt curve")
            return
        }
        #expect(abs(line.slope - 8) < 1 && abs(line.start + 5) < 0.7, "seed \(seed): \(line.start) \(line.slope)")
    }

    @Test("another share of positives changes the odds by the ratio of the odds")
    func shift() {
        #expect(abs(CalibrationCurve.shift(0.5, from: 0.5, to: 0.01) - 0.01) < 1e-12)
        #expect(abs(CalibrationCurve.shift(0.9, from: 0.5, to: 0.001) - 0.009 / (0.009 + 0.999)) < 1e-9)
        for share in [0.0, 0.3, 1.0] { #expect(abs(CalibrationCurve.shift(share, from: 0.2, to: 0.2) - share) < 1e-12) }
    }

    @Test("between two points it is the line, outside the nearest point")
    func values() {
        let calibration = Calibration(
            output: "a",
            points: [
                .init(score: 0.2, upheld: 0.1, low: 0, high: 0.2), .init(score: 0.6, upheld: 0.5, low: 0.4, high: 0.6),
                .init(score: 0.8, upheld: 0.5, low: 0.3, high: 0.7),
            ], baseRate: 0.01, cases: 100, day: "2026-11-23")
        #expect(
            [0, 0.2, 0.4, 0.6, 0.7, 0.9].map { (calibration.value(of: $0) * 1e6).rounded() / 1e6 } == [
                0.1, 0.1, 0.3, 0.5, 0.5, 0.5,
            ])
        let meaning = calibration.meaning(of: 0.4)
        #expect(abs(meaning.low - 0.2) < 1e-9 && abs(meaning.high - 0.4) < 1e-9 && meaning.cases == 100)
    }
}

@Suite("Calibration study")
struct CalibrationStudyTests {
    private func study(
        _ all: [ReviewedScore], baseRate: Double = 0.001, precision: Double = 0.95, kind: CalibrationCurve.Kind? = nil
    ) throws(CalibrationProblem) -> CalibrationStudy {
        try CalibrationStudy(all, output: "sample", baseRate: baseRate, precision: precision, kind: kind, day: "2026-11-23")
    }

    @Test("fewer than 50 of either kind are refused, in words", arguments: [(49, 500), (500, 49), (0, 0)])
    func tooFew(upheld: Int, others: Int) {
        let all = cases(Array(repeating: 0.9, count: upheld), Array(repeating: 0.1, count: others))
        let error = #expect(throws: CalibrationProblem.self) { try study(all) }
        #expect(
            error?.message.contains("at least 50 upheld cases and 50 others are needed, and there are \(upheld) and \(others)")
                == true)
    }

    @Test("scores that mean nothing are refused")
    func chance() {
        let all = random(2_000, seed: 5) { _ in 0.5 }
        let error = #expect(throws: CalibrationProblem.self) { try study(all) }
        #expect(error?.message.contains("do not tell") == true)
        // The wrong way around as well.
        #expect(throws: CalibrationProblem.self) { try study(random(2_000, seed: 6) { 1 - $0 }) }
        #expect(throws: CalibrationProblem.self) {
            try study(cases(Array(repeating: .nan, count: 60), Array(repeating: 0, count: 60)))
        }
        #expect(throws: CalibrationProblem.self) { try study(random(2_000, seed: 6) { $0 }, baseRate: 0) }
        #expect(throws: CalibrationProblem.self) { try study(random(2_000, seed: 6) { $0 }, precision: 1) }
    }

    @Test("the threshold is the lowest score with the wanted precision")
    func threshold() throws {
        // At 0.9: 50 of 100 upheld, none of 1,000 others; at 0.5: 100 of 100 and 100 of 1,000; at 0: everything.
        let all = cases(
            Array(repeating: 0.9, count: 50) + Array(repeating: 0.5, count: 50),
            Array(repeating: 0.5, count: 100) + Array(repeating: 0.0, count: 900))
        let even = try study(all, baseRate: 0.5, precision: 0.9)
        // 0.5 / (0.5 + 0.5 × 0.1) = 0.909 at 0.5; with certainty only at 0.9: 0.4038 / (0.4038 + 0.003827) = 0.9906.
        #expect(even.likely?.score == 0.5 && abs((even.likely?.precision ?? 0) - 0.9090909) < 1e-6 && even.likely?.recall == 1)
        #expect(even.certain?.score == 0.9 && abs((even.certain?.low ?? 0) - 0.990613) < 1e-5)
        // One in a thousand: without a false alarm the estimate is 1, but nothing is certain.
        let rare = try study(all)
        #expect(rare.likely?.score == 0.9 && rare.certain == nil)
        let report = rare.report(model: "m", version: "1")
        #expect(report.contains("No score reaches it with certainty") && report.contains("1 in 1000"))
        // 95 % at 1 in 1,000 needs a false-alarm rate below 0.0000527: z² / rate of them.
        #expect(abs(Double(rare.harmlessCasesForCertainty) - 3.841459 * (0.95 * 0.999) / (0.001 * 0.05)) < 10)
    }

    @Test("a calibration of random cases holds what a calibration promises", arguments: [UInt64(31), 32, 33, 34])
    func promises(seed: UInt64) throws {
        for kind in CalibrationCurve.Kind.allCases {
            for rate in [0.0001, 0.01, 0.5] {
                let one = try study(random(600, seed: seed) { $0 }, baseRate: rate, kind: kind)
                #expect(one.calibration.problem == nil, "seed \(seed) \(kind) \(rate)")
                #expect(one.calibration.cases == 600 && one.calibration.output == "sample")
                #expect((0...1).contains(one.brier) && one.reliability.map(\.of).reduce(0, +) == 600)
                #expect(one.roc.areaInterval.low <= one.roc.area && one.roc.area <= one.roc.areaInterval.high)
            }
        }
    }

    @Test("well calibrated scores are found so: what the curve says is what people say", arguments: [UInt64(41), 42])
    func reliability(seed: UInt64) throws {
        for kind in CalibrationCurve.Kind.allCases {
            let one = try study(random(3_000, seed: seed) { 1 / (1 + exp(-(8 * $0 - 4))) }, kind: kind)
            let outside = one.reliability.count { !($0.interval.lower - 0.03...$0.interval.upper + 0.03).contains($0.said) }
            #expect(outside == 0, "seed \(seed) \(kind): \(one.reliability)")
        }
    }

    @Test("few cases get a line, many get steps")
    func kinds() throws {
        #expect(try study(random(300, seed: 7) { $0 }).curve.kind == .platt)
        #expect(try study(random(1_500, seed: 7) { $0 }).curve.kind == .isotonic)
    }

    @Test("the pictures say in words what they show, and hold nothing foreign")
    func pictures() throws {
        let one = try study(random(300, seed: 8) { $0 })
        for picture in [one.rocPicture, one.reliabilityPicture] {
            #expect(picture.contains("<title id=\"title\">") && picture.contains("<desc id=\"description\">"))
            #expect(picture.contains("role=\"img\"") && !picture.contains("<script") && !picture.contains("href"))
            let parser = XMLTags(picture)
            #expect(parser.areClosed)
        }
        #expect(one.rocPicture.contains(one.roc.area.digits(3)))
    }

    @Test(
        "numbers are written with so many digits",
        arguments: [(0.5, 3, "0.500"), (-0.0004, 3, "0.000"), (12.995, 2, "13.00"), (-1.25, 1, "-1.3"), (7, 0, "7")])
    func digits(number: Double, count: Int, text: String) { #expect(number.digits(count) == text) }
}

/// Whether every tag that is opened is closed, in order.
private struct XMLTags {
    var areClosed = true

    init(_ text: String) {
        var open: [Substring] = []
        for part in text.split(separator: "<").map({ $0.prefix { $0 != ">" } })
        where part.first?.isLetter == true || part.first == "/" {
            if part.hasPrefix("/") {
                if open.popLast() != part.dropFirst() { areClosed = false }
            } else if !part.hasSuffix("/") {
                open.append(part.prefix { !$0.isWhitespace })
            }
        }
        if !open.isEmpty { areClosed = false }
    }
}
