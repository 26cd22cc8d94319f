// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import ModelInputs
import Moderation
import Testing

@testable import Signals

@Suite("Scores of reviewed cases")
struct ReviewedScoreTests {
    private let manifest = ModelManifest(
        name: "nudity", version: "1", file: "", sha256: "", licence: "", source: "", input: .picture,
        raster: .stretch(width: 256, height: 256), recipe: ModelRecipe(engine: .openvino, outputs: ["", "nudity"]))

    private func signal(_ scores: Double..., version: String = "nudity@1:f32", output: String = "nudity") -> Signal {
        Signal(
            name: "any", kind: .model,
            state: .measured(scores.map { SignalMeasurement(output: output, value: 0, score: $0, counts: false) }),
            version: version)
    }

    private func decision(
        _ verdict: Verdict, by: Decider = .person("hana"), clause: ClauseID = "adult.1", signals: [Signal] = []
    ) -> Decision {
        let rule = RuleReference(policy: "p", id: "r", version: "v")
        return Decision(
            id: "d", at: Date(timeIntervalSince1970: 0), by: by, verdict: verdict, target: Target(platform: "test"),
            clause: clause, reason: "",
            explanations: signals.isEmpty
                ? [] : [Explanation(rule: rule, condition: "", result: "true", steps: [], signals: signals)], effects: [])
    }

    private func score(
        _ decisions: [Decision], _ found: [Signal] = [], clauses: Set<String> = []
    ) -> ReviewedScore? {
        ReviewedScore(decisions: decisions, found: found, manifest: manifest, output: "nudity", clauses: clauses)
    }

    @Test("the last word of a person counts, and the largest score of this version")
    func counts() {
        let rules = decision(.review, by: .rules([]), signals: [signal(0.4, 0.7)])
        #expect(score([rules, decision(.remove)]) == .init(score: 0.7, isUpheld: true))
        #expect(score([rules, decision(.remove), decision(.noViolation)], [signal(0.9)]) == .init(score: 0.9, isUpheld: false))
        #expect(score([rules, decision(.restrict), decision(.escalate)]) == .init(score: 0.7, isUpheld: true))
        #expect(score([rules, decision(.noViolation)], [signal(0.95, version: "nudity@1")])?.score == 0.95)
    }

    @Test("another version, another output, another clause")
    func others() {
        #expect(score([decision(.remove)], [signal(0.9, version: "nudity@10:f32")]) == nil)
        #expect(score([decision(.remove)], [signal(0.9, version: "faces@1:f32")]) == nil)
        #expect(score([decision(.remove)], [signal(0.9, output: "faces")]) == nil)
        #expect(score([decision(.remove)], [signal(0.9)], clauses: ["adult.1"])?.isUpheld == true)
        #expect(score([decision(.remove)], [signal(0.9)], clauses: ["spam.1"])?.isUpheld == false)
    }

    @Test("what no person judged, or was taken back, says nothing")
    func nothing() {
        #expect(score([decision(.remove, by: .rules([]), signals: [signal(0.9)])]) == nil)
        #expect(score([decision(.escalate)], [signal(0.9)]) == nil)
        #expect(score([decision(.remove), decision(.undo)], [signal(0.9)]) == nil)
        #expect(score([decision(.remove)]) == nil)
    }
}
