// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation
import ModerationTesting
import Signals
import Testing

@Suite("Models on pictures")
struct ModelDetectorTests {
    private let deadline = ContinuousClock.now + .seconds(3_600)

    private func detect(
        _ declarations: [SignalDeclaration], _ models: [ModelManifest], _ runner: FakeRunner, _ media: [ExaminedMedia],
        until deadline: ContinuousClock.Instant? = nil
    ) async throws -> [Signal] {
        let detector = ModelDetector(declarations, models: models, runner: runner)
        let event = try #require(PublicEvent(.sample(media: media.map(\.media)), whileSpaceIs: nil))
        return await detector.detect(
            try #require(declarations.first), in: event, media: media, until: deadline ?? self.deadline)
    }

    @Test("says of each file what the model says, and whether that is enough")
    func files() async throws {
        let runner = FakeRunner { raster in .scores([0, raster.pixels[0] > 100 ? 0.93 : 0.41]) }
        let signals = try await detect(
            [.nudity()], [.nudity()], runner, [.picture("dark", [.square(10)]), .picture("light", [.square(200)])])
        let signal = try #require(signals.first)
        #expect(signals.count == 1 && signal.kind == .model && signal.version == "nudity@1:f32")
        #expect(signal.measurements.map(\.score) == [0.41, 0.93] && signal.measurements.map(\.value) == [0.41, 0.93])
        #expect(signal.measurements.map(\.counts) == [false, true] && signal.measurements.map(\.media) == ["dark", "light"])
        #expect(signal.measurements.allSatisfy { $0.output == "nudity" && $0.meaning == nil })
    }

    @Test("takes the declaration's threshold before the manifest's, and without any nothing counts")
    func thresholds() async throws {
        let runner = FakeRunner { _ in .scores([0, 0.6]) }
        let file = ExaminedMedia.picture("a", [.square(1)])
        #expect(try await detect([.nudity(atLeast: 0.6)], [.nudity()], runner, [file]).first?.measurements.first?.counts == true)
        #expect(try await detect([.nudity()], [.nudity()], runner, [file]).first?.measurements.first?.counts == false)
        var manifest = ModelManifest.nudity()
        manifest.operatingPoints = []
        #expect(try await detect([.nudity()], [manifest], runner, [file]).first?.measurements.first?.counts == false)
    }

    @Test("one look answers every declaration of the model")
    func together() async throws {
        let runner = FakeRunner { _ in .scores([0, 0.7]) }
        let signals = try await detect(
            [.nudity(), .nudity("cover", atLeast: 0.5)], [.nudity()], runner, [.picture("a", [.square(1)])])
        #expect(signals.map(\.name) == ["nudity", "cover"] && signals.map { $0.measurements[0].counts } == [false, true])
        #expect(runner.asked.count == 1)
    }

    @Test("where the model is calibrated, the value is the share that people upheld, and its worth stands beside it")
    func calibrated() async throws {
        var manifest = ModelManifest.nudity()
        manifest.calibration = Calibration(
            output: "nudity",
            points: [
                .init(score: 0.2, upheld: 0, low: 0, high: 0.1), .init(score: 0.6, upheld: 0.4, low: 0.3, high: 0.5),
                .init(score: 1, upheld: 0.8, low: 0.7, high: 0.9),
            ], baseRate: 0.01, cases: 500, day: "2026-11-23")
        let runner = FakeRunner { _ in .scores([0, 0.8]) }
        let signals = try await detect([.nudity(atLeast: 0.6)], [manifest], runner, [.picture("a", [.square(1)])])
        let found = try #require(signals.first?.measurements.first)
        #expect(found.score == 0.8 && abs(found.value - 0.6) < 1e-9 && found.counts)
        #expect(found.meaning.map { abs($0.low - 0.5) < 1e-9 && abs($0.high - 0.7) < 1e-9 && $0.cases == 500 } == true)
    }

    @Test("every frame of a video is looked at, and says when it is")
    func video() async throws {
        let runner = FakeRunner { raster in .scores([0, Double(raster.pixels[0]) / 255]) }
        let frames = [(10, 0.0), (250, 2.0), (20, 4.0)].map { Raster.square(UInt8($0.0), seconds: $0.1) }
        let found = try await detect([.nudity()], [.nudity()], runner, [.picture("v", frames)]).first?.measurements ?? []
        #expect(found.map(\.seconds) == [0, 2, 4] && found.map(\.counts) == [false, true, false])
    }

    @Test("a file that cannot be looked at is unknown with its reason, unless another one is enough")
    func unreadable() async throws {
        let media = Media(id: "broken")
        let broken = ExaminedMedia(
            media: media, bytes: [], sha256: nil, facts: nil, problem: .unreadable("undecodable media: it ends early"))
        let calm = FakeRunner { _ in .scores([1, 0]) }
        let first = try await detect([.nudity()], [.nudity()], calm, [.picture("a", [.square(1)]), broken]).first
        #expect(first?.state == .unknown("undecodable media: it ends early"))
        let alarmed = FakeRunner { _ in .scores([0, 1]) }
        let second = try await detect([.nudity()], [.nudity()], alarmed, [.picture("a", [.square(1)]), broken]).first
        #expect(second?.measurements.count == 1 && second?.measurements.first?.counts == true)
        let other = ExaminedMedia(media: media, bytes: [], sha256: nil, facts: nil, problem: .notAPicture("a text"))
        #expect(try await detect([.nudity()], [.nudity()], alarmed, [other]).first?.state == .absent)
        #expect(try await detect([.nudity()], [.nudity()], alarmed, []).first?.state == .absent)
        let empty = try await detect([.nudity()], [.nudity()], alarmed, [.picture("a", [])]).first
        guard case .unknown(let why) = empty?.state else {
            Issue.record("a file without pixels is not unknown")
            return
        }
        #expect(why.contains("not here"))
    }

    @Test(
        "a model that fails is unknown in its words",
        arguments: [ModelError.busy("shed: queue full"), .unavailable("it died")])
    func failure(error: ModelError) async throws {
        let runner = FakeRunner { (_: Raster) throws(ModelError) in throw error }
        let signal = try await detect([.nudity()], [.nudity()], runner, [.picture("a", [.square(1)])]).first
        #expect(signal?.state == .unknown(error.message))
    }

    @Test(
        "an answer that makes no sense is unknown",
        arguments: [
            .scores([0.5]), .scores([]), .scores([0, .nan]), .scores([0, 7]), .vector([1, 2]), .text("x"),
        ] as [ModelOutput])
    func nonsense(output: ModelOutput) async throws {
        let signal = try await detect(
            [.nudity()], [.nudity()], FakeRunner { _ in output }, [.picture("a", [.square(1)])]
        ).first
        guard case .unknown = signal?.state else {
            Issue.record("\(output) is taken for an answer")
            return
        }
    }

    @Test("an output that the model does not have is unknown by name")
    func noSuchOutput() async throws {
        var declaration = SignalDeclaration.nudity()
        declaration.output = "weather"
        let signal = try await detect(
            [declaration], [.nudity()], FakeRunner { _ in .scores([0, 1]) }, [.picture("a", [.square(1)])]
        ).first
        #expect(signal?.state == .unknown("nudity has no output weather"))
    }

    @Test("after the deadline nothing is asked any more")
    func late() async throws {
        let runner = FakeRunner { _ in .scores([0, 1]) }
        let signal = try await detect(
            [.nudity()], [.nudity()], runner, [.picture("a", [.square(1)])], until: .now - .seconds(1)
        ).first
        #expect(signal?.state == .unknown(ModelError.deadline.message) && runner.asked.isEmpty)
    }

    @Test("faces that are sure enough count, with their places")
    func faces() async throws {
        let boxes = [
            Region(x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0.9, name: ""),
            Region(x: 0.5, y: 0.5, width: 0.2, height: 0.2, score: 0.7, name: ""),
        ]
        let runner = FakeRunner { _ in .regions(boxes) }
        let declarations = [
            SignalDeclaration(name: "faces", kind: .model, bank: "faces"),
            SignalDeclaration(name: "clear", kind: .model, bank: "faces", atLeast: 0.8),
            SignalDeclaration(name: "none", kind: .model, bank: "faces", atLeast: 0.95),
        ]
        let found = try await detect(declarations, [.faces()], runner, [.picture("a", [.wide(1)])]).map { $0.measurements[0] }
        #expect(found.map(\.value) == [2, 1, 0] && found.map(\.counts) == [true, true, false])
        #expect(found[1].regions == [Region(x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0.9, name: "faces")])
    }

    @Test("a model of faces sees each face with a margin, and the largest value is the picture's")
    func crops() async throws {
        let boxes = [
            Region(x: 0.5, y: 0.5, width: 0.2, height: 0.25, score: 0.9, name: ""),
            Region(x: 0, y: 0, width: 0.1, height: 0.1, score: 0.8, name: ""),
        ]
        let runner = FakeRunner { raster in
            if raster.wish == .fit(longest: 512) { return .regions(boxes) }
            // The first face's crop is the larger one.
            return .scores([raster.width > 20 ? 0.3 : 0.9])
        }
        let signal = try await detect(
            [SignalDeclaration(name: "swapped", kind: .model, bank: "swap")], [.swap(), .faces()], runner,
            [.picture("a", [.wide(1), .large(2)])]
        ).first
        let found = try #require(signal?.measurements.first)
        #expect(found.value == 0.9 && found.counts && found.regions.map(\.score) == [0.3, 0.9])
        // 100 x 80: 0.2 and 0.25 of it with 0.3 of that on each side; the other one is cut by the corner.
        #expect(Set(runner.asked.dropFirst().map { "\($0.width)x\($0.height)" }) == ["32x32", "13x11"])
        #expect(runner.asked.dropFirst().allSatisfy { $0.pixels.allSatisfy { $0 == 2 } })
    }

    @Test("a picture without a face says nothing to a model of faces; without the finder it is unknown")
    func noFaces() async throws {
        let runner = FakeRunner { _ in .regions([]) }
        let declaration = SignalDeclaration(name: "swapped", kind: .model, bank: "swap")
        let picture = ExaminedMedia.picture("a", [.wide(1), .large(2)])
        #expect(try await detect([declaration], [.swap(), .faces()], runner, [picture]).first?.state == .absent)
        guard case .unknown(let why) = try await detect([declaration], [.swap()], runner, [picture]).first?.state else {
            Issue.record("without faces it is not unknown")
            return
        }
        #expect(why.contains("faces"))
    }

    @Test("serves models of pictures only, and says which sizes they need")
    func serves() {
        var text = ModelManifest.nudity()
        text.name = "intent"
        text.input = .text
        let declarations = [
            SignalDeclaration.nudity(), SignalDeclaration(name: "said", kind: .model, bank: "intent"),
            SignalDeclaration(name: "gone", kind: .model, bank: "gone"),
            SignalDeclaration(name: "seen", kind: .pdq, bank: "nudity"),
            SignalDeclaration(name: "swapped", kind: .model, bank: "swap"), .nudity("cover"),
        ]
        let models = [ModelManifest.nudity(), .faces(), .swap(), text]
        let detector = ModelDetector(declarations, models: models, runner: FakeRunner { _ in .scores([]) })
        #expect(detector.signalNames == ["nudity", "swapped", "cover"])
        #expect(
            ModelDetector.wishes(for: declarations, models: models) == [
                .stretch(width: 256, height: 256), .fit(longest: 1_024), .fit(longest: 512),
            ])
    }
}
