// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Records
import Storage
import Testing

@Suite("Labels by hand")
struct LabelServiceTests {
    private let ann = LabelSubject.actor("matrix", "@ann")

    private func open() async throws -> (LabelService, CounterWorld) {
        let world = try await CounterWorld()
        let policies = try PolicySet.load(files: [
            (
                "test.yaml",
                """
                policy: test
                owner: tests
                clauses: { t.1: { en: "A test clause" } }
                state:
                  labels: { trusted: { on: actor }, watched: { on: actor, expires: 2h }, quiet: { on: space } }
                rules: []
                """
            )
        ])
        let clock = world.clock
        return (LabelService(store: world.store, declared: { policies.labels }, now: { clock.now }), world)
    }

    private func wish(
        _ name: String, on subject: LabelSubject? = nil, hours: Int? = nil, reason: String = "known", by: String = "hana"
    ) -> LabelService.Wish {
        .init(name: name, subject: subject ?? ann, hours: hours, reason: reason, by: by)
    }

    private func names(_ labels: LabelService) async throws -> [String] {
        try await labels.labels(on: ann).map(\.name)
    }

    @Test("a label stands as long as a person says, else as its policy says, else without an end; with its ledger entry")
    func ends() async throws {
        let (labels, world) = try await open()
        _ = try await labels.set(wish("trusted"))
        _ = try await labels.set(wish("watched"))
        world.clock.advance(by: 3_599 * 2)
        #expect(try await names(labels) == ["trusted", "watched"])
        world.clock.advance(by: 2)
        #expect(try await names(labels) == ["trusted"])
        let long = try await labels.set(wish("watched", hours: 5))
        #expect(long.expiresAt == world.clock.now.addingTimeInterval(5 * 3_600) && long.isManual)
        #expect(long.by == .person("hana"))
        _ = try await labels.unset(wish("trusted", by: "bo"))
        #expect(try await labels.labels(limit: 9).map(\.name) == ["watched"])
        let isIntact = if case .intact = try await world.store.verifyLedger() { true } else { false }
        #expect(isIntact)
        let lines = try await world.store.links(after: 0, limit: 99).map(\.canonical)
        #expect(lines.count == 4)
        #expect(lines[3].contains("label.unset") && lines[3].contains("person:bo") && lines[3].contains("trusted"))
        await world.store.close()
    }

    @Test("what no policy declares, or declares for something else, is refused in words and changes nothing")
    func refusals() async throws {
        let (labels, world) = try await open()
        await #expect(throws: LabelError.undeclared("trustd", declared: ["quiet", "trusted", "watched"])) {
            try await labels.set(wish("trustd"))
        }
        await #expect(throws: LabelError.wrongSubject("quiet", .space)) { try await labels.set(wish("quiet")) }
        await #expect(throws: LabelError.wrongSubject("trusted", .actor)) {
            try await labels.unset(wish("trusted", on: .space("matrix", "!plaza")))
        }
        for wrong in [
            wish("trusted", hours: 0), wish("trusted", hours: 87_601), wish("trusted", reason: ""), wish("trusted", by: ""),
            wish("trusted", on: .actor("matrix", "")), wish("trusted", on: .actor("", "@ann")),
            wish("trusted", reason: String(repeating: "a", count: 501)), wish("trusted", on: .actor("matrix", "a\u{0}")),
        ] {
            await #expect(throws: LabelError.self, "\(wrong)") { try await labels.set(wrong) }
        }
        #expect(LabelError.undeclared("x", declared: ["a"]).message.contains("declared are a"))
        #expect(try await labels.labels(limit: 9).isEmpty)
        #expect(try await world.store.head() == nil)
        // What was declared once may be taken off for ever; what is not declared yet may be put on by who insists.
        _ = try await labels.set(wish("older"), evenUndeclared: true)
        _ = try await labels.unset(wish("older"))
        #expect(try await labels.labels(limit: 9).isEmpty)
        await world.store.close()
    }
}
