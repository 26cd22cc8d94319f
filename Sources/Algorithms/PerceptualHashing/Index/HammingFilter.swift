// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which entries a search may return. An entry's own radius and, with `now`, its expiry always hold.
public struct HammingFilter: Sendable, Hashable {
    /// Every entry, expired ones included.
    public static let all = HammingFilter()

    /// The banks to search; nil for all.
    public var banks: HammingNumbers?
    /// Bit t set: entries of trust class t may be returned.
    public var trust: UInt8
    /// The sources to search; nil for all.
    public var sources: HammingNumbers?
    public var excludedSources: HammingNumbers
    /// Unix time in seconds: entries that have expired by then are skipped. 0 skips none.
    public var now: UInt32

    public init(
        banks: HammingNumbers? = nil, trust: UInt8 = .max, sources: HammingNumbers? = nil,
        excludedSources: HammingNumbers = [], now: UInt32 = 0
    ) {
        self.banks = banks
        self.trust = trust
        self.sources = sources
        self.excludedSources = excludedSources
        self.now = now
    }

    /// Whether an entry with these labels counts at that distance.
    public func admits(_ labels: HammingLabels, at distance: Int) -> Bool {
        if labels.radius != HammingLabels.anyRadius, distance > Int(labels.radius) { return false }
        if labels.expires != 0, labels.expires <= now { return false }
        if trust & (1 << (labels.trust & 7)) == 0 { return false }
        if let banks, !banks.contains(labels.bank) { return false }
        if let sources, !sources.contains(labels.source) { return false }
        return excludedSources.isEmpty || !excludedSources.contains(labels.source)
    }
}

/// A small set of bank or source numbers, made for asking often.
public struct HammingNumbers: Sendable, Hashable, ExpressibleByArrayLiteral {
    private let sorted: [UInt16]

    public init(_ numbers: some Sequence<UInt16>) {
        sorted = Array(Set(numbers)).sorted()
    }

    public init(arrayLiteral elements: UInt16...) {
        self.init(elements)
    }

    public var isEmpty: Bool { sorted.isEmpty }

    public func contains(_ number: UInt16) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == number
    }
}
