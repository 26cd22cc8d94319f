// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// The language of a text: `kind: model, model: language`. The label is its code (`ko`); it counts where the model is sure.
package struct LanguageDetector: DearDetector {
    package static let model = "language"

    private let declarations: [SignalDeclaration]
    private let runner: any ModelRunner

    package init(_ declarations: [SignalDeclaration], runner: any ModelRunner) {
        self.declarations = declarations.filter { $0.kind == .model && $0.bank == Self.model }
        self.runner = runner
    }

    package var signalNames: Set<String> { Set(declarations.map(\.name)) }

    package func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        let clock = ContinuousClock()
        let start = clock.now
        let state = await state(of: event.event.item?.text ?? "", until: deadline)
        let version = runner.states.first { $0.name == Self.model }?.version ?? ""
        let took = Int((clock.now - start) / .microseconds(1))
        return declarations.map {
            Signal(name: $0.name, kind: .model, state: state, version: version, microseconds: took)
        }
    }

    private func state(of text: String, until deadline: ContinuousClock.Instant) async -> SignalState {
        guard text.contains(where: \.isLetter) else { return .absent }
        do throws(ModelError) {
            guard case .label(let code, let isSure) = try await runner.run(Self.model, on: .text(text), until: deadline) else {
                return .unknown(ModelError.refused("no language").message)
            }
            return .measured([SignalMeasurement(output: Self.model, value: isSure ? 1 : 0, counts: isSure, label: code)])
        } catch {
            return .unknown(error.message)
        }
    }
}
