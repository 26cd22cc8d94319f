// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Signals
import Storage
import Testing

/// Invariant 5: what a model, a mark or a reading says calls a person; it never removes anything by itself.
@Suite("No model removes anything by itself")
struct AuthorityTests {
    struct Guess: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var declaration: String
        var state: SignalState
    }

    private static func measured(_ output: String, label: String? = nil) -> SignalState {
        let meaning = Meaning(precision: 0.99, low: 0.98, high: 1, baseRate: 0.5, cases: 10_000, day: "2026-11-01")
        return .measured([SignalMeasurement(output: output, value: 1, score: 1, counts: true, meaning: meaning, label: label)])
    }

    /// As sure as they can be, and one that pretends to be a verified fingerprint.
    static let guesses = [
        Guess(testDescription: "nudity", declaration: "{ kind: model, model: nudity }", state: measured("nudity")),
        Guess(
            testDescription: "a model that says it is verified", declaration: "{ kind: model, model: nudity }",
            state: .matched([Match(bank: "known", trust: .verified, entry: "fp-1")])),
        Guess(
            testDescription: "marks of origin", declaration: "{ kind: provenance, cost: high }",
            state: measured("digital-source-type", label: "trainedAlgorithmicMedia")),
        Guess(
            testDescription: "intent of a text", declaration: "{ kind: model, model: intent, output: sextortion-threat }",
            state: measured("sextortion-threat", label: "sextortion-threat")),
        Guess(
            testDescription: "text read in pictures", declaration: "{ kind: text, list: phrases, of: pictures }",
            state: .matched([Match(bank: "phrases", trust: .verified, entry: "p1")])),
        Guess(
            testDescription: "links read in pictures", declaration: "{ kind: link, list: hosts, of: pictures }",
            state: .matched([Match(bank: "hosts", trust: .verified, entry: "bad.example")])),
        Guess(
            testDescription: "contacts", declaration: "{ kind: contact, cost: high }",
            state: .matched([Match(bank: "telegram", trust: .verified, entry: "telegram:somebody")])),
        Guess(
            testDescription: "numbers of a person", declaration: "{ kind: personal, cost: high }",
            state: .matched([Match(bank: "phone", trust: .verified, entry: "phone:•••")])),
        Guess(
            testDescription: "an operator's own look-alike model",
            declaration: "{ kind: model, model: look-alike, at_least: 0.5 }",
            state: measured("look-alike")),
    ]

    private static func policy(_ declaration: String, wants effect: String) -> String {
        """
        policy: guesses
        owner: tests
        clauses:
          t.1: { en: "A test clause." }
        state:
          lists:
            phrases: { kind: text, entries: ["a test phrase"] }
            hosts: { kind: link, entries: [bad.example] }
          signals:
            guess: \(declaration)
        rules:
          - id: guess
            stage: live
            events: [message.posted]
            when: guess.matched
            then: [ { preserve: {} }, { \(effect): { clause: t.1 } }, { notify: {} } ]
            quota: { per: 1h, max: 100 }
        """
    }

    @Test("a rule that wants something gone opens a case, and nothing else happens", arguments: guesses, ["remove", "suspend"])
    func opensACase(guess: Guess, effect: String) async throws {
        let flow = try await Flow(
            policy: Self.policy(guess.declaration, wants: effect), scripted: ScriptedDetector(["guess": guess.state]))
        let picture = try await flow.picture("p", bytes: "pattern")
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.actions(in: Set(ActionState.allCases), limit: 10).isEmpty)
        let file = try #require(try await flow.store.cases(.open, limit: 10).first)
        #expect(file.case.reason.contains("a person decides"))
        #expect(file.decisions.first?.effects.allSatisfy { !$0.kind.isDestructive } == true)
    }

    @Test("also where the rule would be content with a verified hash instead, and there is none", arguments: guesses)
    func orAHash(guess: Guess) async throws {
        let policy = Self.policy(guess.declaration, wants: "remove")
            .replacing("  signals:", with: "  signals:\n    copy: { kind: pdq, bank: known }")
            .replacing("when: guess.matched", with: "when: guess.matched || copy.matched && copy.trust == \"verified\"")
        let flow = try await Flow(policy: policy, scripted: ScriptedDetector(["guess": guess.state]))
        let picture = try await flow.picture("p", bytes: "pattern")
        _ = try await flow.intake.accept([.sample(media: [picture])])
        await flow.settle()
        #expect(flow.connector.performed.isEmpty)
        #expect(try await flow.store.cases(.open, limit: 10).count == 1)
    }

    @Test("before acceptance nothing is refused for it", arguments: guesses)
    func refusesNothing(guess: Guess) async throws {
        let flow = try await Flow(
            policy: Self.policy(guess.declaration, wants: "remove"), scripted: ScriptedDetector(["guess": guess.state]))
        let picture = try await flow.picture("p", bytes: "pattern")
        let verdict = try await flow.intake.verdict(on: .sample(media: [picture]), until: .now + .seconds(5))
        #expect(verdict == .allow)
    }

    @Test("before acceptance a model that is late is unknown, and not waited for")
    func lateIsUnknown() async throws {
        let detector = ScriptedDetector(["guess": .absent], waits: true)
        let flow = try await Flow(policy: Self.policy("{ kind: model, model: slow }", wants: "remove"), scripted: detector)
        let deadline = ContinuousClock.now + .milliseconds(400)
        #expect(try await flow.intake.verdict(on: .sample(), until: deadline) == .allow)
        #expect(ContinuousClock.now < deadline + .seconds(2))
        #expect(detector.priorities == [.live])
    }

    @Test("the case keeps what the model said, in which version, and what it was worth")
    func isExplained() async throws {
        let flow = try await Flow(
            policy: Self.policy("{ kind: model, model: nudity, at_least: 0.9 }", wants: "remove"),
            scripted: ScriptedDetector(["guess": Self.measured("nudity")]))
        _ = try await flow.intake.accept([.sample()])
        await flow.settle()
        let file = try #require(try await flow.store.cases(.open, limit: 10).first)
        let signal = try #require(file.decisions.first?.explanations.first?.signals.first)
        #expect(signal.version == "scripted@1:f32")
        let measurement = try #require(signal.measurements.first)
        #expect(measurement.value == 1 && measurement.counts && measurement.meaning?.cases == 10_000)
    }
}
