// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

extension RuleFinding.Stage {
    /// How far a rule's arm reaches: retired 0, draft 1, shadow 2, canary 3, live 4.
    private var reach: Int {
        switch self {
        case .retired: 0
        case .draft: 1
        case .shadow: 2
        case .canary: 3
        case .live: 4
        }
    }

    /// Whether rules of this stage act, on all events or on some.
    package var acts: Bool { self == .canary || self == .live }

    package static func lower(_ one: Self, _ other: Self) -> Self { one.reach <= other.reach ? one : other }

    package func isAbove(_ other: Self) -> Bool { reach > other.reach }
}

/// Who must agree before a destructive rule acts.
package enum RuleApproval: String, Hashable, Sendable, CaseIterable {
    /// One asks with a back-test, another agrees.
    case twoPeople = "two-people"
    /// One asks with a back-test.
    case onePerson = "one-person"
    /// Whoever may change the files has agreed.
    case files
}

/// The one switch: `caseOnly` turns every destructive effect of rules into one that waits for a person.
package enum RuleMode: String, Hashable, Sendable, Codable, CaseIterable {
    case normal, caseOnly = "case-only"
}
