// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import TextMatching

/// Finds what belongs to one person: numbers of telephones, identity, cards and accounts, and addresses of mail.
///
/// A match never holds the number: enough of it is masked that nobody can be called, named or paid by it.
package struct PersonalNumberDetector: Detector, TextReader {
    private let reader: FindingReader

    /// - Parameter source: only declarations that look there are served.
    package init(_ declarations: [SignalDeclaration], source: SignalDeclaration.Source = .text) {
        reader = FindingReader(declarations: declarations.filter { $0.kind == .personal && $0.source == source }) {
            PersonalNumbers.find(in: $0)
        } counts: { type, wanted in
            // A Korean telephone is a telephone.
            wanted.contains(type) || type == "korean-phone" && wanted.contains("phone")
        }
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] { signals(in: event.event.item?.text ?? "") }

    package func signals(in text: String) -> [Signal] { reader.signals(in: text) }
}

enum PersonalNumbers {
    static func find(in text: String) -> [TextFinding] {
        let normalized = Normalizer(view: .visible).normalize(text)
        var scanner = NumberScanner(bytes: normalized.bytes)
        return scanner.scan().map { TextFinding(type: $0.type, entry: $0.entry, range: normalized.originalRange(of: $0.range)) }
    }
}
