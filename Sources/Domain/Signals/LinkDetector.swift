// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import TextMatching

/// Finds links, gives them in one normal form as the signal `links`, and compares them with the lists that policies name.
package struct LinkDetector: Detector, TextReader {
    private struct List: Sendable {
        let declaration: SignalDeclaration
        /// Normalised entries: a whole link, or a host that stands for everything below it.
        let keys: Set<String>
    }

    private let extractor = LinkExtractor()
    private let lists: [List]

    /// - Parameters:
    ///   - lists: list name to links or hosts.
    ///   - source: only declarations that look there are served.
    /// - Throws: `SignalsError` when a declaration names a list that there is not.
    package init(
        _ declarations: [SignalDeclaration], lists: [String: [String]], source: SignalDeclaration.Source = .text
    ) throws(SignalsError) {
        var ready: [List] = []
        for declaration in declarations where declaration.kind == .link && declaration.source == source {
            guard let entries = lists[declaration.bank] else { throw .noSuchList(declaration.bank, neededBy: declaration.name) }
            let keys = entries.map { LinkExtractor().links(in: $0).first?.key ?? $0.lowercased() }
            ready.append(List(declaration: declaration, keys: Set(keys)))
        }
        self.lists = ready
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        let (links, took) = links(in: event.event.item?.text ?? "")
        let all = links.map { Match(bank: "links", trust: .claimed, entry: $0.normalized) }
        return [Signal(name: "links", kind: .link, matches: all, microseconds: took)] + listed(links, microseconds: 0)
    }

    package func signals(in text: String) -> [Signal] {
        let (links, took) = links(in: text)
        return listed(links, microseconds: took)
    }

    private func links(in text: String) -> ([Link], microseconds: Int) {
        measured { text.isEmpty ? [] : extractor.links(in: text, limit: 100) }
    }

    private func listed(_ links: [Link], microseconds: Int) -> [Signal] {
        lists.map { list in
            let listed = links.filter { list.keys.contains($0.key) || list.keys.contains($0.host) }
                .map { Match(bank: list.declaration.bank, trust: .verified, entry: $0.normalized) }
            return Signal(name: list.declaration.name, kind: .link, matches: listed, microseconds: microseconds)
        }
    }
}

extension Signal {
    fileprivate init(name: String, kind: SignalKind, matches: [Match], microseconds: Int) {
        self.init(
            name: name, kind: kind, state: matches.isEmpty ? .absent : .matched(matches), version: "list",
            microseconds: microseconds)
    }
}
