// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Testing

@Suite("Comparing two videos by their frames")
struct VPDQMatchTests {
    private static func video(_ hashes: [PDQHash], quality: Int = 100) -> [VPDQFrame] {
        hashes.enumerated().map { VPDQFrame(number: $0, quality: quality, hash: $1, seconds: Double($0)) }
    }

    struct Pair: Decodable {
        var query: String
        var target: String
        var distance: Int
        var quality: Int
        var specQueryPct: Double
        var specTargetPct: Double
        var queryFrames: Int
        var targetFrames: Int
        var cppBruteOutput: [String]
    }

    @Test("gives the published percentages, by the documentation and as the reference tool prints them")
    func published() throws {
        guard let folder = try SharedVectors.pdq, let pairs: [Pair] = try SharedVectors.json("vpdq/match-expected.json") else {
            return
        }
        var videos: [String: [VPDQFrame]] = [:]
        for name in Set(pairs.flatMap { [$0.query, $0.target] }) {
            let text = try String(contentsOf: folder.appendingPathComponent("vpdq/\(name).txt"), encoding: .utf8)
            videos[name] = try VPDQText.read(text)
        }
        #expect(pairs.count == 42)
        for pair in pairs {
            let (query, target) = (try #require(videos[pair.query]), try #require(videos[pair.target]))
            let match = VPDQMatch(query: query, compared: target, distance: pair.distance, quality: pair.quality)
            let name = "\(pair.query) and \(pair.target)"
            #expect(match.queryFrames == pair.queryFrames, "\(name)")
            #expect(match.comparedFrames == pair.targetFrames, "\(name)")
            #expect(abs(match.queryPercentage - pair.specQueryPct) < 0.0001, "\(name)")
            #expect(abs(match.comparedPercentage - pair.specTargetPct) < 0.0001, "\(name)")
            let tool = VPDQMatch(
                query: query, compared: target, distance: pair.distance, quality: pair.quality, rule: .referenceTool)
            let printed = [
                String(format: "%.2f Percentage Query Video match", tool.queryPercentage),
                String(format: "%.2f Percentage Target Video match", tool.comparedPercentage),
            ]
            #expect(printed == pair.cppBruteOutput, "\(name)")
        }
    }

    @Test("a distance equal to the tolerance matches by the documentation and not in the reference tool")
    func boundary() {
        var random = VideoRandom(seed: 3)
        let hash = random.hash()
        let query = Self.video([hash])
        for (distance, documented, tool) in [(30, 100.0, 100.0), (31, 100, 0), (32, 0, 0)] {
            let other = Self.video([random.neighbour(of: hash, at: distance)])
            #expect(VPDQMatch(query: query, compared: other).queryPercentage == documented)
            #expect(VPDQMatch(query: query, compared: other, rule: .referenceTool).comparedPercentage == tool)
        }
    }

    @Test("equal frames count once by the documentation and each in the reference tool")
    func standstill() {
        var random = VideoRandom(seed: 4)
        let (still, other, third) = (random.hash(), random.hash(), random.hash())
        let query = Self.video([still, still, still, other])
        let compared = Self.video([still, third])
        let match = VPDQMatch(query: query, compared: compared)
        #expect(match.queryPercentage == 50)
        #expect(match.comparedPercentage == 50)
        let tool = VPDQMatch(query: query, compared: compared, rule: .referenceTool)
        #expect(tool.queryPercentage == 75)
        #expect(tool.comparedPercentage == 50)
    }

    @Test(
        "frames below the quality are not counted, and a video without others matches nothing", arguments: VPDQMatch.Rule.allCases
    )
    func lowQuality(rule: VPDQMatch.Rule) {
        var random = VideoRandom(seed: 5)
        let hashes = (0..<4).map { _ in random.hash() }
        let good = Self.video(hashes)
        let poor = Self.video(hashes, quality: 49)
        let mixed = VPDQMatch(query: good + poor, compared: good, rule: rule)
        #expect(mixed.queryFrames == 4)
        #expect(mixed.queryPercentage == 100)
        for (query, compared) in [(poor, good), (good, poor), (poor, poor), ([], good), ([], [])] {
            let match = VPDQMatch(query: query, compared: compared, rule: rule)
            #expect(match.queryPercentage == 0)
            #expect(match.comparedPercentage == 0)
            #expect(!match.reaches(query: 0, compared: 0))
        }
        #expect(VPDQMatch(query: poor, compared: poor, quality: 49, rule: rule).queryPercentage == 100)
    }

    @Test("a clip of a long video matches by one published pair of thresholds each way round")
    func thresholds() {
        var random = VideoRandom(seed: 6)
        let whole = Self.video((0..<100).map { _ in random.hash() })
        let clip = Array(whole[40..<60])
        let match = VPDQMatch(query: clip, compared: whole)
        #expect(match.queryPercentage == 100)
        #expect(match.comparedPercentage == 20)
        #expect(match.reaches(.exchange))
        #expect(!match.reaches(.documented))
        #expect(VPDQMatch(query: whole, compared: clip).reaches(.documented))
    }

    @Test("agrees with looking at every pair", arguments: VPDQMatch.Rule.allCases)
    func everyPair(rule: VPDQMatch.Rule) {
        for seed in UInt64(1)...40 {
            var random = VideoRandom(seed: seed)
            let pool = (0..<12).map { _ in random.hash() }
            func frames(_ random: inout VideoRandom) -> [VPDQFrame] {
                (0..<Int.random(in: 0...30, using: &random)).map { number in
                    let hash = random.neighbour(
                        of: pool[Int.random(in: 0..<pool.count, using: &random)], at: Int.random(in: 0...25, using: &random))
                    return VPDQFrame(number: number, quality: Int.random(in: 40...60, using: &random), hash: hash, seconds: 0)
                }
            }
            let (query, compared) = (frames(&random), frames(&random))
            let match = VPDQMatch(query: query, compared: compared, rule: rule)
            func plain(_ some: [VPDQFrame], in others: [VPDQFrame]) -> Double {
                func compared(_ frames: [VPDQFrame]) -> [PDQHash] {
                    let hashes = frames.filter { $0.quality >= 50 }.map(\.hash)
                    return rule == .documented ? Array(Set(hashes)) : hashes
                }
                let (left, right) = (compared(some), compared(others))
                let near = left.count { hash in
                    right.contains { $0.distance(to: hash) < (rule == .documented ? 32 : 31) }
                }
                return left.isEmpty ? 0 : Double(near) * 100 / Double(left.count)
            }
            #expect(match.queryPercentage == plain(query, in: compared), "seed \(seed)")
            #expect(match.comparedPercentage == plain(compared, in: query), "seed \(seed)")
        }
    }
}
