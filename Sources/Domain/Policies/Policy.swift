// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// One policy file: clauses that people can cite, what detectors look for, rules, and tests of the rules.
package struct Policy: Sendable {
    package var id: String
    package var owner: String
    package var clauses: [ClauseCatalogue.Entry]
    package var lists: [PolicyList]
    package var signals: [SignalDeclaration]
    package var rules: [Rule]
    package var tests: [PolicyTest]
}

/// Texts or links that a signal compares with, written in the policy itself.
package struct PolicyList: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable { case text, link }

    package var name: String
    package var kind: Kind
    package var entries: [String]
}

/// A condition and what follows from it.
package struct Rule: Sendable {
    package var reference: RuleReference
    package var stage: RuleFinding.Stage
    /// The share of events, in hundredths, on which a `canary` rule acts.
    package var percent: Int
    package var events: [EventKind]
    /// The condition as written.
    package var when: String
    package var effects: [Effect]
    package var quota: RuleFinding.Quota?
    package var unknown: RuleFinding.UnknownMeaning
    let condition: Condition
}
