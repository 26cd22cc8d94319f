// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import ModerationTesting
import Signals
import Testing

@Suite("Text in pictures")
struct PictureTextDetectorTests {
    private static let invites = SignalDeclaration(name: "invites", kind: .text, bank: "invites", source: .pictures)
    private static let sites = SignalDeclaration(name: "sites", kind: .link, bank: "sites", source: .pictures)
    private static let written = SignalDeclaration(name: "written", kind: .text, bank: "invites")
    private static let declarations = [invites, sites, written]
    private static let lists = ["invites": ["join the full set"], "sites": ["example.org"]]

    private static func detector(_ runner: any ModelRunner) throws -> PictureTextDetector {
        PictureTextDetector(
            declarations,
            readers: [
                try TextDetector(declarations, lists: lists, source: .pictures),
                try LinkDetector(declarations, lists: lists, source: .pictures),
            ], runner: runner)
    }

    private static func signals(_ runner: any ModelRunner, _ media: [ExaminedMedia]) async throws -> [String: Signal] {
        let event = try #require(PublicEvent(.sample(text: "nothing here"), whileSpaceIs: .public))
        let all = try await detector(runner).detect(invites, in: event, media: media, until: .now + .seconds(600))
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }

    @Test("one reading gives the signals of all that looks in pictures, with the picture, and of nothing else")
    func readsOnce() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .text("join the full set\nhttps://example.org/x") }
        let signals = try await Self.signals(runner, [.picture("one", [.lines()])])
        #expect(Set(signals.keys) == ["invites", "sites"])
        #expect(signals["invites"]?.matches == [Match(bank: "invites", trust: .verified, entry: "invites#1", media: "one")])
        #expect(signals["sites"]?.matches.map(\.media) == ["one"])
        #expect(runner.asked.count == 1)
        let names = try Self.detector(runner).signalNames
        #expect(names == ["invites", "sites"])
    }

    @Test("what is not written in the picture is absent")
    func findsNothing() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .text("a menu of the day") }
        let signals = try await Self.signals(runner, [.picture("one", [.lines()])])
        #expect(signals["invites"]?.state == .absent && signals["sites"]?.state == .absent)
    }

    @Test("a picture without a sign of writing is not read")
    func passesOver() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .text("join the full set") }
        let signals = try await Self.signals(runner, [.picture("one", [.plain()]), .picture("two", [.slope()])])
        #expect(signals["invites"]?.state == .absent)
        #expect(runner.asked.isEmpty)
    }

    @Test(
        "what cannot be read is unknown, with the reason",
        arguments: [
            ModelError.deadline, .busy("shed: queue full"), .notInstalled("no library"), .unavailable("reading took too long"),
        ])
    func isUnknown(error: ModelError) async throws {
        let runner = FakeRunner { _ throws(ModelError) in throw error }
        let signals = try await Self.signals(runner, [.picture("one", [.lines()])])
        #expect(signals["invites"]?.state == .unknown(error.message))
    }

    @Test("one match is enough, although another picture cannot be read")
    func matchBeatsUnknown() async throws {
        let runner = FakeRunner { raster throws(ModelError) in
            if raster.width == 640 { throw .deadline }
            return .text("join the full set")
        }
        let signals = try await Self.signals(runner, [.picture("one", [.lines(640)]), .picture("two", [.lines(320)])])
        #expect(signals["invites"]?.matches.map(\.media) == ["two"])
        #expect(signals["sites"]?.state == .unknown(ModelError.deadline.message))
    }

    @Test("a broken picture is unknown, something else than a picture is not")
    func brokenPicture() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .text("") }
        var broken = ExaminedMedia.picture("one", [])
        broken.facts = nil
        broken.problem = .unreadable("undecodable")
        #expect(try await Self.signals(runner, [broken])["invites"]?.state == .unknown("undecodable"))
        broken.problem = .notAPicture("a document")
        #expect(try await Self.signals(runner, [broken])["invites"]?.state == .absent)
        // Nobody made the raster: not the same as nothing written.
        #expect(
            try await Self.signals(runner, [.picture("one", [.square(0)])])["invites"]?.state
                == .unknown("no picture was made to be read"))
    }

    @Test("of a video three frames are read, and what they all say counts once")
    func framesOfVideo() async throws {
        let runner = FakeRunner { _ throws(ModelError) in .text("join the full set") }
        let frames = (0..<8).map { Raster.lines(320, seconds: Double($0)) }
        let signals = try await Self.signals(runner, [.picture("film", frames)])
        #expect(runner.asked.compactMap(\.seconds) == [0, 3, 7])
        #expect(signals["invites"]?.matches.count == 1)
    }

    @Test("lines of writing of any size are worth reading", arguments: [12, 16, 24, 40, 60])
    func noticesWriting(size: Int) {
        #expect(WritingTest.mayShowWriting(.lines(640, size: size)))
        #expect(WritingTest.mayShowWriting(.lines(640, size: size, from: 90, to: 150)))
    }
}

extension Raster {
    fileprivate static func grey(_ width: Int, _ height: Int, seconds: Double? = nil, _ pixel: (Int, Int) -> UInt8) -> Raster {
        Raster(
            wish: PictureTextDetector.wish, width: width, height: height, channels: 1,
            pixels: (0..<height).flatMap { y in (0..<width).map { x in pixel(x, y) } }, seconds: seconds)
    }

    fileprivate static func plain() -> Raster { grey(320, 240) { _, _ in 120 } }
    /// As a sky.
    fileprivate static func slope() -> Raster { grey(320, 240) { x, y in UInt8((x + y) / 3) } }

    /// Lines of letter-like strokes, so high in pixels.
    fileprivate static func lines(
        _ width: Int = 320, size: Int = 20, from dark: UInt8 = 0, to light: UInt8 = 255, seconds: Double? = nil
    ) -> Raster {
        let stroke = max(2, size / 6)
        return grey(width, 240, seconds: seconds) { x, y in
            let isLine = (y / size) % 3 == 1 && x > size && x < width - size
            let isStroke = (x / stroke) % 3 == 0 || (y % size < stroke && (x / stroke) % 12 < 8)
            return isLine && isStroke ? dark : light
        }
    }
}
