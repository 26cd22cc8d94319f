// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The languages that the console speaks.
enum ConsoleLanguage: String, Sendable, CaseIterable {
    case en, ko

    var name: String {
        switch self {
        case .en: "English"
        case .ko: "한국어"
        }
    }

    /// What the person chose, else what the browser prefers, else English.
    init(cookie: String?, acceptLanguage: String?) {
        self = cookie.flatMap(Self.init) ?? Self.preferred(acceptLanguage ?? "") ?? .en
    }

    private static func preferred(_ header: String) -> ConsoleLanguage? {
        let wishes = header.split(separator: ",").compactMap { part -> (language: ConsoleLanguage, weight: Double)? in
            let fields = part.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let tag = fields.first, let primary = tag.split(separator: "-").first,
                let language = ConsoleLanguage(rawValue: primary.lowercased())
            else { return nil }
            let weight = fields.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return weight > 0 ? (language, weight) : nil
        }
        // Of equal wishes the first one counts.
        return wishes.enumerated().max { ($0.element.weight, -$0.offset) < ($1.element.weight, -$1.offset) }?.element.language
    }
}
