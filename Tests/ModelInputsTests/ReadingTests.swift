// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Testing

@testable import ModelInputs

@Suite("What comes out of a model")
struct ReadingTests {
    private let two = ModelRecipe(engine: .openvino, outputs: ["", "nudity"])

    @Test("scores are those of the tensor that has as many as there are outputs, kept to 0 to 1")
    func scores() throws {
        #expect(try two.scores(in: [[0.25, 0.75]]) == [0.25, 0.75])
        #expect(try two.scores(in: [[1, 2, 3], [0.5, 0.5]]) == [0.5, 0.5])
        #expect(try two.scores(in: [[-0.00001, 1.00001]]) == [0, 1])
    }

    @Test(
        "what are no probabilities are no scores",
        arguments: [[[0.5]], [], [[]], [[.nan, 0.5]], [[0.5, .infinity]], [[0.5, 1.5]], [[-2, 3]]] as [[[Float]]])
    func noScores(tensors: [[Float]]) {
        #expect(throws: ModelInputProblem.self) { try two.scores(in: tensors) }
    }

    @Test("a vector is as it is, or of length 1 when asked")
    func vector() throws {
        let plain = ModelRecipe(engine: .openvino, reading: .vector)
        #expect(try plain.vector(in: [[3, 4]]) == [3, 4])
        let unit = ModelRecipe(engine: .openvino, reading: .vector, outputs: ["unit"])
        #expect(try unit.vector(in: [[3, 4]]) == [0.6, 0.8])
        #expect(try unit.vector(in: [[3e38, 3e38]]).map { Double($0) }.allSatisfy { abs($0 - 0.5.squareRoot()) < 1e-6 })
        for broken in [[], [[]], [[.nan]], [[1, .infinity]], [[0, 0]]] as [[[Float]]] {
            #expect(throws: ModelInputProblem.self) { try unit.vector(in: broken) }
        }
    }
}

@Suite("Faces")
struct BlazeFaceTests {
    /// What the model gives for faces at cells, in units of the view.
    private func tensors(_ planted: [(cell: Int, box: ModelRegion, logit: Float)]) -> [[Float]] {
        var boxes = [Float](repeating: 0, count: 2_304 * 16)
        var scores = [Float](repeating: -90, count: 2_304)
        for (cell, box, logit) in planted {
            let (x, y) = ((Double(cell % 48) + 0.5) / 48, (Double(cell / 48) + 0.5) / 48)
            boxes[cell * 16] = Float((box.x + box.width / 2 - x) * 192)
            boxes[cell * 16 + 1] = Float((box.y + box.height / 2 - y) * 192)
            boxes[cell * 16 + 2] = Float(box.width * 192)
            boxes[cell * 16 + 3] = Float(box.height * 192)
            scores[cell] = logit
        }
        return [boxes, scores]
    }

    private func view(_ width: Int, _ height: Int) throws -> ModelTensor {
        let picture = try #require(
            ModelPicture(width: width, height: height, channels: 1, pixels: [UInt8](repeating: 0, count: width * height)))
        return try ModelRecipe(
            engine: .openvino, steps: [.pad(width: 192, height: 192, grey: 0)], layout: .nhwc, mean: [127.5, 127.5, 127.5],
            scale: [1 / 127.5, 1 / 127.5, 1 / 127.5]
        ).tensor(of: picture, jpeg: noJPEG)
    }

    @Test("lie where they lie in the picture, not in the letterboxed view")
    func place() throws {
        // 640 x 480 is 192 x 144 in the view, 24 rows below its upper edge.
        let box = ModelRegion(x: 0.25, y: 0.125 + 0.75 * 0.5, width: 0.2, height: 0.15, score: 0)
        let found = try BlazeFace.faces(in: tensors([(1_000, box, 2)]), of: view(640, 480))
        let face = try #require(found.first)
        #expect(found.count == 1)
        #expect(abs(face.x - 0.25) < 1e-5 && abs(face.y - 0.5) < 1e-5)
        #expect(abs(face.width - 0.2) < 1e-5 && abs(face.height - 0.2) < 1e-5)
        #expect(abs(face.score - 0.880797) < 1e-5)
    }

    @Test("of 0.6 and more count, and scores beyond measure are 0 or 1")
    func threshold() throws {
        let box = ModelRegion(x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0)
        let view = try view(192, 192)
        #expect(try BlazeFace.faces(in: tensors([(5, box, 0.40)]), of: view).isEmpty)
        #expect(try BlazeFace.faces(in: tensors([(5, box, 0.41)]), of: view).count == 1)
        #expect(try BlazeFace.faces(in: tensors([(5, box, 3e38)]), of: view).first?.score == 1)
        #expect(try BlazeFace.faces(in: tensors([(5, box, -3e38)]), of: view).isEmpty)
    }

    @Test("that overlap are one, at the mean by score, and others stay")
    func merge() throws {
        let view = try view(192, 192)
        let (a, b) = (
            ModelRegion(x: 0.1, y: 0.1, width: 0.2, height: 0.2, score: 0),
            ModelRegion(x: 0.12, y: 0.1, width: 0.2, height: 0.2, score: 0)
        )
        let far = ModelRegion(x: 0.7, y: 0.7, width: 0.1, height: 0.1, score: 0)
        let found = try BlazeFace.faces(in: tensors([(1, a, 1), (2, b, 3), (3, far, 2)]), of: view)
        #expect(found.count == 2)
        let (first, second) = (1 / (1 + exp(-1.0)), 1 / (1 + exp(-3.0)))
        #expect(abs(found[0].x - (0.1 * first + 0.12 * second) / (first + second)) < 1e-6)
        #expect(found[0].score > found[1].score && abs(found[1].x - 0.7) < 1e-6)
    }

    @Test("that reach out of the picture are cut, and nonsense is left out")
    func outside() throws {
        let view = try view(192, 192)
        let half = ModelRegion(x: -0.1, y: 0.9, width: 0.2, height: 0.2, score: 0)
        let face = try #require(try BlazeFace.faces(in: tensors([(1, half, 5)]), of: view).first)
        #expect(face.x == 0 && abs(face.width - 0.1) < 1e-6 && abs(face.y + face.height - 1) < 1e-9)
        for broken in [Float.nan, .infinity, -1, 0] {
            var tensors = tensors([(1, half, 5)])
            tensors[0][16 + 2] = broken
            #expect(try BlazeFace.faces(in: tensors, of: view).isEmpty)
        }
    }

    @Test("are never more than 64, whatever the model gives", arguments: 1...5)
    func flood(seed: UInt64) throws {
        var random = Numbers(seed)
        var tensors: [[Float]] = [
            (0..<2_304 * 16).map { _ in Float.random(in: -400...400, using: &random) },
            (0..<2_304).map { _ in Float.random(in: -3...90, using: &random) },
        ]
        for _ in 0..<50 { tensors[0][Int.random(in: 0..<2_304 * 16, using: &random)] = .nan }
        let found = try BlazeFace.faces(in: tensors, of: view(100, 300))
        #expect(found.count <= BlazeFace.mostFaces, "seed \(seed)")
        for face in found {
            #expect(face.x >= 0 && face.y >= 0 && face.x + face.width <= 1.000001 && face.y + face.height <= 1.000001)
            #expect(face.width > 0 && face.height > 0 && (0.6...1).contains(face.score))
        }
    }

    @Test("need 2,304 boxes and scores")
    func sizes() throws {
        let view = try view(192, 192)
        for broken in [[], [[1, 2]], [[Float](repeating: 0, count: 2_304)], [[Float](repeating: 0, count: 2_304 * 16)]] {
            #expect(throws: ModelInputProblem.self) { try BlazeFace.faces(in: broken, of: view) }
        }
        var tensors = tensors([])
        tensors[1][7] = .nan
        #expect(throws: ModelInputProblem.self) { try BlazeFace.faces(in: tensors, of: view) }
    }
}
