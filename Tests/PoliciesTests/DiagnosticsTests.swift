// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Policies
import Testing

@Suite("What is wrong with a policy is told at its place")
struct DiagnosticsTests {
    @Test("a right policy has no diagnostics")
    func right() {
        #expect(diagnostics(sample()) == [])
    }

    @Test(
        "one mistake, one message",
        arguments: [
            (
                "copy.matchd",
                #"p.yaml:12:16: there is no field 'matchd'; expected one of bank, count, distance, label, matched, trust, value (did you mean 'matched'?)"#
            ),
            (
                "\"copy.matchd\"",
                #"p.yaml:12:17: there is no field 'matchd'; expected one of bank, count, distance, label, matched, trust, value (did you mean 'matched'?)"#
            ),
            (
                "'copy.trust == ''x'' && copy.nope'",
                #"p.yaml:12:40: there is no field 'nope'; expected one of bank, count, distance, label, matched, trust, value"#
            ),
            (
                "\"copy.trust == \\\"x\\\" && copy.nope\"",
                #"p.yaml:12:40: there is no field 'nope'; expected one of bank, count, distance, label, matched, trust, value"#
            ),
            (
                "|\n      copy.matched &&\n        copy.nope",
                #"p.yaml:14:14: there is no field 'nope'; expected one of bank, count, distance, label, matched, trust, value"#
            ),
            (
                ">-\n      copy.matched &&\n      copy.nope",
                #"p.yaml:14:12: there is no field 'nope'; expected one of bank, count, distance, label, matched, trust, value"#
            ),
            (
                "actor.age < \"24h\"",
                #"p.yaml:12:21: '<' cannot take duration and string; expected duration < duration (write duration("24h"))"#
            ),
            (
                "copy",
                "p.yaml:12:11: the condition is no bool but a signal; expected a condition that is true or false (ask for its field '.matched')"
            ),
            ("copy.matched and true", "p.yaml:12:24: unexpected 'and'; expected an operator or the end (write '&&')"),
            ("yes", "p.yaml:12:11: 'yes' without quotes is a truth value in YAML, not text; expected text (write \"yes\")"),
        ])
    func condition(when: String, expected: String) {
        #expect(diagnostics(sample(when: when)) == [expected])
    }

    @Test(
        "effects",
        arguments: [
            (
                "[ { preserve: {} }, { remov: { clause: c.1 } } ]",
                "p.yaml:13:33: there is no effect 'remov'; expected one of preserve, review, notify, remove, quarantine, suspend, lock, ban, block, label (did you mean 'remove'?)"
            ),
            (
                "[ { preserve: {} }, { remove: {} } ]",
                "p.yaml:13:33: the effect 'remove' has no 'clause'; expected the clause that people can read and appeal against"
            ),
            (
                "[ { preserve: {} }, { remove: { clause: c.2 } } ]",
                "p.yaml:13:51: there is no clause 'c.2' in this policy; expected one of c.1 (did you mean 'c.1'?)"
            ),
            (
                "[ { remove: { clause: c.1 } } ]",
                "p.yaml:13:15: 'remove' without 'preserve' before it (write - preserve: {} above: evidence is kept before anything goes)"
            ),
            ("preserve", "p.yaml:13:11: 'preserve' cannot be a list of effects; expected a list"),
        ])
    func effects(then: String, expected: String) {
        #expect(diagnostics(sample(then: then)) == [expected])
    }

    @Test(
        "stages, keys and names",
        arguments: [
            (
                "stage: live", "stage: lve",
                "p.yaml:10:12: 'lve' is no stage; expected one of draft, shadow, canary, live, retired (did you mean 'live'?)"
            ),
            (
                "stage: live", "stage: canary",
                "p.yaml:9:5: a canary rule has no 'percent'; expected percent: the share of events it acts on, 1 to 99"
            ),
            ("events: [message.posted]", "on: [message.posted]", "p.yaml:9:5: a rule has no 'events'"),
            (
                "message.posted", "message.post",
                "p.yaml:11:14: 'message.post' is no kind of event; expected one of message.posted, message.edited, space.picture.changed, actor.picture.changed, space.changed (did you mean 'message.posted'?)"
            ),
            (
                "owner: someone", "ownr: someone",
                "p.yaml:2:1: unknown key 'ownr' in a policy; expected one of policy, owner, clauses, rules, state, tests (did you mean 'owner'?)"
            ),
            (
                "owner: someone", "owner: no",
                "p.yaml:2:8: 'no' without quotes is a truth value in YAML, not text; expected text (write \"no\")"
            ),
            (
                "kind: pdq, bank: confirmed", "kind: pdq, list: confirmed",
                "p.yaml:7:24: a signal of kind pdq has no 'list'; expected bank"
            ),
            (
                "kind: pdq", "kind: pqd",
                "p.yaml:7:19: 'pqd' is no kind of signal; expected one of sha256, pdq, text, link, model, provenance, contact, personal (did you mean 'pdq'?)"
            ),
            (
                "unknown: hold", "quota: { per: 1 hour, max: 5 }",
                "p.yaml:14:19: '1 hour' cannot be the time of a quota; expected a time span such as 30s, 10m, 1h or 7d"
            ),
            (
                "unknown: hold", "quota: { per: 1h, max: many }",
                "p.yaml:14:28: 'many' cannot be the maximum of a quota; expected a whole number from 1 to 1000000000"
            ),
            (
                "state:", "state:\n  counters: { posts: { window: 10m } }",
                "p.yaml:6:22: the counter 'posts' has no 'events'"
            ),
        ])
    func structure(written: String, replaced: String, expected: String) throws {
        let text = sample()
        let range = try #require(text.range(of: written))
        #expect(diagnostics(text.replacingCharacters(in: range, with: replaced)).contains(expected))
    }

    @Test("all mistakes of all files at once, in order")
    func together() {
        let error = #expect(throws: PolicyError.self) {
            try PolicySet.load(files: [("b.yaml", sample(stage: "lve")), ("a.yaml", sample(when: "copy.nope || txt == ''"))])
        }
        #expect(
            error?.diagnostics.map { "\($0.file):\($0.line) \($0.message)" } == [
                "a.yaml:1 the policy 'sample' exists already", "a.yaml:4 the clause 'c.1' exists already",
                "a.yaml:9 the rule 'r.1' exists already", "a.yaml:12 there is no field 'nope'", "a.yaml:12 'txt' is not declared",
                "b.yaml:10 'lve' is no stage",
            ])
    }

    @Test(
        "what is no YAML",
        arguments: [
            ("", "p.yaml:1:1: the file is empty; expected a policy"),
            ("a: [", "p.yaml:2:1: this is no YAML: did not find expected node content"),
            ("- a", "p.yaml:1:1: a list cannot be a policy; expected a mapping of keys to values"),
        ])
    func noYAML(text: String, expected: String) {
        #expect(diagnostics(text) == [expected])
    }

    @Test("a key that is there twice")
    func duplicateKey() {
        #expect(diagnostics("policy: a\npolicy: b").first?.contains("the key 'policy' is there twice") == true)
    }
}
