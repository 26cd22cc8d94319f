// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import TextMatching

/// Looks for the phrases of lists in the text of an event, normalised so that spacing tricks and split letters do not hide them.
package struct TextDetector: Detector {
    private struct List: Sendable {
        let declaration: SignalDeclaration
        let patterns: PatternSet
    }

    private let lists: [List]

    /// - Parameter lists: list name to phrases.
    /// - Throws: `SignalsError` when a declaration names a list that there is not.
    package init(_ declarations: [SignalDeclaration], lists: [String: [String]]) throws(SignalsError) {
        var ready: [List] = []
        for declaration in declarations where declaration.kind == .text {
            guard let phrases = lists[declaration.bank] else { throw .noSuchList(declaration.bank, neededBy: declaration.name) }
            let patterns = PatternSet(
                phrases.enumerated().map { (id: "\(declaration.bank)#\($0.offset + 1)", pattern: $0.element) })
            ready.append(List(declaration: declaration, patterns: patterns))
        }
        self.lists = ready
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        let text = event.event.item?.text ?? ""
        return lists.map { list in
            let (found, took) = measured { text.isEmpty ? [] : list.patterns.matches(in: text, limit: 100) }
            let matches = found.map { Match(bank: list.declaration.bank, trust: .verified, entry: $0.id) }
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
