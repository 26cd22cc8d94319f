// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

/// A policy about what models and marks of origin say.
private func policy(
    signals: String =
        "nudity: { kind: model, model: nudity, at_least: 0.8 }\n    origin: { kind: provenance, output: generator }",
    when: String = "nudity.matched && nudity.value >= 0.9", then: String = "[ { review: { clause: m.1 } } ]", tests: String = ""
) -> String {
    """
    policy: measured
    owner: someone
    clauses:
      m.1: { en: "A clause." }
    state:
      lists:
        phrases: { kind: text, entries: ["a test phrase"] }
      signals:
        \(signals)
    rules:
      - id: m.rule
        stage: live
        events: [message.posted]
        when: \(when)
        then: \(then)
        quota: { per: 1h, max: 10 }
    \(tests)
    """
}

private func warnings(_ text: String) throws -> [String] {
    try PolicySet.load(files: [("p.yaml", text)]).warnings.map(\.message)
}

@Suite("Signals that are measured")
struct MeasuredSignalTests {
    @Test(
        "tests give values, labels and counts",
        arguments: [
            ("{ value: 0.95 }", true), ("{ value: 95% }", true), ("{ value: 0.85 }", false), ("{ value: 0.5 }", false),
            ("{ value: 0.95, counts: false }", false), ("{ matched: false }", false), ("{ matched: true }", true),
        ])
    func values(given: String, fires: Bool) throws {
        let text = policy(
            tests: """
                tests:
                  - name: t
                    given: { signals: { nudity: \(given) } }
                    expect: { fired: [\(fires ? "m.rule" : "")] }
                """)
        let results = try PolicySet.load(files: [("p.yaml", text)]).runTests()
        #expect(results.failures.map(\.description) == [] && results.passed == 1)
    }

    @Test("a label is compared, a count counts regions, and what is unknown stays unknown")
    func labels() throws {
        let text = policy(
            signals: "faces: { kind: model, model: faces }\n    origin: { kind: provenance }",
            when: #"faces.count >= 2 || origin.label == "trainedAlgorithmicMedia""#,
            tests: """
                tests:
                  - name: two faces
                    given: { signals: { faces: { count: 2 } } }
                    expect: { fired: [m.rule] }
                  - name: a mark
                    given: { signals: { origin: { label: trainedAlgorithmicMedia } } }
                    expect: { fired: [m.rule] }
                  - name: not installed
                    given: { signals: { faces: { unknown: "not installed" } } }
                    expect: { fired: [], unknown: [m.rule] }
                """)
        let results = try PolicySet.load(files: [("p.yaml", text)]).runTests()
        #expect(results.failures.map(\.description) == [] && results.passed == 3)
    }

    @Test(
        "each kind has its own words",
        arguments: [
            ("nudity: { trust: verified }", "trust"), ("nudity: { distance: 4 }", "distance"),
            ("copy: { value: 0.5 }", "value"), ("nudity: { value: -1 }", "-1"), ("nudity: { value: yes }", "value"),
        ])
    func wrongWords(given: String, named: String) {
        let text = policy(
            signals: "nudity: { kind: model, model: nudity }\n    copy: { kind: pdq, bank: b }",
            when: "nudity.matched || copy.matched",
            tests: "tests:\n  - name: t\n    given: { signals: { \(given) } }\n    expect: { fired: [] }")
        let told = diagnostics(text)
        #expect(told.contains { $0.contains(named) }, "\(told)")
    }

    @Test("a mark of origin can be narrowed to one output, other kinds cannot")
    func outputs() {
        #expect(diagnostics(policy(when: "origin.matched && nudity.matched")) == [])
        let wrong = diagnostics(policy(signals: "nudity: { kind: contact, output: telegram }", when: "nudity.matched"))
        #expect(wrong.contains { $0.contains("only a signal of kind model or provenance has 'output'") }, "\(wrong)")
    }

    @Test(
        "a removal that rests on a guess is warned of, and the guess is named",
        arguments: [
            ("{ kind: model, model: nudity }", "what the model 'nudity' says"), ("{ kind: provenance }", "marks of origin"),
            ("{ kind: contact }", "contacts and numbers"), ("{ kind: personal }", "contacts and numbers"),
            ("{ kind: text, list: phrases, of: pictures }", "text read in pictures"),
        ])
    func warned(declaration: String, words: String) throws {
        let text = policy(
            signals: "guess: \(declaration)", when: "guess.matched", then: "[ { preserve: {} }, { remove: { clause: m.1 } } ]")
        let told = try warnings(text)
        #expect(told.contains { $0.contains("no signal of this rule is one that people have confirmed (\(words))") }, "\(told)")
        let beside = policy(
            signals: "guess: \(declaration)\n    copy: { kind: sha256, bank: b }", when: "guess.matched && copy.matched",
            then: "[ { preserve: {} }, { remove: { clause: m.1 } } ]")
        #expect(try !warnings(beside).contains { $0.contains("people have confirmed") })
    }

    @Test("another threshold, output, source or type is another version of the rule")
    func versions() throws {
        func version(_ declaration: String) throws -> String {
            let text = policy(signals: "s: \(declaration)", when: "s.matched")
            return try #require(try PolicySet.load(files: [("p.yaml", text)]).rules.first).reference.version
        }
        let declarations = [
            "{ kind: model, model: m }", "{ kind: model, model: m, at_least: 0.8 }", "{ kind: model, model: m, at_least: 0.9 }",
            "{ kind: model, model: m, output: o }", "{ kind: text, list: phrases }",
            "{ kind: text, list: phrases, of: pictures }",
            "{ kind: contact }", "{ kind: contact, types: [telegram] }", "{ kind: contact, types: [telegram, wallet] }",
        ]
        let versions = try declarations.map(version)
        #expect(Set(versions).count == declarations.count)
        // The order of types says nothing.
        #expect(try version("{ kind: contact, types: [wallet, telegram] }") == versions.last)
    }

    @Test("what was stored before there were measurements is still read")
    func storedBefore() throws {
        let signal =
            #"{"name":"copy","kind":"pdq","state":{"matched":{"_0":[{"bank":"b","trust":"verified","distance":4,"entry":"f"}]}},"version":"7","microseconds":12}"#
        let read = try JSONDecoder().decode(Signal.self, from: Data(signal.utf8))
        #expect(read.matches == [Match(bank: "b", trust: .verified, distance: 4, entry: "f")])
        for (json, state) in [
            (#"{"absent":{}}"#, SignalState.absent), (#"{"unknown":{"_0":"why"}}"#, .unknown("why")),
        ] {
            #expect(try JSONDecoder().decode(SignalState.self, from: Data(json.utf8)) == state)
        }
        let declaration = #"{"name":"copy","kind":"pdq","bank":"b","radius":31,"cost":"cheap"}"#
        #expect(
            try JSONDecoder().decode(SignalDeclaration.self, from: Data(declaration.utf8))
                == SignalDeclaration(name: "copy", kind: .pdq, bank: "b", radius: 31))
    }

    @Test("a decision on a measured signal comes out again from what was stored")
    func replay() throws {
        let set = try PolicySet.load(files: [("p.yaml", policy())])
        let event = try #require(makeEvent(text: "hello"))
        let measurement = SignalMeasurement(
            output: "nudity", value: 0.93, score: 0.99, counts: true,
            meaning: Meaning(precision: 0.06, low: 0.03, high: 0.09, baseRate: 0.001, cases: 412, day: "2026-11-12"), media: "m")
        let signal = Signal(name: "nudity", kind: .model, state: .measured([measurement]), version: "nudity@1:f32")
        let finding = try #require(set.decide(event, given: [signal]).first)
        let stored = try JSONDecoder().decode(
            Explanation.self, from: try JSONEncoder().encode(finding.explanation))
        #expect(stored.signals == [signal])
        #expect(set.replay(stored) == .same)
        #expect(stored.reviewerText.contains("nudity@1:f32"))
        #expect(stored.reviewerText.contains("of 100 such items 3 to 9 were upheld"))
        #expect(!stored.reviewerText.contains("0.99"), "the raw score is shown nowhere")
    }

    @Test(
        "numbers from a model are marked in the tree, and stay in what is stored",
        arguments: [
            "size(text) == 5 && nudity.value >= 0.9", "size(text) == 5 && nudity . value * 2.0 >= 1.8",
            "size(text) == 5 && cel.bind(v, nudity.value, v + 1.0 >= 1.9)",
            "size(text) == 5 && [nudity.value].exists(v, v >= 0.9)",
        ])
    func modelValues(when: String) throws {
        let set = try PolicySet.load(files: [("p.yaml", policy(when: when))])
        let event = try #require(makeEvent(text: "hello"))
        let measurement = SignalMeasurement(output: "nudity", value: 0.93, score: 0.99, counts: true, media: "m")
        let signal = Signal(name: "nudity", kind: .model, state: .measured([measurement]), version: "nudity@1:f32")
        let finding = try #require(set.decide(event, given: [signal]).first)
        #expect(finding.result == .fired)
        #expect(finding.explanation.steps.contains { $0.value == "0.93" })
        #expect(set.replay(finding.explanation) == .same)

        var nodes = finding.explanation.tree
        var shown: [String: String] = [:]
        while let node = nodes.popLast() {
            if !node.isModelValue { shown[node.expression] = node.value }
            nodes += node.children
        }
        #expect(!shown.values.contains { $0.contains(".93") || $0.contains(".86") }, "\(shown)")
        #expect(shown["size(text)"] == "5" && shown[when] == "true")
    }
}
