// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

private let policy = """
    policy: waves
    owner: someone
    clauses:
      w.1: { en: "Flooding a space is not allowed.", ko: "공간을 도배하는 것은 허용되지 않습니다." }
    state:
      labels:
        trusted: { on: actor, expires: 30d }
      lists:
        secret_hosts: { kind: link, entries: [bad.example] }
      signals:
        bad_link: { kind: link, list: secret_hosts }
      counters:
        fresh_posters: { events: [message.posted], where: 'actor.age < duration("24h")', key: [links], window: 10m, distinct: actor.id }
    rules:
      - id: w.flood
        stage: live
        events: [message.posted]
        when: >-
          (bad_link.matched && text.contains("hello"))
          && (fresh_posters >= 7 || size(text) > 1000) && !("trusted" in actor.labels)
        then: [ { review: { clause: w.1 } } ]
    """

@Suite("Explanations")
struct ExplanationTests {
    private let set: PolicySet
    private let finding: RuleFinding

    init() throws {
        set = try PolicySet.load(files: [("w.yaml", policy)])
        let event = try #require(makeEvent(text: "hello there, my secret words", age: 3_600))
        let state = StateReadings(counters: [
            "fresh_posters": CounterReading(name: "fresh_posters", value: 12, quality: .approximate)
        ])
        finding = try #require(set.decide(event, given: Self.signals, state: state).first)
    }

    private static let signals = [
        Signal(
            name: "links", kind: .link, state: .matched([Match(bank: "links", trust: .claimed, entry: "https://bad.example/x")]),
            version: "1"),
        Signal(
            name: "bad_link", kind: .link,
            state: .matched([Match(bank: "secret_hosts", trust: .verified, entry: "https://bad.example/x")]), version: "1"),
    ]

    @Test("reviewers read the whole tree, with counters and versions")
    func reviewers() {
        let expected = """
            rule w.flood, version \(finding.rule.version), of policy waves
            result: true
            condition:
              (bad_link.matched && text.contains("hello")) && (fresh_posters >= 7 || size(text) > 1000) && !("trusted" in actor.labels) = true
                bad_link.matched && text.contains("hello") = true
                  bad_link.matched = true
                  text.contains("hello") = true
                    text = text of 28 characters
                fresh_posters >= 7 || size(text) > 1000 = true
                  fresh_posters >= 7 = true
                    fresh_posters = 12
                !("trusted" in actor.labels) = true
                  "trusted" in actor.labels = false
                    actor.labels = []
            signals:
              bad_link (link, version 1): verified in secret_hosts, https://bad.example/x
            state:
              fresh_posters = 12 (approximate)
            event: message.posted e1 on test at 2026-01-01T00:00:00Z
            """
        #expect(finding.explanation.reviewerText == expected)
    }

    @Test("content is not in what is stored")
    func content() throws {
        let stored = try String(decoding: JSONEncoder().encode(finding.explanation), as: UTF8.self)
        #expect(!stored.contains("secret words"))
    }

    @Test(
        "the person affected reads what was done and why, and learns nothing about how to get around it",
        arguments: PlainExplanation.Language.allCases)
    func plain(language: PlainExplanation.Language) {
        let decision = Decision(
            id: "d1", at: .now, by: .rules([finding.rule]), verdict: .remove, target: Target(platform: "test"), clause: "w.1",
            reason: "rule w.flood fired", explanations: [finding.explanation],
            effects: [Effect(.preserve), Effect(.remove, clause: "w.1")])
        let text = PlainExplanation.text(decision, clauses: set.clauses, language)
        let clause = set.clauses["w.1"]?.text(language.rawValue) ?? ""
        #expect(text.contains(clause))
        #expect(text.contains(language == .ko ? "삭제" : "removed"))
        #expect(text.contains(language == .ko ? "이의" : "appeal"))
        for secret in ["fresh_posters", "bad_link", "secret_hosts", "bad.example", "hello", "w.flood", "trusted"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        #expect(!text.contains { $0.isNumber })
    }

    @Test("a stored explanation gives the same result again")
    func replay() throws {
        let stored = try JSONDecoder().decode(Explanation.self, from: JSONEncoder().encode(finding.explanation))
        #expect(set.replay(stored) == .same)
    }

    @Test("another reading gives another result")
    func tampered() {
        var explanation = finding.explanation
        explanation.counters[0].value = 3
        // The text is not stored, so its size counts as not evaluated: the result is not true any more.
        #expect(set.replay(explanation) != .same)
        explanation = finding.explanation
        explanation.signals[0].state = .absent
        #expect(set.replay(explanation) == .different("false"))
    }

    @Test("another version of the rule is told apart")
    func otherVersion() throws {
        let changed = try PolicySet.load(files: [("w.yaml", policy.replacingOccurrences(of: ">= 7", with: ">= 9"))])
        #expect(changed.replay(finding.explanation) == .otherVersion(changed.rules[0].reference.version))
        #expect(try PolicySet.load(files: [("p.yaml", sample())]).replay(finding.explanation) == .otherVersion(nil))
    }

    @Test("what was stored before readings were kept can still be read")
    func old() throws {
        let old =
            #"{"rule":{"policy":"waves","id":"w.flood","version":"\#(finding.rule.version)"},"condition":"true","result":"true","steps":[{"expression":"a","value":"true"}],"signals":[]}"#
        let explanation = try JSONDecoder().decode(Explanation.self, from: Data(old.utf8))
        #expect(explanation.steps == [Explanation.Step(expression: "a", value: "true")])
        guard case .incomplete = set.replay(explanation) else {
            Issue.record("\(set.replay(explanation))")
            return
        }
    }
}
