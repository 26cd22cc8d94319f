// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a policy asks detectors to look for, under the name that its rules use.
package struct SignalDeclaration: Hashable, Sendable, Codable {
    package var name: String
    package var kind: SignalKind
    /// The bank (hashes) or list (texts) to compare with, or the model to ask.
    package var bank: String
    /// Largest Hamming distance that counts, 0 to 63; only for `pdq`.
    package var radius: Int
    /// What it takes to compute it: dear signals are computed only when cheap ones leave a rule open.
    package var cost: SignalCost

    /// - Parameters:
    ///   - bank: for `model` the model's name.
    ///   - cost: nil for what is usual for the kind.
    package init(name: String, kind: SignalKind, bank: String, radius: Int = 31, cost: SignalCost? = nil) {
        self.name = name
        self.kind = kind
        self.bank = bank
        self.radius = radius
        self.cost = cost ?? kind.usualCost
    }
}

package enum SignalKind: String, Hashable, Sendable, Codable, CaseIterable {
    case sha256, pdq, text, link
    /// What a trained model says; unknown where no detector serves it.
    case model

    package var usualCost: SignalCost { self == .model ? .high : .cheap }
}

/// How much work a signal is, in steps that differ by orders of magnitude.
package enum SignalCost: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Microseconds: always computed.
    case cheap
    /// About a millisecond.
    case medium
    /// Tens of milliseconds and more, or a call to another machine.
    case high

    package static func < (a: SignalCost, b: SignalCost) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .cheap: 0
        case .medium: 1
        case .high: 2
        }
    }
}

/// What a detector noticed.
package struct Signal: Hashable, Sendable, Codable {
    /// The declared name; `links` for the links of the text.
    package var name: String
    package var kind: SignalKind
    package var state: SignalState
    /// Version of the bank, list or model that was used.
    package var version: String
    /// How long it took.
    package var microseconds: Int

    package init(name: String, kind: SignalKind, state: SignalState, version: String, microseconds: Int = 0) {
        self.name = name
        self.kind = kind
        self.state = state
        self.version = version
        self.microseconds = microseconds
    }

    package var matches: [Match] {
        if case .matched(let matches) = state { matches } else { [] }
    }
}

/// Unknown is not zero: a detector that failed says so, and the rule says what that means.
package enum SignalState: Hashable, Sendable, Codable {
    case matched([Match])
    case absent
    case unknown(String)
}

/// One thing that was found.
package struct Match: Hashable, Sendable, Codable {
    /// Bank or list it was found in.
    package var bank: String
    package var trust: Trust
    /// Bits that differ; 0 for exact kinds.
    package var distance: Int
    /// The fingerprint, the pattern's id or the normalised link.
    package var entry: String
    package var media: MediaID?
    /// `original`, or how the picture was changed: turned, mirrored, inverted, without its border, a part of it.
    package var variant: String

    package init(
        bank: String, trust: Trust, distance: Int = 0, entry: String, media: MediaID? = nil, variant: String = "original"
    ) {
        self.bank = bank
        self.trust = trust
        self.distance = distance
        self.entry = entry
        self.media = media
        self.variant = variant
    }

    /// Matches that were kept before there were variants are of originals.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            bank: try container.decode(String.self, forKey: .bank), trust: try container.decode(Trust.self, forKey: .trust),
            distance: try container.decode(Int.self, forKey: .distance),
            entry: try container.decode(String.self, forKey: .entry),
            media: try container.decodeIfPresent(MediaID.self, forKey: .media),
            variant: try container.decodeIfPresent(String.self, forKey: .variant) ?? "original")
    }
}

/// How far a fingerprint is trusted; only `verified` lets a machine remove alone.
package enum Trust: String, Hashable, Sendable, Codable, CaseIterable {
    case claimed, probation, verified, benign, retired
}
