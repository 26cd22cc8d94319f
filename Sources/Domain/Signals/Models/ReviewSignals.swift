// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
package import Moderation

/// What models are asked for whoever reviews, also where no policy asks it.
package enum ReviewSignals {
    /// One declaration for each output that has an operating point, or for the model's usual output when none has; what a policy
    /// declares already is left out.
    package static func of(_ models: [ModelManifest], beside declared: [SignalDeclaration]) -> [SignalDeclaration] {
        models.flatMap { model in
            let usual = usualOutput(of: model)
            let known = declared.filter { $0.kind == .model && $0.bank == model.name }.map { $0.output ?? usual }
            var outputs: [String] = []
            for point in model.operatingPoints where !outputs.contains(point.output) { outputs.append(point.output) }
            if outputs.isEmpty { outputs = [usual] }
            let isOne = outputs.count == 1
            return outputs.filter { !known.contains($0) }.map { output in
                SignalDeclaration(
                    name: name(isOne ? [model.name] : [model.name, output]), kind: .model, bank: model.name,
                    output: output == usual ? nil : output)
            }
        }
    }

    /// `review_intent_trades_leaks`.
    private static func name(_ parts: [String]) -> String {
        (["review"] + parts).joined(separator: "_").replacing("-", with: "_")
    }

    /// What is meant when a declaration names no output.
    private static func usualOutput(of model: ModelManifest) -> String {
        let outputs = model.recipe.outputs
        // The first of intent is that of ordinary texts.
        if model.name == IntentDetector.model { return outputs.dropFirst().first ?? "" }
        return outputs.first { !$0.isEmpty } ?? model.name
    }
}
