// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("TMK files")
struct TMKTests {
    /// The bytes of a small file: 2 periods, 3 coefficients, 4 dimensions unless said otherwise.
    struct Small {
        var marks = "TMK1FVECPDQF"
        var header: [Int32] = [15, 2, 3, 4, 100]
        var periods: [Int32] = [31, 47]
        var coefficients: [Float] = [0.5, 0.25, 0.125]
        var average: [Float] = [3, 0, 4, 0]
        /// The place, below 24, of the value that is the root of its coefficient, in each part of four.
        var cosinePlace = 0
        var sinePlace = 0

        var bytes: [UInt8] {
            func words(_ values: [UInt32]) -> [UInt8] {
                values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
            }
            func features(at place: Int, firstIsEmpty: Bool) -> [Float] {
                (0..<24).map { index in
                    let coefficient = index / 4 % 3
                    return index % 4 == place && !(firstIsEmpty && coefficient == 0) ? coefficients[coefficient].squareRoot() : 0
                }
            }
            let numbers = (header + periods).map { UInt32(bitPattern: $0) }
            let floats =
                coefficients + average + features(at: cosinePlace, firstIsEmpty: false)
                + features(at: sinePlace, firstIsEmpty: true)
            return Array(marks.utf8) + words(numbers) + words(floats.map(\.bitPattern))
        }
    }

    @Test("a small file is read value by value")
    func values() throws {
        let features = try TMKFeatures(bytes: Small().bytes)
        #expect(features.framesPerSecond == 15)
        #expect(features.frameCount == 100)
        #expect(features.periods == [31, 47])
        #expect(features.coefficients == [0.5, 0.25, 0.125])
        #expect(features.average == [3, 0, 4, 0])
        #expect(features.dimension == 4)
        #expect(features.cosines.count == 24)
        #expect(features.cosines[4] == 0.5)
        #expect(features.sines[0] == 0)
        #expect(features.sines[12 + 4] == 0.5)
    }

    @Test("a video is like itself, and unlike one that shares no feature")
    func scores() throws {
        let one = try TMKFeatures(bytes: Small().bytes)
        let same = try one.score(against: one)
        #expect(abs(same.level1 - 1) < 1e-9)
        #expect(abs(same.level2 - 1) < 1e-6)
        #expect(same.reaches(level1: 0.99, level2: 0.99))

        let other = try TMKFeatures(bytes: Small(average: [0, 1, 0, 0], cosinePlace: 1, sinePlace: 1).bytes)
        let different = try one.score(against: other)
        #expect(different == TMKScore(level1: 0, level2: 0))
        #expect(!different.reaches())

        let nearby = try TMKFeatures(bytes: Small(average: [4, 0, 3, 0]).bytes)
        #expect(abs(try one.level1(against: nearby) - 0.96) < 1e-9)
    }

    @Test("videos without content or weight have the score 0")
    func nothing() throws {
        let empty = try TMKFeatures(bytes: Small(coefficients: [0, 0, 0], average: [0, 0, 0, 0]).bytes)
        #expect(try empty.score(against: empty) == TMKScore(level1: 0, level2: 0))
    }

    @Test("files made with different parameters are not compared")
    func incompatible() throws {
        let one = try TMKFeatures(bytes: Small().bytes)
        let others: [(Small, TMKError.Field)] = [
            (Small(header: [30, 2, 3, 4, 100]), .framesPerSecond),
            (Small(periods: [31, 53]), .period),
            (Small(coefficients: [0.5, 0.25, 0.126]), .coefficients),
        ]
        for (small, field) in others {
            let other = try TMKFeatures(bytes: small.bytes)
            #expect(throws: TMKError.incompatible(field)) { try one.score(against: other) }
        }
    }

    @Test("what is wrong with a file is said")
    func errors() {
        func refuse(_ bytes: [UInt8], _ error: TMKError) {
            #expect(throws: error) { try TMKFeatures(bytes: bytes) }
        }
        let bytes = Small().bytes
        refuse([], .truncated(at: 4))
        refuse(Array(bytes.prefix(13)), .truncated(at: 16))
        refuse(Array(bytes.dropLast()), .wrongSize(bytes.count - 1, expected: bytes.count))
        refuse(bytes + [0], .wrongSize(bytes.count + 1, expected: bytes.count))
        refuse(Small(marks: "TMK2FVECPDQF").bytes, .wrongMark(expected: "TMK1"))
        refuse(Small(marks: "TMK1FEATPDQF").bytes, .wrongMark(expected: "FVEC"))
        refuse(Small(marks: "TMK1FVECPHSH").bytes, .wrongMark(expected: "PDQF"))
        refuse(Small(header: [0, 2, 3, 4, 100]).bytes, .outOfRange(.framesPerSecond, 0))
        refuse(Small(header: [15, 0, 3, 4, 100]).bytes, .outOfRange(.periodCount, 0))
        refuse(Small(header: [15, 2, .max, 4, 100]).bytes, .outOfRange(.coefficientCount, Int(Int32.max)))
        refuse(Small(header: [15, 2, 3, -4, 100]).bytes, .outOfRange(.dimension, -4))
        refuse(Small(header: [15, 2, 3, 4, -1]).bytes, .outOfRange(.frameCount, -1))
        refuse(Small(periods: [31, 2_000_000_000]).bytes, .outOfRange(.period, 2_000_000_000))
        refuse(Small(coefficients: [0.5, -0.25, 0.125]).bytes, .negativeCoefficient)
        refuse(Small(average: [0, .nan, 0, 0]).bytes, .notFinite(at: 32 + 8 + 12 + 4))
        refuse(Small(coefficients: [.infinity, 0, 0]).bytes, .notFinite(at: 40))
    }

    @Test("a file cut short anywhere is refused")
    func truncated() {
        let bytes = Small().bytes
        for length in bytes.indices {
            #expect(throws: TMKError.self, "\(length) bytes") { try TMKFeatures(bytes: Array(bytes.prefix(length))) }
        }
    }

    @Test("a changed file is refused or gives finite scores, never a crash")
    func mutated() throws {
        let seed: UInt64 = 20_261_122
        var random = VideoRandom(seed: seed)
        let sound = try TMKFeatures(bytes: Small().bytes)
        var refused = 0
        for round in 0..<3_000 {
            var bytes = Small().bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let features = try? TMKFeatures(bytes: bytes), let score = try? features.score(against: sound) else {
                refused += 1
                continue
            }
            #expect(score.level1.isFinite && score.level2.isFinite, "seed \(seed), round \(round)")
        }
        #expect(1..<3_000 ~= refused, "seed \(seed)")
    }

    struct Pair: Decodable {
        var a: String
        var b: String
        var level1: Double
        var level2: Double
    }

    @Test("gives the published scores")
    func published() throws {
        guard let folder = try SharedVectors.pdq, let pairs: [Pair] = try SharedVectors.json("tmk/expected.json") else { return }
        func features(_ name: String) throws -> TMKFeatures {
            try TMKFeatures(bytes: [UInt8](Data(contentsOf: folder.appendingPathComponent("tmk/\(name).tmk"))))
        }
        #expect(pairs.count == 6)
        for pair in pairs {
            let (one, other) = (try features(pair.a), try features(pair.b))
            #expect(one.periods == [2731, 4391, 9767, 14653])
            #expect(one.dimension == 256)
            let score = try one.score(against: other)
            #expect(abs(score.level1 - pair.level1) < 0.000_001, "\(pair.a) and \(pair.b)")
            #expect(abs(score.level2 - pair.level2) < 0.000_001, "\(pair.a) and \(pair.b)")
        }
    }
}
