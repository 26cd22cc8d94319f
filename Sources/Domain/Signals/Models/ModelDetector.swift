// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Asks trained models about the pictures and video frames of an event: about the whole picture, or about each face in it.
///
/// It serves the declarations of kind `model` whose model looks at pictures. A file that cannot be looked at is unknown, not clean.
package struct ModelDetector: DearDetector {
    /// The model whose boxes are cut out for models that look at faces.
    package static let faceFinder = "faces"

    private let declarations: [SignalDeclaration]
    private let looks: [String: ModelLook]
    private let runner: any ModelRunner

    /// - Parameter models: all that are configured; the others are left to other detectors.
    package init(_ declarations: [SignalDeclaration], models: [ModelManifest], runner: any ModelRunner) {
        let looks = ModelLook.all(of: models)
        self.declarations = declarations.filter { $0.kind == .model && looks[$0.bank] != nil }
        self.looks = looks
        self.runner = runner
    }

    package var signalNames: Set<String> { Set(declarations.map(\.name)) }

    /// The sizes in which pictures are wanted for some declarations, each once.
    package static func wishes(for declarations: [SignalDeclaration], models: [ModelManifest]) -> [RasterWish] {
        let looks = ModelLook.all(of: models)
        var wishes: [RasterWish] = []
        for declaration in declarations where declaration.kind == .model {
            for wish in looks[declaration.bank]?.wishes ?? [] where !wishes.contains(wish) { wishes.append(wish) }
        }
        return wishes
    }

    /// One look at the files answers every declaration of the model.
    package func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        guard let look = looks[declaration.bank] else { return [] }
        let start = ContinuousClock.now
        let sights = await look.sights(in: media, asking: runner, until: deadline)
        let took = (ContinuousClock.now - start).components
        let microseconds = Int(took.seconds) * 1_000_000 + Int(took.attoseconds / 1_000_000_000_000)
        return declarations.filter { $0.bank == declaration.bank }.map { declaration in
            Signal(
                name: declaration.name, kind: .model, state: look.reading(for: declaration).state(of: sights),
                version: version(of: look.model), microseconds: microseconds)
        }
    }

    /// `nudity@1:f32`: the precision belongs to it, because it moves the scores.
    private func version(of model: ModelManifest) -> String {
        let precision = runner.states.first { $0.name == model.name }?.precision ?? ""
        return "\(model.name)@\(model.version)" + (precision.isEmpty ? "" : ":\(precision)")
    }
}
