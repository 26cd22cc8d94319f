// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// Sentences that the program itself has stored, in English, in the reader's language: why a case was opened, why a signal is unknown.
///
/// They are known by their form (`rule %@ fired`); what people wrote, and what a library said, stays as it is.
enum StoredWords {
    static func shown(_ text: String, _ language: ConsoleLanguage) -> String {
        guard language != .en else { return text }
        // Several rules' reasons stand side by side.
        return parts(of: text).map { part in one(part, language) }.joined(separator: "; ")
    }

    /// What a person gave as a reason is theirs; the program may have added to it what a platform cannot take back.
    static func reason(_ decision: Decision, _ language: ConsoleLanguage) -> String {
        if case .person = decision.by, !decision.reason.contains(" (the platform cannot take back: ") { return decision.reason }
        return shown(decision.reason, language)
    }

    private static func one(_ text: String, _ language: ConsoleLanguage) -> String {
        for form in forms {
            guard let found = form.values(in: text) else { continue }
            let words = form.entry.text(language).split(separator: "%@", omittingEmptySubsequences: false)
            let values = found.map { Self.shown($0, language) } + [""]
            return zip(words, values).map { $0 + $1 }.joined()
        }
        return text
    }

    /// Between semicolons that stand in no brackets.
    private static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        for piece in text.split(separator: "; ", omittingEmptySubsequences: false) {
            part += part.isEmpty ? String(piece) : "; \(piece)"
            depth += piece.count { $0 == "(" } - piece.count { $0 == ")" }
            guard depth <= 0 else { continue }
            parts.append(part)
            (part, depth) = ("", 0)
        }
        return part.isEmpty ? parts : parts + [part]
    }

    /// A sentence with places for values, which stand in the same order in every language.
    private struct Form: Sendable {
        var entry: ConsoleStrings.Entry
        var words: [String]

        init(_ entry: ConsoleStrings.Entry) {
            self.entry = entry
            words = entry.en.split(separator: "%@", omittingEmptySubsequences: false).map(String.init)
        }

        /// What stands in the places; nil when it is another sentence.
        func values(in text: String) -> [String]? {
            guard words.count > 1 else { return text == words[0] ? [] : nil }
            guard text.hasPrefix(words[0]) else { return nil }
            var rest = text.dropFirst(words[0].count)
            var values: [String] = []
            for word in words.dropFirst().dropLast() {
                guard let end = rest.range(of: word) else { return nil }
                values.append(String(rest[..<end.lowerBound]))
                rest = rest[end.upperBound...]
            }
            let last = words[words.count - 1]
            guard rest.hasSuffix(last) else { return nil }
            return values + [String(rest.dropLast(last.count))]
        }
    }

    private static let forms = ConsoleStrings.stored.map(Form.init)
}
