// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import ModelInputs
import Moderation
import Signals
import Testing

/// The two models that look at pictures by default, on pictures that are drawn here, against other programs that read the same files.
@Suite("Nudity and faces", .serialized)
struct ShippedModelTests {
    private static func isHere(_ file: String) -> Bool {
        FileManager.default.fileExists(atPath: nativeFolder + "/models/" + file)
            && FileManager.default.fileExists(atPath: nativeFolder + "/openvino/libopenvino_c.so.2641")
    }

    /// Scores of onnxruntime 1.32.0 in 32 bits; the pictures were prepared with Pillow 13.0.0 as the model's authors do (bilinear to
    /// 256 x 256, middle 224 x 224, JPEG of quality 75). A processor that computes in 16 bits may differ by 0.005.
    @Test(
        "nudity scores as onnxruntime does",
        arguments: [(Drawing.pattern(1), 0.05828), (.pattern(2), 0.01209), (.pattern(5), 0.00076), (.face, 0.00463)])
    func nudity(drawing: Drawing, expected: Double) async throws {
        try await withThinkerPool([Self.nudity]) { pool in
            guard Self.isHere("open-nsfw.onnx") else {
                await #expect(throws: ModelError.self) { try await ask(pool, "nudity", drawing) }
                return
            }
            guard case .scores(let scores) = try await ask(pool, "nudity", drawing) else {
                Issue.record("scores expected")
                return
            }
            #expect(scores.count == 2 && abs(scores[1] - expected) <= 0.005 && abs(scores[0] + scores[1] - 1) < 0.001)
        }
    }

    /// The box is that of ai-edge-litert 2.3.0, of the two that are sure enough, put together by their scores 0.9089 and 0.6046.
    @Test("finds the drawn face where LiteRT finds it, and none in patterns")
    func faces() async throws {
        try await withThinkerPool([Self.faces]) { pool in
            guard Self.isHere("face_detection_full_range.tflite") else {
                await #expect(throws: ModelError.self) { try await ask(pool, "faces", .face) }
                return
            }
            guard case .regions(let found) = try await ask(pool, "faces", .face), let face = found.first else {
                Issue.record("a face expected")
                return
            }
            #expect(found.count == 1 && abs(face.score - 0.9089) <= 0.02)
            #expect(abs(face.x - 0.2949) < 0.01 && abs(face.y - 0.3235) < 0.01)
            #expect(abs(face.width - 0.4155) < 0.01 && abs(face.height - 0.4155) < 0.01)
            #expect(try await ask(pool, "faces", .pattern(1)) == .regions([]))
        }
    }

    private func ask(_ pool: ThinkerPool, _ model: String, _ drawing: Drawing) async throws(ModelError) -> ModelOutput {
        await pool.waitUntilReady(until: .now + .seconds(120))
        let raster = Raster(
            wish: .stretch(width: 256, height: 256), width: 256, height: 256, channels: 3, pixels: drawing.pixels)
        return try await pool.run(model, on: .raster(raster), until: .now + .seconds(60))
    }

    private static let nudity = ModelLoad(
        name: "nudity", version: "1", precision: "auto",
        sha256: "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
        recipe: ModelRecipe(
            engine: .openvino, steps: [.resize(width: 256, height: 256), .crop(width: 224, height: 224), .jpeg(quality: 75)],
            order: .bgr, layout: .nhwc, mean: [104, 117, 123], outputs: ["", "nudity"]),
        file: nativeFolder + "/models/open-nsfw.onnx")

    private static let faces = ModelLoad(
        name: "faces", version: "1", precision: "auto",
        sha256: "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
        recipe: ModelRecipe(
            engine: .openvino, steps: [.pad(width: 192, height: 192, grey: 0)], layout: .nhwc, mean: [127.5, 127.5, 127.5],
            scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], reading: .blazeface, outputs: ["faces"]),
        file: nativeFolder + "/models/face_detection_full_range.tflite")
}

/// Pictures of 256 x 256 in whole numbers, so that they are the same wherever they are drawn.
enum Drawing: Sendable, CustomTestStringConvertible {
    case pattern(Int)
    /// A head and shoulders of ellipses, with light from the front.
    case face

    var testDescription: String {
        switch self {
        case .pattern(let number): "pattern \(number)"
        case .face: "a drawn face"
        }
    }

    var pixels: [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(256 * 256 * 3)
        for y in 0..<256 {
            for x in 0..<256 {
                let colour: [Int]
                switch self {
                case .pattern(let n):
                    let ring = ((x - 128) * (x - 128) + (y - 128) * (y - 128)) * n / 64
                    colour = [(x * n + y * (5 - n)) / 2 & 255, ring & 255, x * y * n / 256 & 255]
                case .face: colour = Self.face(x, y)
                }
                pixels += colour.map { UInt8(clamping: $0) }
            }
        }
        return pixels
    }

    /// Later parts cover earlier ones.
    private static func face(_ x: Int, _ y: Int) -> [Int] {
        let shade = abs(x - 128) / 3 + abs(y - 120) / 6
        func isIn(_ centerX: Int, _ centerY: Int, _ radiusX: Int, _ radiusY: Int) -> Bool {
            let (a, b) = (x - centerX, y - centerY)
            return a * a * radiusY * radiusY + b * b * radiusX * radiusX <= radiusX * radiusX * radiusY * radiusY
        }
        var colour = [90, 120, 150 + y / 8]
        func put(_ isHere: Bool, _ other: [Int], shade: Int = 0) {
            if isHere { colour = other.map { $0 - shade } }
        }
        put(isIn(128, 110, 62, 78), [70, 45, 30])
        put(isIn(128, 130, 50, 66), [222, 178, 150], shade: shade)
        put(abs(x - 128) < 22 && y > 185 && y < 230, [200, 155, 130], shade: shade)
        put(isIn(128, 256, 90, 40), [60, 70, 110])
        for eye in [108, 148] {
            put(isIn(eye, 100, 13, 3), [60, 40, 30])
            put(isIn(eye, 116, 10, 6), [240, 240, 240])
            put(isIn(eye, 116, 5, 5), [50, 35, 25])
        }
        put(isIn(128, 140, 6, 12), [205, 155, 130])
        put(isIn(123, 151, 3, 2), [120, 70, 60])
        put(isIn(133, 151, 3, 2), [120, 70, 60])
        put(isIn(128, 169, 18, 6), [170, 70, 75])
        put(abs(x - 128) < 17 && abs(y - 169) < 1, [110, 40, 45])
        return colour
    }
}
