// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A hash in a ``HammingIndex`` with what is stored beside it.
public struct HammingEntry: Sendable, Hashable {
    public var hash: PDQHash
    /// The caller's name for it. Hash and key together are unique in an index; one key may have many hashes.
    public var key: UInt64
    public var labels: HammingLabels

    public init(hash: PDQHash, key: UInt64, labels: HammingLabels = HammingLabels()) {
        self.hash = hash
        self.key = key
        self.labels = labels
    }
}

/// What a search can filter by, without asking anybody else.
public struct HammingLabels: Sendable, Hashable {
    /// The value of `radius` that sets no limit.
    public static let anyRadius: UInt8 = 255

    /// The number of the bank, as the caller counts banks.
    public var bank: UInt16
    /// The number of the source, as the caller counts sources.
    public var source: UInt16
    /// A class of trust, 0 to 7.
    public var trust: UInt8
    /// The largest distance at which the entry counts; 255 sets no limit.
    public var radius: UInt8
    /// From this Unix time in seconds on, the entry no longer counts; 0 is never.
    public var expires: UInt32

    public init(
        bank: UInt16 = 0, source: UInt16 = 0, trust: UInt8 = 0, radius: UInt8 = HammingLabels.anyRadius, expires: UInt32 = 0
    ) {
        self.bank = bank
        self.source = source
        self.trust = trust
        self.radius = radius
        self.expires = expires
    }
}

/// One change of a ``HammingIndex``.
public enum HammingChange: Sendable, Hashable {
    /// Adds the entry; one with the same hash and key gets the new labels.
    case add(HammingEntry)
    /// Removes the entry if there is one.
    case remove(hash: PDQHash, key: UInt64)
}

/// An entry near enough to a query.
public struct HammingMatch: Sendable, Hashable {
    public var key: UInt64
    /// How many bits differ.
    public var distance: Int
    public var labels: HammingLabels

    public init(key: UInt64, distance: Int, labels: HammingLabels) {
        self.key = key
        self.distance = distance
        self.labels = labels
    }
}

extension HammingMatch: Comparable {
    /// Nearest first; equally near ones by key, then by labels.
    public static func < (left: HammingMatch, right: HammingMatch) -> Bool {
        if left.distance != right.distance { return left.distance < right.distance }
        if left.key != right.key { return left.key < right.key }
        let (a, b) = (left.labels, right.labels)
        return (a.bank, a.source, a.trust, a.radius, a.expires) < (b.bank, b.source, b.trust, b.radius, b.expires)
    }
}
