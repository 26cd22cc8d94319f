// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Labels")
struct LabelStoreTests {
    private let ann = LabelSubject.actor("matrix", "@ann")
    private let plaza = LabelSubject.space("matrix", "!plaza")

    private func at(_ hours: Double) -> Date { Sample.now.addingTimeInterval(hours * 3_600) }

    private func label(
        _ name: String, on subject: LabelSubject? = nil, at hours: Double = 0, until end: Double? = nil, reason: String = "known"
    ) -> Label {
        Label(
            name: name, subject: subject ?? ann, by: .person("hana"), reason: reason, at: at(hours), expiresAt: end.map(at),
            isManual: true)
    }

    private func set(_ store: Store, _ label: Label, isOn: Bool = true) async throws {
        try await store.set(label, isOn: isOn, ledger: [Sample.entry(label.name, kind: isOn ? "label.set" : "label.unset")])
    }

    /// A decision of a rule, or one that takes it back.
    private func decide(
        _ store: Store, _ id: String, _ kind: EffectKind, _ name: String, on: String = "actor", hours: Int? = nil,
        at time: Double = 0, undoes: Bool = false
    ) async throws {
        var decision = Sample.decision(id)
        decision.at = at(time)
        var parameters = ["name": name, "on": on]
        parameters["hours"] = hours.map(String.init)
        decision.effects = [Effect(.remove), Effect(kind, parameters: parameters)]
        if undoes { (decision.verdict, decision.by) = (.undo, .person("bo")) }
        let done = try await store.commit([Commit(decision: decision, ledger: [Sample.entry(id)])])
        #expect(done == [.applied(nil)])
    }

    private func names(_ store: Store, on subject: LabelSubject? = nil, at hours: Double = 0) async throws -> [String] {
        try await store.labels(on: [subject ?? ann], at: at(hours)).map(\.name)
    }

    @Test(
        "a label is on one actor or space of one platform until it expires, with who, why and its entry",
        arguments: Engine.allCases)
    func expiry(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            let trusted = label("trusted", reason: "seit Jahren bekannt: 지인")
            try await set(store, trusted)
            try await set(store, label("new", at: 1, until: 3))
            try await set(store, label("quiet", on: plaza))
            #expect(try await store.labels(on: [ann, plaza], at: at(1)).map(\.name) == ["new", "trusted", "quiet"])
            #expect(try await store.labels(on: [ann], at: at(4)) == [trusted])
            #expect(try await names(store, at: 2.999) == ["new", "trusted"])
            #expect(try await names(store, at: 3) == ["trusted"], "the end is not in it")
            for other in [LabelSubject.actor("other", "@ann"), .actor("matrix", "!plaza"), .space("matrix", "@ann")] {
                #expect(try await names(store, on: other) == [])
            }
            #expect(try await store.labels(on: [], at: at(1)) == [])
            #expect(try await store.labels(named: nil, at: at(1), limit: 2).map(\.name) == ["new", "quiet"], "the latest first")
            #expect(try await store.labels(named: "trusted", at: at(1), limit: 9) == [trusted])
            try await set(store, trusted, isOn: false)
            #expect(try await names(store, at: 4) == [])
            #expect(try await store.ledgerSubjects() == ["trusted", "new", "quiet", "trusted"])
        }
    }

    @Test("decisions put labels on and take them off in their commit, and an undo leaves nothing", arguments: Engine.allCases)
    func decisions(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await decide(store, "d-1", .label, "noisy", hours: 2)
            try await decide(store, "d-2", .label, "busy", on: "space")
            let noisy = try #require(try await store.labels(on: [ann], at: at(1)).first)
            #expect(noisy.by == Sample.decision("d-1").by && !noisy.isManual && noisy.expiresAt == at(2))
            #expect(try await names(store, at: 2) == [])
            #expect(try await names(store, on: plaza, at: 99) == ["busy"])
            // The same decision again is refused as a whole.
            var again = Sample.decision("d-1")
            again.effects = [Effect(.label, parameters: ["name": "other", "on": "actor"])]
            #expect(try await store.commit([Commit(decision: again)]) == [.superseded])
            #expect(try await names(store, at: 1) == ["noisy"])
            try await decide(store, "d-3", .unlabel, "busy", on: "space", at: 1)
            #expect(try await names(store, on: plaza, at: 1) == [])
            try await decide(store, "u-d-3", .label, "busy", on: "space", at: 1, undoes: true)
            #expect(try await store.labels(on: [plaza], at: at(1)).map(\.isManual) == [false], "rules may go on with it")
            try await decide(store, "u-d-1", .unlabel, "noisy", at: 1, undoes: true)
            #expect(try await names(store, at: 1) == [])
            try await decide(store, "d-4", .label, "noisy", at: 1)
            #expect(try await names(store, at: 1) == ["noisy"], "an undo is no word against the next time")
        }
    }

    @Test("a person's word stands against rules while it is in force, and no longer", arguments: Engine.allCases)
    func manual(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            try await decide(store, "d-1", .label, "noisy")
            try await set(store, label("noisy", at: 1, until: 10), isOn: false)
            #expect(try await names(store, at: 2) == [])
            try await decide(store, "d-2", .label, "noisy", at: 9)
            #expect(try await names(store, at: 9) == [], "a person took it off")
            try await decide(store, "d-3", .label, "noisy", at: 10)
            #expect(try await names(store, at: 11) == ["noisy"], "that word has expired")

            try await set(store, label("trusted"))
            try await decide(store, "d-4", .unlabel, "trusted", at: 5)
            try await decide(store, "d-5", .label, "trusted", hours: 1, at: 5)
            try await decide(store, "u-d-5", .unlabel, "trusted", at: 5, undoes: true)
            let trusted = try await store.labels(named: "trusted", at: at(99), limit: 9)
            #expect(trusted == [label("trusted")], "neither a rule nor the undo of one changes it")
            try await set(store, label("trusted", at: 6, until: 7, reason: "not so sure"))
            #expect(try await store.labels(named: "trusted", at: at(6), limit: 9).map(\.reason) == ["not so sure"])
            #expect(try await names(store, at: 12) == ["noisy"], "a person's later word replaces the earlier")
        }
    }
}
