// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import TextMatching

/// Looks for the phrases of lists in the text of an event, normalised so that spacing tricks, look-alike and split letters do not hide
/// them. Each list is searched in two views: the second joins letters set apart, which hides what stands between real single letters.
package struct TextDetector: Detector, TextReader {
    private struct List: Sendable {
        let declaration: SignalDeclaration
        /// One a view, in the order of `views`.
        let patterns: [PatternSet]

        /// The ids of the phrases that are in the text, each once.
        func find(in texts: [NormalizedText], limit: Int) -> [String] {
            var found: [String] = []
            var seen: Set<String> = []
            for (set, text) in zip(patterns, texts) {
                for match in set.matches(in: text, limit: limit) where seen.insert(match.id).inserted { found.append(match.id) }
            }
            return Array(found.prefix(limit))
        }
    }

    private static let views: [TextView] = [.skeleton, .squeezed]

    private let lists: [List]

    /// - Parameters:
    ///   - lists: list name to phrases.
    ///   - source: only declarations that look there are served.
    /// - Throws: `SignalsError` when a declaration names a list that there is not.
    package init(
        _ declarations: [SignalDeclaration], lists: [String: [String]], source: SignalDeclaration.Source = .text
    ) throws(SignalsError) {
        var ready: [List] = []
        for declaration in declarations where declaration.kind == .text && declaration.source == source {
            guard let phrases = lists[declaration.bank] else { throw .noSuchList(declaration.bank, neededBy: declaration.name) }
            let named = phrases.enumerated().map { (id: "\(declaration.bank)#\($0.offset + 1)", pattern: $0.element) }
            let patterns = Self.views.map { PatternSet(named, normalizer: Normalizer(view: $0)) }
            ready.append(List(declaration: declaration, patterns: patterns))
        }
        self.lists = ready
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        signals(in: event.event.item?.text ?? "")
    }

    package func signals(in text: String) -> [Signal] {
        let (texts, normalizing) = measured {
            text.isEmpty || lists.isEmpty ? [] : Normalizer.skeletonAndSqueezed(text)
        }
        return lists.map { list in
            let (found, searching) = measured { list.find(in: texts, limit: 100) }
            let took = normalizing + searching
            let matches = found.map { Match(bank: list.declaration.bank, trust: .verified, entry: $0) }
            return Signal(
                name: list.declaration.name, kind: .text, state: matches.isEmpty ? .absent : .matched(matches), version: "list",
                microseconds: took)
        }
    }
}

/// What is wrong with how signals are set up.
package enum SignalsError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchList(String, neededBy: String)

    package var description: String {
        switch self {
        case .noSuchList(let list, let signal): "signal '\(signal)' needs the list '\(list)', which no policy declares"
        }
    }
}
