// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Policies
import Testing

@Suite("Rules turn signals into findings")
struct DecideTests {
    private func decide(_ text: String, _ signals: [Signal], id: EventID = "e1", age: Double? = nil) throws -> RuleFinding {
        let set = try PolicySet.load(files: [("p.yaml", text)])
        let event = try #require(makeEvent(id: id, text: "hello there", age: age))
        let finding = try #require(set.explain(event, given: signals).first)
        // What did not fire is left out of decisions.
        #expect(set.decide(event, given: signals) == (finding.result == .notFired ? [] : [finding]))
        return finding
    }

    @Test("a rule fires with its effects and says why")
    func fires() throws {
        let finding = try decide(sample(), [copy(verified)])
        #expect(finding.result == .fired)
        #expect(finding.effects == [Effect(.preserve), Effect(.remove, clause: "c.1"), Effect(.notify)])
        #expect(
            finding.explanation.steps.map { "\($0.expression) = \($0.value)" } == [
                "copy.matched = true", "copy.trust = \"verified\"", "copy.trust == \"verified\" = true",
                "copy.matched && copy.trust == \"verified\" = true",
            ])
        #expect(finding.explanation.signals.map(\.name) == ["copy"])
        #expect(finding.explanation.result == "true")
    }

    @Test("a rule that does not fire has no effects")
    func silent() throws {
        let finding = try decide(sample(), [copy(.absent)])
        #expect(finding.result == .notFired)
        #expect(finding.effects.isEmpty)
    }

    @Test(
        "unknown is not false: no effects, a person is asked",
        arguments: [
            [copy(.unknown("the picture could not be read"))], [],
        ])
    func unknown(signals: [Signal]) throws {
        let finding = try decide(sample(), signals)
        guard case .unknown(let reason, then: .hold) = finding.result else {
            Issue.record("\(finding.result)")
            return
        }
        #expect(reason.contains("signal 'copy'"))
        #expect(finding.effects.isEmpty)
    }

    @Test("a condition that fails is unknown, too")
    func failure() throws {
        let finding = try decide(sample(when: "copy.count / 0 == 1"), [copy(verified)])
        guard case .unknown(let reason, then: .hold) = finding.result else {
            Issue.record("\(finding.result)")
            return
        }
        #expect(reason.contains("division by zero"))
    }

    @Test("a comparison of distances alone does not fire where nothing matched")
    func distance() throws {
        #expect(try decide(sample(when: "copy.distance <= 31"), [copy(.absent)]).result == .notFired)
    }

    @Test("the most trusted match speaks")
    func trust() throws {
        let matches = [
            Match(bank: "x", trust: .claimed, distance: 0, entry: "a"),
            Match(bank: "confirmed", trust: .verified, distance: 9, entry: "b"),
        ]
        #expect(
            try decide(sample(when: "copy.trust == 'verified' && copy.distance == 9"), [copy(.matched(matches))]).result == .fired
        )
    }

    @Test("the account's age is counted at the event")
    func age() throws {
        let text = sample(when: "actor.age < duration('24h')")
        #expect(try decide(text, [], age: 3_600).result == .fired)
        #expect(try decide(text, [], age: 90_000).result == .notFired)
        guard case .unknown = try decide(text, []).result else {
            Issue.record("an account of unknown age has an age")
            return
        }
    }

    @Test("content does not get into explanations")
    func content() throws {
        let finding = try decide(sample(when: "text.contains('hello') && [text].exists(t, t != '')"), [])
        #expect(finding.result == .fired)
        let told = finding.explanation.steps.map(\.value).joined(separator: "\n") + finding.explanation.result
        #expect(!told.contains("there"))
        #expect(told.contains("text of 11 characters"))
    }

    @Test("drafts and retired rules are not asked", arguments: ["draft", "retired"])
    func stages(stage: String) throws {
        let set = try PolicySet.load(files: [("p.yaml", sample(stage: stage))])
        let event = try #require(makeEvent())
        #expect(set.decide(event, given: [copy(verified)]).isEmpty)
    }

    @Test("a canary acts on its share of events, always the same ones")
    func canary() throws {
        let set = try PolicySet.load(files: [("p.yaml", sample(stage: "canary\n    percent: 20"))])
        let stages = try (0..<2_000).map { number in
            let event = try #require(makeEvent(id: EventID("$event\(number)")))
            return try #require(set.decide(event, given: [copy(verified)]).first).stage
        }
        let acting = stages.count { $0 == .canary }
        #expect((300...500).contains(acting), "\(acting) of 2000")
        #expect(stages.allSatisfy { $0 == .canary || $0 == .shadow })
    }

    @Test("the version changes with what a rule does, not with its stage")
    func version() throws {
        let live = try decide(sample(), [copy(.absent)]).rule.version
        #expect(try decide(sample(stage: "shadow"), [copy(.absent)]).rule.version == live)
        #expect(try decide(sample(when: "copy.matched"), [copy(.absent)]).rule.version != live)
        #expect(try decide(sample(then: "[ { preserve: {} } ]"), [copy(.absent)]).rule.version != live)
        #expect(live.utf8.count == 16)
    }
}
