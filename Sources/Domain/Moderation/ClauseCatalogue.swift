// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The clauses that people can cite, in every language they are written in.
package struct ClauseCatalogue: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var id: ClauseID
        package var policy: String
        /// Language code (`en`, `ko`) to text.
        package var texts: [String: String]

        package init(id: ClauseID, policy: String, texts: [String: String]) {
            self.id = id
            self.policy = policy
            self.texts = texts
        }

        /// The text in a language, else in English, else in any.
        package func text(_ language: String) -> String {
            texts[language] ?? texts["en"] ?? texts.values.sorted().first ?? id.rawValue
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry]) { self.entries = entries }

    package subscript(id: ClauseID) -> Entry? { entries.first { $0.id == id } }
}
