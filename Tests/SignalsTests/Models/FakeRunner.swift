// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation
import Signals
import Synchronization

/// Answers as it is told and remembers what it was asked.
final class FakeRunner: ModelRunner {
    let states = ["nudity", "faces", "swap"].map { ModelState(name: $0, version: "1", precision: "f32") }
    private let seen = Mutex<[Raster]>([])
    private let answer: @Sendable (Raster) throws(ModelError) -> ModelOutput

    init(_ answer: @escaping @Sendable (Raster) throws(ModelError) -> ModelOutput) { self.answer = answer }

    var asked: [Raster] { seen.withLock { $0 } }

    func run(_ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant) async throws(ModelError)
        -> ModelOutput
    {
        guard case .raster(let raster) = input else { throw .refused("a text") }
        seen.withLock { $0.append(raster) }
        return try answer(raster)
    }
}

extension SignalDeclaration {
    static func nudity(_ name: String = "nudity", atLeast: Double? = nil) -> SignalDeclaration {
        SignalDeclaration(name: name, kind: .model, bank: "nudity", atLeast: atLeast)
    }
}

extension ModelManifest {
    static func nudity() -> ModelManifest {
        sample("nudity", .picture, .stretch(width: 256, height: 256), .scores, ["", "nudity"], 0.8)
    }

    static func faces() -> ModelManifest { sample("faces", .picture, .fit(longest: 512), .blazeface, ["faces"], 0.6) }

    /// A model that an operator brings, which looks at faces.
    static func swap() -> ModelManifest { sample("swap", .face, .fit(longest: 1_024), .scores, ["swapped"], 0.5) }

    private static func sample(
        _ name: String, _ input: Input, _ raster: RasterWish, _ reading: ModelRecipe.Reading, _ outputs: [String],
        _ atLeast: Double
    ) -> ModelManifest {
        ModelManifest(
            name: name, version: "1", file: "", sha256: "", licence: "", source: "", input: input, raster: raster,
            recipe: ModelRecipe(engine: .openvino, reading: reading, outputs: outputs),
            operatingPoints: outputs.filter { !$0.isEmpty }.map { OperatingPoint(name: "usual", output: $0, atLeast: atLeast) })
    }
}

extension Raster {
    static func flat(_ wish: RasterWish, _ width: Int, _ height: Int, _ grey: UInt8, seconds: Double? = nil) -> Raster {
        Raster(
            wish: wish, width: width, height: height, channels: 3,
            pixels: [UInt8](repeating: grey, count: width * height * 3), seconds: seconds)
    }

    static func square(_ grey: UInt8, seconds: Double? = nil) -> Raster {
        flat(.stretch(width: 256, height: 256), 256, 256, grey, seconds: seconds)
    }

    static func wide(_ grey: UInt8) -> Raster { flat(.fit(longest: 512), 50, 40, grey) }
    static func large(_ grey: UInt8) -> Raster { flat(.fit(longest: 1_024), 100, 80, grey) }
}

extension ExaminedMedia {
    static func picture(_ id: MediaID, _ rasters: [Raster]) -> ExaminedMedia {
        var facts = MediaFacts(format: "jpeg", width: 100, height: 80, pdq: "", quality: 0)
        facts.rasters = rasters
        return ExaminedMedia(media: Media(id: id), bytes: [1], sha256: "", facts: facts, problem: nil)
    }
}
