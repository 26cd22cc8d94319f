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
    package var counters: [CompiledCounter]
    package var labels: [LabelDeclaration]
    package var rules: [Rule]
    package var tests: [PolicyTest]
}

/// Texts, links or names that signals and conditions compare with, written in the policy or in a file beside it.
package struct PolicyList: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable { case text, link, invite, actor, space, word }

    package var name: String
    package var kind: Kind
    package var entries: [String]
}

/// A word that rules and people put on actors or spaces.
package struct LabelDeclaration: Hashable, Sendable {
    package enum Subject: String, Hashable, Sendable, CaseIterable { case actor, space }

    package var name: String
    package var subject: Subject
    /// How long it stays when a rule does not say; nil for as long as nobody takes it away.
    package var hours: Int?
}

/// Something that is counted over a window of event time.
package struct CounterDeclaration: Hashable, Sendable {
    /// What a rule sees while the counter has not been kept for a whole window.
    package enum Warming: String, Hashable, Sendable, CaseIterable {
        case unknown
        /// The count so far.
        case count
    }

    package var name: String
    package var events: [EventKind]
    /// A condition; nil to count every event of its kinds.
    package var whereText: String?
    /// Expressions over the event, each a text, a whole number or a list of texts. A list counts under each of its texts, and a
    /// read gives the largest.
    package var key: [String]
    /// Seconds.
    package var window: Int
    /// What to tell apart, as an expression; nil to count events.
    package var distinct: String?
    package var warming: Warming

    package init(
        name: String, events: [EventKind], whereText: String? = nil, key: [String], window: Int, distinct: String? = nil,
        warming: Warming = .unknown
    ) {
        self.name = name
        self.events = events
        self.whereText = whereText
        self.key = key
        self.window = window
        self.distinct = distinct
        self.warming = warming
    }
}
