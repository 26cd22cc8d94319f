// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Policies
import Testing

private let policy = """
    policy: dear
    owner: someone
    clauses:
      d.1: { en: "A clause." }
    state:
      signals:
        copy: { kind: pdq, bank: confirmed }
        near: { kind: pdq, bank: wide, cost: medium }
        nudity: { kind: model, model: nudity }
        face: { kind: model, model: face }
    rules:
      - id: d.cheap
        stage: live
        events: [message.posted]
        when: copy.matched
        then: [ { review: { clause: d.1 } } ]
      - id: d.both
        stage: live
        events: [message.posted]
        when: text.contains("hello") && !copy.matched && (near.matched || nudity.matched)
        then: [ { review: { clause: d.1 } } ]
      - id: d.draft
        stage: draft
        events: [message.posted]
        when: face.matched
        then: [ { review: { clause: d.1 } } ]
    """

@Suite("Dear signals are computed only when the cheap part leaves the answer open")
struct DearSignalTests {
    private let set: PolicySet

    init() throws { set = try PolicySet.load(files: [("d.yaml", policy)]) }

    /// The names that were computed, in order, and the rules that fired, when dear detectors find what `found` names.
    private func run(
        _ text: String, copy state: SignalState, found: Set<String> = [], served: Set<String> = ["near", "nudity", "face"]
    ) async throws
        -> (computed: [String], fired: [String], unknown: [String])
    {
        let event = try #require(makeEvent(text: text))
        var computed: [String] = []
        let cheap = Signal(name: "copy", kind: .pdq, state: state, version: "7")
        let signals = await set.complete([cheap], for: event) { declaration in
            computed.append(declaration.name)
            guard served.contains(declaration.name) else { return [] }
            let isFound = found.contains(declaration.name)
            return [Signal(name: declaration.name, kind: declaration.kind, state: isFound ? verified : .absent, version: "1")]
        }
        let findings = set.decide(event, given: signals)
        return (
            computed, findings.filter { $0.result == .fired }.map(\.rule.id),
            findings.filter { $0.result != .fired }.map(\.rule.id)
        )
    }

    @Test("what only drafts ask for need not be made")
    func inUse() {
        #expect(set.signalsInUse.map(\.name) == ["copy", "near", "nudity"])
    }

    @Test("not when the text says no")
    func text() async throws {
        #expect(try await run("good morning", copy: .absent) == ([], [], []))
    }

    @Test("not when a cheap signal says no")
    func cheap() async throws {
        #expect(try await run("hello", copy: verified) == ([], ["d.cheap"], []))
    }

    @Test("the cheaper one first, and the dearer one not at all when that was enough")
    func order() async throws {
        #expect(try await run("hello", copy: .absent, found: ["near"]) == (["near"], ["d.both"], []))
        #expect(try await run("hello", copy: .absent, found: ["nudity"]) == (["near", "nudity"], ["d.both"], []))
        #expect(try await run("hello", copy: .absent) == (["near", "nudity"], [], []))
    }

    @Test("a signal that nothing serves is asked for once, and the rule cannot tell")
    func unserved() async throws {
        #expect(try await run("hello", copy: .absent, served: ["near"]) == (["near", "nudity"], [], ["d.both"]))
    }

    @Test("a cheap signal that failed leaves the answer open where it matters")
    func failed() async throws {
        #expect(try await run("hello", copy: .unknown("it failed")).computed == ["near", "nudity"])
        #expect(try await run("good morning", copy: .unknown("it failed")).computed == [])
    }
}
