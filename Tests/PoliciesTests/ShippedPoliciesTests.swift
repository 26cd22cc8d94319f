// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

@Suite("The policies that are shipped")
struct ShippedPoliciesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Policies")

    private func load() throws -> PolicySet {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        let files = try names.map { name in
            let path = Self.folder.appending(path: "\(name)/policy.yaml")
            return (path: "\(name)/policy.yaml", text: try String(contentsOf: path, encoding: .utf8))
        }
        return try PolicySet.load(files: files) { try? String(contentsOf: Self.folder.appending(path: $0), encoding: .utf8) }
    }

    @Test("are right, and their own tests pass")
    func tests() throws {
        let results = try load().runTests()
        #expect(results.failures.map(\.description) == [])
        #expect(results.passed >= 34)
    }

    @Test("cite every clause in English and Korean")
    func languages() throws {
        for clause in try load().clauses.entries { #expect(Set(clause.texts.keys) == ["en", "ko"], "\(clause.id)") }
    }

    @Test("give no warning but that what nobody has confirmed waits for a person")
    func warnings() throws {
        let warnings = try load().warnings.filter { !$0.message.hasSuffix("so each hit waits for a person") }
        #expect(warnings.map(\.description) == [])
    }

    @Test("look into pictures, too: only behind words that cost nothing, and without a say yet")
    func pictures() throws {
        let policies = try load()
        let names = Set(policies.policies.flatMap(\.signals).filter { $0.source == .pictures }.map(\.name))
        let rules = policies.rules.filter { !names.isDisjoint(with: $0.signals) }
        #expect(rules.map(\.reference.id) == ["solicitation.advert-in-picture"])
        #expect(rules.allSatisfy { $0.stage == .shadow && $0.unknown == .skip })
    }

    @Test("take from nobody on words alone")
    func words() throws {
        let policy = try #require(try load().policies.first { $0.id == "solicitation" })
        #expect(policy.rules.allSatisfy { $0.effects.allSatisfy { !$0.kind.isDestructive } })
    }
}

@Suite("Tests beside the rules")
struct PolicyTestTests {
    private func failures(_ expectation: String) throws -> [String] {
        let more = "tests:\n  - name: t\n    given: { signals: { copy: { trust: verified } } }\n    expect: \(expectation)"
        return try PolicySet.load(files: [("p.yaml", sample(more: more))]).runTests().failures.map(\.description)
    }

    @Test("pass when the rules do what is expected, else say what happened")
    func outcome() throws {
        #expect(try failures("{ fired: [r.1], effects: [notify, preserve, remove] }") == [])
        #expect(try failures("{ fired: [] }") == ["p.yaml:16: t: fired: r.1 instead of none"])
        #expect(
            try failures("{ effects: [preserve] }") == ["p.yaml:16: t: effects: notify, preserve, remove instead of preserve"])
    }

    @Test("name only signals and rules that exist")
    func names() {
        let more = "tests:\n  - name: t\n    given: { signals: { cpy: {} } }\n    expect: { fired: [r.2] }"
        #expect(
            diagnostics(sample(more: more)).first
                == "p.yaml:17:25: there is no signal 'cpy' in state.signals (did you mean 'copy'?)")
    }
}
