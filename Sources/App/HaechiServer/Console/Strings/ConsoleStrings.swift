// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Everything that the console says, in each of its languages: one line an expression, so that nothing can be half translated.
enum ConsoleStrings {
    struct Entry: Sendable {
        var key: String
        var en: String
        var ko: String

        init(_ key: String, en: String, ko: String) {
            self.key = key
            self.en = en
            self.ko = ko
        }

        func text(_ language: ConsoleLanguage) -> String {
            switch language {
            case .en: en
            case .ko: ko
            }
        }
    }

    /// The text, with `%@` where something is put in; the key itself when there is none, which a test looks for.
    static func text(_ key: String, _ language: ConsoleLanguage) -> String { tables[language]?[key] ?? key }

    /// Whether there is such an expression.
    static func has(_ key: String) -> Bool { tables[.en]?[key] != nil }

    /// For templates, which write `t.queue.take` with an underscore for each further dot: `t.queue_take`.
    static func all(_ language: ConsoleLanguage) -> [String: String] { templateTables[language] ?? [:] }

    private static let tables: [ConsoleLanguage: [String: String]] = Dictionary(
        uniqueKeysWithValues: ConsoleLanguage.allCases.map { language in
            (language, Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.text(language)) }))
        })

    private static let templateTables: [ConsoleLanguage: [String: String]] = tables.mapValues { table in
        Dictionary(uniqueKeysWithValues: table.map { ($0.key.replacing(".", with: "_"), $0.value) })
    }

    /// Each page's words are in a file of their own beside this one.
    private static let entries: [Entry] = [
        frame, words, overview, cases, decisions, banks, lookBack, rules, signals, names, stored, errors,
    ].flatMap { $0 }
}
