// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// A box in a picture whose sides are 1.
package struct ModelRegion: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double
    /// 0 to 1.
    package var score: Double

    package init(x: Double, y: Double, width: Double, height: Double, score: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.score = score
    }

    /// Area of what two boxes share over the area of both together.
    func overlap(with other: ModelRegion) -> Double {
        let (left, top) = (max(x, other.x), max(y, other.y))
        let (right, bottom) = (min(x + width, other.x + other.width), min(y + height, other.y + other.height))
        guard right > left, bottom > top else { return 0 }
        let shared = (right - left) * (bottom - top)
        return shared / (width * height + other.width * other.height - shared)
    }

    /// Without what lies outside of the picture; nil when nothing is left.
    func clipped() -> ModelRegion? {
        let (left, top) = (max(0, x), max(0, y))
        let (right, bottom) = (min(1, x + width), min(1, y + height))
        guard right > left, bottom > top else { return nil }
        return ModelRegion(x: left, y: top, width: right - left, height: bottom - top, score: score)
    }
}

/// Reads what BlazeFace for the full range gives: one box and six points for each cell of 48 x 48, and how sure it is of each.
///
/// As MediaPipe reads it: its anchors are the centres of the cells, boxes are offsets from them in pixels of its view, doubtful
/// ones are left out, and those that overlap become one, each with the weight of its score.
package enum BlazeFace {
    static let cells = 48
    static let valuesPerBox = 16
    /// Numbers are kept to this before they become a score, so that the exponential stays finite.
    static let largestLogit = 80.0
    /// A box that is less sure is not looked at.
    package static let smallestScore = 0.6
    /// Boxes that share more are the same face.
    static let sameFace = 0.3
    /// More than a picture of a crowd has.
    package static let mostFaces = 64

    /// Faces by falling score.
    ///
    /// - Parameters:
    ///   - tensors: 2304 x 16 offsets and 2304 x 1 scores, in any order.
    ///   - tensor: what the model was given.
    package static func faces(in tensors: [[Float]], of tensor: ModelTensor) throws(ModelInputProblem) -> [ModelRegion] {
        let count = cells * cells
        guard let boxes = tensors.first(where: { $0.count == count * valuesPerBox }),
            let scores = tensors.first(where: { $0.count == count })
        else {
            throw ModelInputProblem(
                message: "it gives \(ModelRecipe.sizes(of: tensors)) numbers where \(count) boxes were awaited")
        }
        guard scores.allSatisfy(\.isFinite) else { throw ModelInputProblem(message: "it gives scores that are no numbers") }
        let side = Double(tensor.shape.count == 4 ? max(tensor.shape[1], tensor.shape[2]) : 1)
        var found: [ModelRegion] = []
        for cell in 0..<count {
            let score = 1 / (1 + exp(-max(-largestLogit, min(largestLogit, Double(scores[cell])))))
            guard score >= smallestScore else { continue }
            let values = boxes[cell * valuesPerBox..<cell * valuesPerBox + 4].map { Double($0) / side }
            guard values.allSatisfy(\.isFinite), values[2] > 0, values[3] > 0 else { continue }
            let x = values[0] + (Double(cell % cells) + 0.5) / Double(cells)
            let y = values[1] + (Double(cell / cells) + 0.5) / Double(cells)
            found.append(
                ModelRegion(
                    x: x - values[2] / 2, y: y - values[3] / 2, width: values[2], height: values[3], score: score))
        }
        let view = tensor.view
        return merged(found).compactMap { region in
            ModelRegion(
                x: view.x + region.x * view.width, y: view.y + region.y * view.height, width: region.width * view.width,
                height: region.height * view.height, score: region.score
            ).clipped()
        }
    }

    /// The surest box takes those that overlap it into a weighted mean, then the surest of the others, and so on.
    static func merged(_ boxes: [ModelRegion]) -> [ModelRegion] {
        var rest = boxes.sorted { $0.score > $1.score }
        var faces: [ModelRegion] = []
        while let best = rest.first, faces.count < mostFaces {
            let same = rest.filter { $0.overlap(with: best) > sameFace }
            rest = rest.dropFirst().filter { $0.overlap(with: best) <= sameFace }
            let weight = same.reduce(0) { $0 + $1.score }
            func mean(_ side: KeyPath<ModelRegion, Double>) -> Double {
                same.reduce(0) { $0 + $1[keyPath: side] * $1.score } / weight
            }
            faces.append(
                same.isEmpty
                    ? best
                    : ModelRegion(
                        x: mean(\.x), y: mean(\.y), width: mean(\.width), height: mean(\.height), score: best.score))
        }
        return faces
    }
}
