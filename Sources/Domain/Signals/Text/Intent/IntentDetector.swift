// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// What a text seems to want: `kind: model, model: intent`, one output for each offence and one for the words of victims.
///
/// A text is turned into a vector once, whatever outputs are declared. It takes tens of milliseconds: rules ask a cheap signal first.
package struct IntentDetector: DearDetector {
    package static let model = "intent"
    /// The model that its vectors come from.
    package static let sentence = "sentence"

    private let declarations: [SignalDeclaration]
    private let manifest: ModelManifest
    private let head: IntentHead?
    private let problem: String
    private let runner: any ModelRunner

    /// - Parameter head: the text of the head's file; empty when it is missing.
    package init(_ declarations: [SignalDeclaration], manifest: ModelManifest, head: String, runner: any ModelRunner) {
        self.declarations = declarations.filter { $0.kind == .model && $0.bank == Self.model }
        self.manifest = manifest
        self.runner = runner
        do throws(IntentHeadProblem) {
            self.head = try IntentHead(text: head)
            problem = ""
        } catch {
            self.head = nil
            problem = head.isEmpty ? "the head of intent is not here" : error.message
        }
    }

    package var signalNames: Set<String> { Set(declarations.map(\.name)) }

    package func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        guard let text = event.event.item?.text, text.contains(where: { !$0.isWhitespace }) else {
            return declarations.map { signal($0, .absent, 0) }
        }
        let clock = ContinuousClock()
        let start = clock.now
        let answer = await answer(to: text, until: deadline)
        let took = Int((clock.now - start) / .microseconds(1))
        return declarations.map { signal($0, state(of: $0, answer), took) }
    }

    /// How likely each class is for a text, in the order of the head, or why that cannot be said.
    package func probabilities(
        of text: String, until deadline: ContinuousClock.Instant
    ) async -> Result<[(output: String, probability: Double)], IntentHeadProblem> {
        switch await answer(to: text, until: deadline) {
        case .known(let head, let probabilities): .success(zip(head.outputs, probabilities).map { ($0, $1) })
        case .unknown(let why): .failure(IntentHeadProblem(message: why))
        }
    }

    private enum Answer {
        case known(IntentHead, [Double])
        case unknown(String)
    }

    private func answer(to text: String, until deadline: ContinuousClock.Instant) async -> Answer {
        guard let head else { return .unknown(problem) }
        if let state = runner.states.first(where: { $0.name == Self.sentence }), state.version != head.sentenceVersion {
            return .unknown("the head was made for \(Self.sentence) \(head.sentenceVersion), this is \(state.version)")
        }
        do throws(ModelError) {
            let output = try await runner.run(Self.sentence, on: .text(text), until: deadline)
            guard case .vector(let vector) = output, let probabilities = head.probabilities(of: vector) else {
                return .unknown(ModelError.refused("no vector of \(head.dimensions) numbers").message)
            }
            return .known(head, probabilities)
        } catch {
            return .unknown(error.message)
        }
    }

    private func state(of declaration: SignalDeclaration, _ answer: Answer) -> SignalState {
        switch answer {
        case .unknown(let why): return .unknown(why)
        case .known(let head, let probabilities):
            let wanted = declaration.output ?? head.outputs.dropFirst().first ?? ""
            guard let place = head.outputs.firstIndex(of: wanted) else { return .unknown("intent has no output '\(wanted)'") }
            let score = probabilities[place]
            let calibration = manifest.calibration(of: wanted)
            let value = calibration?.value(of: score) ?? score
            return .measured([
                SignalMeasurement(
                    output: wanted, value: value, score: score, counts: value >= threshold(of: declaration, wanted),
                    meaning: calibration?.meaning(of: score))
            ])
        }
    }

    /// Without a threshold of the declaration or the manifest it never counts.
    private func threshold(of declaration: SignalDeclaration, _ output: String) -> Double {
        declaration.atLeast ?? manifest.operatingPoints.first { $0.output == output }?.atLeast ?? .infinity
    }

    private func signal(_ declaration: SignalDeclaration, _ state: SignalState, _ microseconds: Int) -> Signal {
        Signal(
            name: declaration.name, kind: .model, state: state, version: "\(manifest.name)@\(manifest.version)",
            microseconds: microseconds)
    }
}
