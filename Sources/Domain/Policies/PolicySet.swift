// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// All policies of an installation, checked together; immutable.
package struct PolicySet: Sendable {
    package let policies: [Policy]
    package let clauses: ClauseCatalogue
    /// What detectors have to look for, each name once.
    package let signals: [SignalDeclaration]
    package let lists: [PolicyList]
    /// Changes when any rule, stage or clause does.
    package let version: String
    let rulesByKind: [EventKind: [Rule]]

    package var ruleCount: Int { policies.reduce(0) { $0 + $1.rules.count } }

    init(_ policies: [Policy]) {
        self.policies = policies
        clauses = ClauseCatalogue(entries: policies.flatMap(\.clauses))
        signals = Array(Set(policies.flatMap(\.signals))).sorted { $0.name < $1.name }
        lists = policies.flatMap(\.lists)
        var fingerprint = ContentHash()
        var byKind: [EventKind: [Rule]] = [:]
        for policy in policies {
            for clause in policy.clauses {
                fingerprint.add(clause.id.rawValue)
                for (language, text) in clause.texts.sorted(by: { $0.key < $1.key }) { fingerprint.add(language + "=" + text) }
            }
            for rule in policy.rules {
                fingerprint.add("\(rule.reference.version) \(rule.stage) \(rule.percent)")
                guard rule.stage != .draft, rule.stage != .retired else { continue }
                for kind in rule.events { byKind[kind, default: []].append(rule) }
            }
        }
        version = fingerprint.text
        rulesByKind = byKind
    }

    /// Reads and checks policy files.
    ///
    /// - Parameter files: paths as they shall stand in diagnostics, with their text.
    /// - Throws: everything that is wrong in all files at once; then nothing is loaded.
    package static func load(files: [(path: String, text: String)]) throws(PolicyError) -> PolicySet {
        var diagnostics: [Diagnostic] = []
        var policies: [Policy] = []
        var known = KnownNames()
        for file in files {
            var reader = PolicyReader(file: file.path, text: file.text)
            if let policy = reader.policy(&known) { policies.append(policy) }
            diagnostics += reader.diagnostics
        }
        guard diagnostics.isEmpty else { throw PolicyError(diagnostics) }
        return PolicySet(policies)
    }
}

/// Names that must be unique over all files, with the place of the first use.
struct KnownNames {
    var policies: [String: String] = [:]
    var rules: [String: String] = [:]
    var clauses: [String: String] = [:]
    var lists: [String: String] = [:]
    var signals: [String: SignalDeclaration] = [:]
}
