// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation

/// How one model looks at files: at whole pictures, or at faces, which another model finds first.
struct ModelLook: Sendable {
    let model: ModelManifest
    let wish: RasterWish
    /// For a model that looks at faces: the one that finds them, and what it looks at.
    let finder: (name: String, wish: RasterWish)?

    /// The surest faces of a picture; a crowd is not looked at one by one.
    static let mostFaces = 8
    /// Of the face's box, on each side, as detectors of changed faces are trained.
    static let margin = 0.3

    /// What a model said of one picture or frame.
    struct Sight: Sendable {
        var media: MediaID
        var seconds: Double?
        var answer: Answer
    }

    enum Answer: Sendable {
        case whole(ModelOutput)
        /// Each face with what the model says of it.
        case faces([(face: Region, output: ModelOutput)])
        case unknown(String)
    }

    /// The models that look at pictures, by name.
    static func all(of models: [ModelManifest]) -> [String: ModelLook] {
        let finder = models.first { $0.name == ModelDetector.faceFinder && $0.recipe.reading == .blazeface }
        var looks: [String: ModelLook] = [:]
        for model in models {
            guard model.input != .text, let wish = model.raster else { continue }
            let finds = model.input == .face ? finder.flatMap { finder in finder.raster.map { (finder.name, $0) } } : nil
            looks[model.name] = ModelLook(model: model, wish: wish, finder: finds)
        }
        return looks
    }

    var wishes: [RasterWish] { [wish] + (finder.map { [$0.wish] } ?? []) }

    /// Of every picture and frame, in the order of the files. They are asked side by side.
    func sights(
        in media: [ExaminedMedia], asking runner: any ModelRunner, until deadline: ContinuousClock.Instant
    ) async -> [Sight] {
        let pictures = media.flatMap(pictures)
        return await withTaskGroup(of: (Int, Sight).self) { group in
            for (place, picture) in pictures.enumerated() {
                group.addTask {
                    let answer = await answer(to: picture, asking: runner, until: deadline)
                    return (place, Sight(media: picture.media, seconds: picture.raster?.seconds, answer: answer))
                }
            }
            var sights: [(Int, Sight)] = []
            for await sight in group { sights.append(sight) }
            return sights.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// Something to look at, or why it cannot be.
    private struct Picture: Sendable {
        var media: MediaID
        var raster: Raster?
        var facesIn: Raster?
        var problem = ""
    }

    private func pictures(of file: ExaminedMedia) -> [Picture] {
        switch file.problem {
        case .notAPicture: return []
        case .unreadable(let why): return [Picture(media: file.media.id, problem: why)]
        case nil: break
        }
        let rasters = file.facts?.rasters.filter { $0.wish == wish } ?? []
        let others = finder.map { finder in file.facts?.rasters.filter { $0.wish == finder.wish } ?? [] } ?? []
        guard !rasters.isEmpty, finder == nil || others.count == rasters.count else {
            return [Picture(media: file.media.id, problem: "its pixels in the size that \(model.name) looks at are not here")]
        }
        return rasters.indices.map { place in
            Picture(media: file.media.id, raster: rasters[place], facesIn: finder == nil ? nil : others[place])
        }
    }

    private func answer(
        to picture: Picture, asking runner: any ModelRunner, until deadline: ContinuousClock.Instant
    ) async -> Answer {
        guard let raster = picture.raster else { return .unknown(picture.problem) }
        do throws(ModelError) {
            guard model.input == .face else {
                return .whole(try await ask(model.name, about: raster, runner, until: deadline))
            }
            guard let finder, let facesIn = picture.facesIn else {
                throw .notInstalled("\(model.name) looks at faces, and the model \(ModelDetector.faceFinder) is not here")
            }
            guard case .regions(let faces) = try await ask(finder.name, about: facesIn, runner, until: deadline) else {
                throw .refused("\(finder.name) gave no boxes")
            }
            var answers: [(face: Region, output: ModelOutput)] = []
            for face in faces.sorted(by: { $0.score > $1.score }).prefix(Self.mostFaces) {
                guard let part = raster.part(face, margin: Self.margin) else { continue }
                answers.append((face, try await ask(model.name, about: part, runner, until: deadline)))
            }
            return .faces(answers)
        } catch {
            return .unknown(error.message)
        }
    }

    private func ask(
        _ name: String, about raster: Raster, _ runner: any ModelRunner, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ModelOutput {
        guard ContinuousClock.now < deadline else { throw .deadline }
        return try await runner.run(name, on: .raster(raster), until: deadline)
    }

    func reading(for declaration: SignalDeclaration) -> ModelReading { ModelReading(of: model, for: declaration) }
}

extension Raster {
    /// A box of the picture with a margin of so much of its sides around, as far as the picture goes; nil when nothing of it is left.
    func part(_ region: Region, margin: Double) -> Raster? {
        guard channels > 0, pixels.count == width * height * channels,
            [region.x, region.y, region.width, region.height].allSatisfy({ $0.isFinite && abs($0) <= 4 })
        else { return nil }
        func reach(_ start: Double, _ length: Double, _ side: Int) -> Range<Int> {
            let first = max(0, Int((start - margin * length) * Double(side)))
            let end = min(side, Int(((start + (1 + margin) * length) * Double(side)).rounded(.up)))
            return first..<max(first, end)
        }
        let (columns, rows) = (reach(region.x, region.width, width), reach(region.y, region.height, height))
        guard !columns.isEmpty, !rows.isEmpty else { return nil }
        var part: [UInt8] = []
        part.reserveCapacity(columns.count * rows.count * channels)
        for row in rows {
            part += pixels[(row * width + columns.lowerBound) * channels..<(row * width + columns.upperBound) * channels]
        }
        return Raster(
            wish: wish, width: columns.count, height: rows.count, channels: channels, pixels: part, seconds: seconds)
    }
}
