// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import TextMatching

/// Finds ways to reach somebody elsewhere and where money is asked to be sent: invitations and handles of messengers, addresses for
/// payment, shortened links. It says where people are sent, not that anything is wrong with it.
package struct ContactDetector: Detector, TextReader {
    private let reader: FindingReader

    /// - Parameter source: only declarations that look there are served.
    package init(_ declarations: [SignalDeclaration], source: SignalDeclaration.Source = .text) {
        reader = FindingReader(declarations: declarations.filter { $0.kind == .contact && $0.source == source }) {
            Contacts.find(in: $0)
        } counts: { type, wanted in
            wanted.contains(type)
        }
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] { signals(in: event.event.item?.text ?? "") }

    package func signals(in text: String) -> [Signal] { reader.signals(in: text) }
}

enum Contacts {
    static func find(in text: String) -> [TextFinding] {
        let visible = Normalizer(view: .visible).normalize(text)
        var found = scan(visible, isFolded: false)
        // Letters of other alphabets may stand for Latin ones. The view that undoes it has no letter case, which codes of invitations
        // need, so it is only asked for what the first has not found.
        if visible.bytes.contains(where: { (0xCD...0xD6).contains($0) }) {
            let known = Set(found.map { $0.entry.lowercased() })
            found += scan(Normalizer(view: .skeleton).normalize(text), isFolded: true).filter {
                !known.contains($0.entry.lowercased())
            }
        }
        return found
    }

    private static func scan(_ text: NormalizedText, isFolded: Bool) -> [TextFinding] {
        var scanner = ContactScanner(bytes: text.bytes, isFolded: isFolded)
        return scanner.scan().map { TextFinding(type: $0.type, entry: $0.entry, range: text.originalRange(of: $0.range)) }
    }
}
