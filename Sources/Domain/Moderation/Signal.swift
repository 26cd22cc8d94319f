// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a policy asks detectors to look for, under the name that its rules use.
package struct SignalDeclaration: Hashable, Sendable, Codable {
    package var name: String
    package var kind: SignalKind
    /// The bank (hashes) or list (texts) to compare with, or the model to ask; empty for kinds that need none.
    package var bank: String
    /// Largest Hamming distance that counts, 0 to 63; only for `pdq`.
    package var radius: Int
    /// What it takes to compute it: dear signals are computed only when cheap ones leave a rule open.
    package var cost: SignalCost
    /// Where a text or a link is looked for.
    package var source: Source
    /// Of a model: the one of its outputs that counts; nil for its first.
    package var output: String?
    /// Of a model: the calibrated value from which it counts as a match, 0 to 1; nil for the operating point of its manifest.
    package var atLeast: Double?
    /// Of `contact` and `personal`: which of them count; empty for all.
    package var types: [String]

    package enum Source: String, Hashable, Sendable, Codable, CaseIterable {
        /// What was written.
        case text
        /// What is written in pictures.
        case pictures
    }

    /// - Parameters:
    ///   - bank: for `model` the model's name.
    ///   - cost: nil for what is usual for the kind.
    package init(
        name: String, kind: SignalKind, bank: String, radius: Int = 31, cost: SignalCost? = nil, source: Source = .text,
        output: String? = nil, atLeast: Double? = nil, types: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.bank = bank
        self.radius = radius
        self.source = source
        self.output = output
        self.atLeast = atLeast
        self.types = types
        self.cost = cost ?? (source == .pictures ? .high : kind.usualCost)
    }

    /// Declarations that were kept before there were sources and outputs have none.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try container.decode(String.self, forKey: .name), kind: try container.decode(SignalKind.self, forKey: .kind),
            bank: try container.decode(String.self, forKey: .bank), radius: try container.decode(Int.self, forKey: .radius),
            cost: try container.decode(SignalCost.self, forKey: .cost),
            source: try container.decodeIfPresent(Source.self, forKey: .source) ?? .text,
            output: try container.decodeIfPresent(String.self, forKey: .output),
            atLeast: try container.decodeIfPresent(Double.self, forKey: .atLeast),
            types: try container.decodeIfPresent([String].self, forKey: .types) ?? [])
    }
}

package enum SignalKind: String, Hashable, Sendable, Codable, CaseIterable {
    case sha256, pdq, text, link
    /// What a trained model says; unknown where no detector serves it.
    case model
    /// Where a file says that it comes from: signed provenance, marks of origin, traces of generators.
    case provenance
    /// Ways to reach somebody outside: handles, invitations, addresses for payment.
    case contact
    /// Numbers that belong to one person: telephone, e-mail, national identity, account.
    case personal

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

    package var measurements: [SignalMeasurement] {
        if case .measured(let measurements) = state { measurements } else { [] }
    }
}

/// Unknown is not zero: a detector that failed says so, and the rule says what that means.
package enum SignalState: Hashable, Sendable, Codable {
    case matched([Match])
    case absent
    case unknown(String)
    /// What a model or a mark of origin says, whether or not it is enough to count.
    case measured([SignalMeasurement])
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
