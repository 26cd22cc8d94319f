// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// What stands in lists, banks and patterns, and was found.
enum SignalEntries {
    /// Each once, whichever policies look for it.
    static func values(_ signals: [Signal], _ language: ConsoleLanguage) -> [[String: Any]] {
        let all = signals.flatMap { signal in signal.matches.map { (signal.kind, $0) } }
        // A link that a list holds is not told again among all links.
        let listed = Set(all.filter { !$0.1.isOfAllLinks }.map(\.1.entry))
        var seen: Set<[String]> = []
        return all.filter { kind, match in
            if match.isOfAllLinks, listed.contains(match.entry) { return false }
            return seen.insert([match.bank, match.entry, match.variant]).inserted
        }.prefix(20).map { kind, match in values(match, kind, language) }
    }

    static func values(_ match: Match, _ kind: SignalKind, _ language: ConsoleLanguage) -> [String: Any] {
        var values: [String: Any] = ["bank": match.bank, "trust": false, "entry": match.entry, "variant": false]
        switch kind {
        // Of a pattern there is no trust to speak of, and nothing that could be turned.
        case .contact, .personal: values["bank"] = CaseSignals.word("match", match.bank, language)
        case .link where match.isOfAllLinks: values["bank"] = false
        case .text, .link: break
        case .sha256, .pdq, .model, .provenance:
            values["trust"] = ConsoleStrings.text("trust.\(match.trust.rawValue)", language)
            values["entry"] = Shown.short(match.entry)
            if let variant = variant(match.variant, language) { values["variant"] = variant }
        }
        return values
    }

    /// How the picture was changed; nil when it was not.
    private static func variant(_ name: String, _ language: ConsoleLanguage) -> String? {
        if name == "original" { return nil }
        if ConsoleStrings.has("variant.\(name)") { return ConsoleStrings.text("variant.\(name)", language) }
        if name.hasPrefix("frame at ") { return StoredWords.shown(name, language) }
        guard name.hasSuffix("-inverted") else { return ConsoleStrings.text("variant.part", language) }
        let parts = [variant(String(name.dropLast(9)), language), ConsoleStrings.text("variant.inverted", language)]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}

extension Match {
    /// The signal `links` holds every link, whether or not anybody looks for it.
    fileprivate var isOfAllLinks: Bool { bank == "links" }
}
