// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Compares the media of an event with the banks that policies name, by exact and by perceptual hash.
package struct HashDetector: Detector {
    /// PDQ hashes of lower quality say too little to be compared (the published threshold).
    private static let qualityGate = 50

    private let declarations: [SignalDeclaration]
    private let banks: Banks

    package init(_ declarations: [SignalDeclaration], banks: Banks) {
        self.declarations = declarations.filter { $0.kind == .sha256 || $0.kind == .pdq }
        self.banks = banks
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        let index = banks.index
        return declarations.map { declaration in
            let (state, took) = measured { self.state(of: declaration, in: media, index: index) }
            return Signal(
                name: declaration.name, kind: declaration.kind, state: state, version: "banks@\(index.version)",
                microseconds: took)
        }
    }

    private func state(of declaration: SignalDeclaration, in media: [ExaminedMedia], index: BankIndex) -> SignalState {
        var matches: [Match] = []
        var unreadable: String?
        for file in media {
            if let sha256 = file.sha256, index.isBenign(sha256) { continue }
            switch declaration.kind {
            case .sha256:
                guard let sha256 = file.sha256 else {
                    unreadable = file.whyUnreadable ?? "its bytes could not be had"
                    continue
                }
                if let found = index.exactMatch(sha256, bank: declaration.bank) {
                    matches.append(Match(found, distance: 0, in: file))
                }
            case .pdq:
                if let why = file.whyUnreadable { unreadable = why }
                guard let facts = file.facts, facts.quality >= Self.qualityGate else { continue }
                matches += index.nearMatches(facts.pdq, bank: declaration.bank, radius: declaration.radius)
                    .map { Match($0.fingerprint, distance: $0.distance, in: file) }
            case .text, .link: break
            }
        }
        if !matches.isEmpty { return .matched(matches) }
        return unreadable.map { .unknown($0) } ?? .absent
    }
}

extension ExaminedMedia {
    fileprivate var whyUnreadable: String? {
        if case .unreadable(let why)? = problem { why } else { nil }
    }
}

extension Match {
    fileprivate init(_ fingerprint: Fingerprint, distance: Int, in file: ExaminedMedia) {
        self.init(
            bank: fingerprint.bank, trust: fingerprint.trust, distance: distance, entry: fingerprint.id.rawValue,
            media: file.media.id)
    }
}
