// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Yams

/// Reads one policy file, noting everything that is wrong with it on the way.
///
/// In two steps, because rules may use labels that another file declares: `outline` reads the names of all files, then `policy` the
/// rules and tests.
struct PolicyReader {
    struct Entry {
        let key: Node
        let value: Node
    }

    /// What a file declares, before its rules are read.
    struct Outline {
        var id: String
        var owner: String
        var clauses: [ClauseCatalogue.Entry]
        var clausePlaces: [ClauseID: Node]
        var state: PolicyState
        var rules: Node?
        var tests: Node?
    }

    let file: String
    let source: PolicyText
    private let text: String
    /// The text of a list that lies in a file beside the policy.
    let readList: (String) -> String?
    let now: Date?
    var diagnostics: [Diagnostic] = []

    init(file: String, text: String, now: Date? = nil, readList: @escaping (String) -> String? = { _ in nil }) {
        self.file = file
        self.text = text
        self.now = now
        self.readList = readList
        source = PolicyText(text)
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Names and state of the file; nil when it cannot be read as a policy at all.
    mutating func outline(_ known: inout KnownNames) -> Outline? {
        guard let root = parse(text),
            let top = mapping(
                root, "a policy", required: ["policy", "owner", "clauses", "rules"], optional: ["state", "tests"])
        else { return nil }
        let id = top["policy"].flatMap { name($0.value, "the policy's name") } ?? ""
        claim(id, top["policy"]?.value, "policy", in: &known.policies)
        let owner = top["owner"].flatMap { string($0.value, "the owner") } ?? ""
        var places: [ClauseID: Node] = [:]
        let clauses = top["clauses"].map { self.clauses($0.value, policy: id, &known, &places) } ?? []
        let state = top["state"].map { self.state($0.value, &known) } ?? PolicyState()
        return Outline(
            id: id, owner: owner, clauses: clauses, clausePlaces: places, state: state, rules: top["rules"]?.value,
            tests: top["tests"]?.value)
    }

    /// The policy; when there are errors in `diagnostics` it is not to be used.
    mutating func policy(_ outline: Outline, _ known: inout KnownNames) -> Policy {
        var context = RuleContext(outline, known)
        let counters = self.counters(outline.state.counters, context)
        context.compiledCounters = counters
        let rules = outline.rules.map { self.rules($0, context, &known) } ?? []
        let tests = outline.tests.map { self.tests($0, rules: rules, context) } ?? []
        let policy = Policy(
            id: outline.id, owner: outline.owner, clauses: outline.clauses, lists: outline.state.lists,
            signals: outline.state.signals, counters: counters, labels: outline.state.labels, rules: rules, tests: tests)
        if !hasErrors { warnOfUnused(policy, outline) }
        return policy
    }

    mutating func claim(_ name: String, _ node: Node?, _ what: String, in names: inout [String: String]) {
        guard !name.isEmpty, let node else { return }
        let place = "\(file):\(node.mark?.line ?? 1)"
        if let earlier = names[name] {
            note(node, "the \(what) '\(name)' exists already", hint: "it is in \(earlier)")
        } else {
            names[name] = place
        }
    }

    private mutating func clauses(
        _ node: Node, policy: String, _ known: inout KnownNames, _ places: inout [ClauseID: Node]
    ) -> [ClauseCatalogue.Entry] {
        guard let entries = entries(node, "the clauses") else { return [] }
        var result: [ClauseCatalogue.Entry] = []
        for entry in entries {
            guard let id = name(entry.key, "a clause's id") else { continue }
            claim(id, entry.key, "clause", in: &known.clauses)
            var texts: [String: String] = [:]
            for language in self.entries(entry.value, "the texts of a clause, by language (en, ko)") ?? [] {
                guard let code = language.key.scalar?.string, let text = string(language.value, "the clause's text") else {
                    continue
                }
                if code.count != 2 || !code.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
                    note(language.key, "'\(code)' is no language code", expected: "two letters, such as en or ko")
                }
                texts[code] = text
            }
            if texts["en"] == nil {
                note(entry.key, "the clause '\(id)' has no English text", expected: "en: a sentence that people can cite")
            }
            places[ClauseID(id)] = entry.key
            result.append(ClauseCatalogue.Entry(id: ClauseID(id), policy: policy, texts: texts))
        }
        return result
    }
}
