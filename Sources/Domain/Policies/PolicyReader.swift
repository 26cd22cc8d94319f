// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Yams

/// Reads one policy file, noting everything that is wrong with it on the way.
struct PolicyReader {
    struct Entry {
        let key: Node
        let value: Node
    }

    let file: String
    let text: String
    var diagnostics: [Diagnostic] = []

    init(file: String, text: String) {
        self.file = file
        self.text = text
    }

    /// The policy; what is wrong is in `diagnostics`, and the policy is then not to be used.
    mutating func policy(_ known: inout KnownNames) -> Policy? {
        guard let root = parse() else { return nil }
        guard
            let top = mapping(
                root, "a policy", required: ["policy", "owner", "clauses", "rules"], optional: ["state", "tests"])
        else { return nil }
        let id = top["policy"].flatMap { name($0.value, "the policy's name") } ?? ""
        claim(id, top["policy"]?.value, "policy", in: &known.policies)
        let owner = top["owner"].flatMap { string($0.value, "the owner") } ?? ""
        let clauses = top["clauses"].map { self.clauses($0.value, policy: id, &known) } ?? []
        let state = top["state"].map { self.state($0.value, &known) } ?? PolicyState()
        let context = RuleContext(policy: id, clauses: clauses.map(\.id), signals: state.signals)
        let rules = top["rules"].map { self.rules($0.value, context, &known) } ?? []
        let tests = top["tests"].map { self.tests($0.value, rules: rules, signals: state.signals) } ?? []
        return Policy(
            id: id, owner: owner, clauses: clauses, lists: state.lists, signals: state.signals, rules: rules, tests: tests)
    }

    private mutating func parse() -> Node? {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
            note(line: 1, column: 1, "the file is empty", expected: "a policy")
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                note(line: mark.line, column: mark.column, "this is no YAML: \(problem)")
            case .duplicatedKeysInMapping(let keys, let context):
                for key in keys { note(line: context.mark.line, column: context.mark.column, "the key '\(key)' is there twice") }
            default:
                note(line: 1, column: 1, "this is no YAML: \(error)")
            }
        } catch {
            note(line: 1, column: 1, "this is no YAML")
        }
        return nil
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

    private mutating func clauses(_ node: Node, policy: String, _ known: inout KnownNames) -> [ClauseCatalogue.Entry] {
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
                if code.count != 2 || !code.allSatisfy(\.isLetter) {
                    note(language.key, "'\(code)' is no language code", expected: "two letters, such as en or ko")
                }
                texts[code] = text
            }
            if texts["en"] == nil {
                note(entry.key, "the clause '\(id)' has no English text", expected: "en: a sentence that people can cite")
            }
            result.append(ClauseCatalogue.Entry(id: ClauseID(id), policy: policy, texts: texts))
        }
        return result
    }
}
