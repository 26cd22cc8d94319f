// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import TextMatching

/// A way of contact or a number that stands in a text.
struct TextFinding: Hashable, Sendable {
    /// A word of `SignalTypes`.
    var type: String
    /// In its normal form; masked when it belongs to a person.
    var entry: String
    /// UTF-8 bytes of the original text.
    var range: Range<Int>
}

extension Array where Element == TextFinding {
    /// One match an entry, of the types that a declaration counts.
    func state(for declaration: SignalDeclaration, counts: (String) -> Bool) -> SignalState {
        var seen: Set<String> = []
        var matches: [Match] = []
        for finding in self where counts(finding.type) && seen.insert(finding.type + finding.entry).inserted {
            matches.append(Match(bank: finding.type, trust: .claimed, entry: finding.entry))
        }
        return matches.isEmpty ? .absent : .matched(matches)
    }
}

/// Finds all of one kind in a text. Each byte is looked at a bounded number of times, whatever the text.
protocol TextFinder {
    /// - Parameter text: in a view that keeps the case.
    func findings(in text: NormalizedText) -> [TextFinding]
}

/// What is common to detectors whose findings do not depend on any list.
struct FindingReader: Sendable {
    /// More than that is a list of numbers, not somebody's.
    static let mostFindings = 100

    let declarations: [SignalDeclaration]
    let find: @Sendable (String) -> [TextFinding]
    /// Whether a finding's type counts for a declaration that names types.
    let counts: @Sendable (_ type: String, _ wanted: [String]) -> Bool

    func signals(in text: String) -> [Signal] {
        guard !declarations.isEmpty else { return [] }
        let (found, took) = measured { text.isEmpty ? [] : find(text) }
        return declarations.map { declaration in
            let state = found.state(for: declaration) { declaration.types.isEmpty || counts($0, declaration.types) }
            return Signal(name: declaration.name, kind: declaration.kind, state: state, version: "1", microseconds: took)
        }
    }
}
