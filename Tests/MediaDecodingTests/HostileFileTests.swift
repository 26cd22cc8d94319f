// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HostileMedia
import MediaDecoding
import Signals
import Synchronization
import Testing

/// `HAECHI_HOSTILE_FILES` sets how many files are made by chance (400), `HAECHI_TEST_SEED` which ones.
@Suite("Whatever file is sent")
struct HostileFileTests {
    /// What the workers may take for decoding.
    private static let memory = 400 << 20
    private static let deadline = Duration.seconds(20)

    private static let originals: [HostileFile] = [
        HostileFile("JPEG", Pictures.jpeg(width: 64, height: 48)), HostileFile("PNG", Pictures.png(width: 24, height: 20)),
        HostileFile("WebP", Pictures.webp(width: 24, height: 20)), HostileFile("GIF", Pictures.gif(width: 24, height: 20)),
        HostileFile("moving GIF", MovingGIF.bytes(width: 16, height: 12, frames: 4) { UInt8(($0 * 9 + $1 * 5 + $2 * 30) % 256) }),
        HostileFile("HEIC", SmallFiles.heic), HostileFile("AVIF", SmallFiles.avif), HostileFile("H.264 in MP4", SmallFiles.h264),
        HostileFile("HEVC in MP4", SmallFiles.hevc), HostileFile("AV1 in MP4", SmallFiles.av1),
        HostileFile("VP9 in WebM", SmallFiles.vp9), HostileFile("VP8 in WebM", SmallFiles.vp8),
    ]

    /// The file begins like another one.
    private static var disguised: [HostileFile] {
        originals.flatMap { file in
            originals.filter { $0.name != file.name }.prefix(6).map { other in
                HostileFile("\(file.name) that begins as \(other.name)", other.bytes.prefix(16) + file.bytes)
            }
        }
    }

    /// After each of the first bytes, where the headers are, and at every twentieth of the rest.
    private static var cut: [HostileFile] {
        originals.flatMap { file in
            let places = [5, 9, 13, 21, 33, 48, 70] + (1..<20).map { file.bytes.count * $0 / 20 } + [file.bytes.count - 1]
            return places.filter { $0 < file.bytes.count }.map {
                HostileFile("\(file.name) cut at \($0)", Array(file.bytes[..<$0]))
            }
        }
    }

    private static var bombs: [HostileFile] {
        [
            HostileFile("PNG of 60,000 x 60,000", Pictures.png(width: 60_000, height: 60_000, colourType: 2, data: [])),
            HostileFile("PNG of 62 million pixels", Pictures.pngBomb(width: 8_000, height: 7_750)),
            HostileFile("PNG of 49 million pixels", Pictures.pngBomb(width: 7_000, height: 7_000)),
            HostileFile("PNG of no size", Pictures.png(width: 0, height: 0, colourType: 0, data: [])),
            HostileFile("PNG of 49 million pixels in one row", Pictures.pngBomb(width: 49_000_000, height: 1)),
            HostileFile("PNG of 49 million rows", Pictures.pngBomb(width: 1, height: 49_000_000)),
        ]
    }

    @Test("it ends in an answer in time and in bounded memory, and the good picture after it has the right hash")
    func answered() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["HAECHI_TEST_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
        let count = environment["HAECHI_HOSTILE_FILES"].flatMap { Int($0) } ?? 400
        print("hostile files: seed \(seed) (HAECHI_TEST_SEED=\(seed) repeats it), \(count) by chance")
        var mutator = Mutator(Self.originals, seed: seed)
        let files =
            Self.bombs + HostilePictures.all + HostileVideos.all + Self.disguised + Self.cut
            + (0..<count).map { _ in mutator.next() }
        #expect(files.count >= 500)
        let outcomes = Outcomes()
        // Each half has a worker of its own.
        await withThrowingTaskGroup(of: Void.self) { group in
            for half in 0..<2 {
                let own = files.enumerated().filter { $0.offset % 2 == half }.map(\.element)
                group.addTask { try await Self.send(own, outcomes) }
            }
            while let result = await group.nextResult() {
                if case .failure(let error) = result { Issue.record(error, "seed \(seed)") }
            }
        }
        print("hostile files: \(files.count), \(outcomes.text)")
        #expect(outcomes.total == files.count)
    }

    private static func send(_ files: [HostileFile], _ outcomes: Outcomes) async throws {
        let good = Pictures.png(width: 64, height: 64)
        try await withPool({
            $0.memory = memory
            ($0.deadline, $0.videoDeadline) = (deadline, deadline)
            $0.picturesPerWorker = 1_000_000
        }) { pool in
            let expected = try await pool.inspect(good)
            for file in files {
                let start = ContinuousClock.now
                let outcome: Outcomes.Outcome
                do throws(MediaError) {
                    let facts = try await pool.inspect(file.bytes, request)
                    #expect(facts.width > 0 && facts.height > 0, "\(file.name)")
                    outcome = .facts
                } catch {
                    outcome = Outcomes.Outcome(error)
                    if outcome == .none { Issue.record("\(file.name): \(error.message)") }
                }
                let took = ContinuousClock.now - start
                // Two attempts, and two starts of a worker on a busy machine.
                #expect(took < deadline * 2 + .seconds(30), "\(file.name)")
                outcomes.count(outcome, file.name, took)
                #expect(try await pool.inspect(good) == expected, "after \(file.name)")
                if let worker = pool.workers.first?.processID { outcomes.saw(memory: peakMemory(of: worker), file.name) }
            }
        }
        // What is mapped before the box closes is not counted there: libraries of about 100 MB.
        #expect(outcomes.peak < memory + 200 << 20, "\(outcomes.text)")
    }

    private static var request: MediaRequest {
        var request = MediaRequest()
        request.video = .everyFrame
        request.frameLimit = 200
        request.rasters = [.stretch(width: 256, height: 256), .fit(longest: 512)]
        request.rasterFrames = 4
        request.preview = true
        return request
    }

    /// The most that the process ever had in memory, in bytes.
    private static func peakMemory(of process: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }

    @Test("a good picture that is something else as well stays the picture")
    func polyglots() async throws {
        let pictures: [(String, [UInt8])] = [
            ("GIF", Pictures.gif(width: 40, height: 30)), ("JPEG", Pictures.jpeg(width: 80, height: 60)),
            ("PNG", Pictures.png(width: 40, height: 30)),
        ]
        try await withPool { pool in
            for (name, bytes) in pictures {
                let plain = try await pool.inspect(bytes)
                for file in HostilePictures.polyglots(of: bytes, name) {
                    #expect(try await pool.inspect(file.bytes) == plain, "\(file.name)")
                }
            }
        }
    }

    @Test(
        "a JPEG that is made to keep the decoder busy is refused without decoding it",
        arguments: [
            ("JPEG of 1,000 scans", "the jpeg file has more scans than pictures have"),
            ("JPEG of 30,000 empty segments", "the jpeg file has more segments than pictures have"),
        ])
    func busy(_ name: String, _ reason: String) async throws {
        let file = try #require(HostilePictures.all.first { $0.name == name })
        try await withPool { pool in
            await #expect(throws: MediaError.undecodable(reason)) { try await pool.inspect(file.bytes) }
        }
    }
}

/// What became of the files.
private final class Outcomes: Sendable {
    enum Outcome: String, CaseIterable {
        case facts, unsupported, undecodable, tooLarge = "too large", killed, tooSlow = "too slow", none = "no answer"

        init(_ error: MediaError) {
            self =
                switch error {
                case .unsupported, .nothingToSee: .unsupported
                case .undecodable("it ends the decoder"): .killed
                case .undecodable(let why) where why.hasPrefix("decoding takes longer"): .tooSlow
                case .undecodable: .undecodable
                case .tooLarge: .tooLarge
                case .unavailable: .none
                }
        }
    }

    private struct State {
        var counts: [Outcome: Int] = [:]
        var remarkable: [String] = []
        var peak = (bytes: 0, file: "")
    }

    private let state = Mutex(State())

    func count(_ outcome: Outcome, _ name: String, _ took: Duration) {
        state.withLock { state in
            state.counts[outcome, default: 0] += 1
            if [.killed, .tooSlow].contains(outcome) || took > .seconds(3) {
                state.remarkable.append("\(outcome.rawValue) after \(took): \(name)")
            }
        }
    }

    func saw(memory: Int, _ name: String) {
        state.withLock { if memory > $0.peak.bytes { $0.peak = (memory, name) } }
    }

    var total: Int { state.withLock { $0.counts.values.reduce(0, +) } }
    var peak: Int { state.withLock { $0.peak.bytes } }

    var text: String {
        state.withLock { state in
            let counts = Outcome.allCases.map { "\(state.counts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
            let peak = "at most \(state.peak.bytes >> 20) MiB in memory (\(state.peak.file))"
            return ([counts, peak] + state.remarkable).joined(separator: "\n  ")
        }
    }
}
