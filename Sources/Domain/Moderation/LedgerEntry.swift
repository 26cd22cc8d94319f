// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// Something that must be provable later: who did what to what, without content.
package struct LedgerEntry: Hashable, Sendable, Codable {
    /// A word such as `decision.made`, `action.done`, `evidence.viewed`, `account.logged-in`.
    package var kind: String
    package var at: Date
    /// `person:hana`, `rules:…` or `system`.
    package var actor: String
    /// What it is about, by id.
    package var subject: String
    /// Further facts; never content.
    package var facts: [String: String]

    package init(kind: String, at: Date, actor: String, subject: String, facts: [String: String] = [:]) {
        self.kind = kind
        self.at = at
        self.actor = actor
        self.subject = subject
        self.facts = facts
    }
}
