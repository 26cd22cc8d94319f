// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation

/// What a declaration makes of a model's answers: which of its outputs, from which value on, and what the value is worth.
struct ModelReading: Sendable {
    let model: ModelManifest
    let output: String
    /// Nil when neither the declaration nor the manifest says: then nothing counts.
    let atLeast: Double?

    /// More measurements of one event are not kept.
    static let mostMeasurements = 64

    init(of model: ModelManifest, for declaration: SignalDeclaration) {
        self.model = model
        output = declaration.output ?? model.recipe.outputs.first { !$0.isEmpty } ?? model.name
        let output = output
        atLeast = declaration.atLeast ?? model.operatingPoints.first { $0.output == output }?.atLeast
    }

    /// Something that counts is enough; else what could not be looked at is unknown.
    func state(of sights: [ModelLook.Sight]) -> SignalState {
        var measurements: [SignalMeasurement] = []
        var unknown: String?
        for sight in sights {
            switch measurement(of: sight) {
            case .success(let measurement): measurements += measurement.map { [$0] } ?? []
            case .failure(let why): unknown = unknown ?? why.words
            }
        }
        if measurements.contains(where: \.counts) || unknown == nil, !measurements.isEmpty {
            // Where there are too many, those with the largest values stay.
            guard measurements.count > Self.mostMeasurements else { return .measured(measurements) }
            return .measured(Array(measurements.sorted { $0.value > $1.value }.prefix(Self.mostMeasurements)))
        }
        return unknown.map { .unknown($0) } ?? .absent
    }

    private struct Unknown: Error { var words: String }

    /// Nil when there was nothing to look at: a picture without a face.
    private func measurement(of sight: ModelLook.Sight) -> Result<SignalMeasurement?, Unknown> {
        switch sight.answer {
        case .unknown(let why): return .failure(Unknown(words: why))
        case .whole(let output): return whole(output, sight)
        case .faces(let faces):
            var regions: [Region] = []
            for (face, output) in faces {
                guard case .scores(let scores) = output, let score = score(in: scores) else { return .failure(refused) }
                regions.append(
                    Region(x: face.x, y: face.y, width: face.width, height: face.height, score: score, name: self.output))
            }
            guard let largest = regions.map(\.score).max() else { return .success(nil) }
            return .success(measurement(largest, regions: regions, sight))
        }
    }

    private func whole(_ answer: ModelOutput, _ sight: ModelLook.Sight) -> Result<SignalMeasurement?, Unknown> {
        switch answer {
        case .scores(let scores):
            guard let score = score(in: scores) else { return .failure(refused) }
            return .success(measurement(score, regions: [], sight))
        case .regions(let regions):
            let found = regions.filter { $0.score >= atLeast ?? 0 }.map { region in
                Region(
                    x: region.x, y: region.y, width: region.width, height: region.height, score: region.score, name: output)
            }
            return .success(
                SignalMeasurement(
                    output: output, value: Double(found.count), score: regions.map(\.score).max(),
                    counts: atLeast != nil && !found.isEmpty, regions: found, media: sight.media, seconds: sight.seconds))
        case .label(let word, let isSure):
            return .success(
                SignalMeasurement(
                    output: output, value: isSure ? 1 : 0, counts: isSure, label: word, media: sight.media,
                    seconds: sight.seconds))
        case .vector, .text: return .failure(Unknown(words: "\(model.name) gives nothing that can be compared with a number"))
        }
    }

    /// Nil when the model has no such output or gave another number of them, or no probability.
    private func score(in scores: [Double]) -> Double? {
        guard scores.count == model.recipe.outputs.count, let place = model.recipe.outputs.firstIndex(of: output),
            (0...1).contains(scores[place])
        else { return nil }
        return scores[place]
    }

    private var refused: Unknown {
        let hasOutput = model.recipe.outputs.contains(output)
        return Unknown(
            words: hasOutput ? "\(model.name) gave an answer that makes no sense" : "\(model.name) has no output \(output)")
    }

    private func measurement(_ score: Double, regions: [Region], _ sight: ModelLook.Sight) -> SignalMeasurement {
        let calibration = model.calibration(of: output)
        let value = calibration?.value(of: score) ?? score
        return SignalMeasurement(
            output: output, value: value, score: score, counts: atLeast.map { value >= $0 } ?? false,
            meaning: calibration?.meaning(of: score), regions: regions, media: sight.media, seconds: sight.seconds)
    }
}
