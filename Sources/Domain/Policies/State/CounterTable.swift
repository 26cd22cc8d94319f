// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// The counters of a policy set, counted by the time of events; in memory, with one owner.
///
/// A read at time t sees the events in (t - window, t] that were recorded before, never the event that asks. An event counts once,
/// however often it is recorded. Nothing here looks at a clock: the same events in the same order give the same numbers.
package struct CounterTable: Sendable {
    package struct Limits: Hashable, Sendable {
        /// Keys of one counter; beyond it the ones that were longest without an event are given up.
        package var keys = 200_000
        /// Event ids that one counter remembers.
        package var events = 1_000_000

        package init() {}
    }

    struct Counter: Sendable {
        let shape: CounterShape
        /// Since when it is kept: milliseconds since 1970; nil until it is declared, or an event has begun it.
        var since: Int64?
        /// Nobody said since when, so the first event begins it.
        var beginsWithEvents = false
        var keys: [String: KeyCount] = [:]
        var seen: SeenEvents
        /// Up to this time keys were given up, so that one which is not there may have been.
        var gaveUpAt: Int64?
    }

    /// By identity.
    var counters: [String: Counter] = [:]
    private var declared: [String: (identity: String, shape: CounterShape)] = [:]
    let limits: Limits
    package let hash: SipHash

    /// - Parameter hash: with a secret key where hostile people choose what is counted.
    package init(hash: SipHash, limits: Limits = Limits()) {
        self.limits = limits
        self.hash = hash
    }

    /// A table of some counters.
    /// - Parameter since: since when they have been kept; nil where the first event begins them.
    package init(
        _ counters: [(declaration: CounterDeclaration, identity: String)], since: Date? = nil, hash: SipHash,
        limits: Limits = Limits()
    ) {
        self.init(hash: hash, limits: limits)
        declare(counters, since: since)
    }

    /// From now on these counters are asked for, each with a text that changes when what it counts does. Those that are new, or that
    /// were recorded before anybody declared them, begin at a time; what others have counted stays until `drop(allBut:)`.
    package mutating func declare(_ counters: [(declaration: CounterDeclaration, identity: String)], since: Date?) {
        declared = [:]
        for (declaration, identity) in counters {
            let shape = CounterShape(seconds: declaration.window, isDistinct: declaration.distinct != nil)
            declared[declaration.name] = (identity, shape)
            var counter =
                self.counters.removeValue(forKey: identity) ?? Counter(shape: shape, seen: SeenEvents(limit: limits.events))
            if counter.since == nil {
                counter.since = since?.milliseconds
                counter.beginsWithEvents = since == nil
            }
            self.counters[identity] = counter
        }
    }

    /// Forgets all counters but these.
    package mutating func drop(allBut wanted: Set<String>) {
        if counters.keys.contains(where: { !wanted.contains($0) }) { counters = counters.filter { wanted.contains($0.key) } }
    }

    package var identities: Set<String> { Set(counters.keys) }

    /// Those that are asked for.
    package var declaredIdentities: Set<String> { Set(declared.values.map(\.identity)) }

    /// Those of them that nobody has said the beginning of.
    package var unbegun: Set<String> { Set(counters.lazy.filter { $0.value.since == nil }.map(\.key)) }

    /// The counters that are asked for, with since when they are kept and what they look like.
    package struct Beginning: Sendable {
        let shape: CounterShape
        var since: Int64?

        package mutating func move(to time: Date) { since = time.milliseconds }
    }

    package var beginnings: [String: Beginning] {
        Dictionary(
            declared.values.compactMap { identity, _ in
                counters[identity].map { (identity, Beginning(shape: $0.shape, since: $0.since)) }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Makes these the counters that there are, with their beginnings; what is not among them goes.
    package mutating func begin(like beginnings: [String: Beginning]) {
        counters = counters.filter { beginnings[$0.key] != nil }
        for (identity, beginning) in beginnings {
            counters[
                identity,
                default: Counter(shape: beginning.shape, seen: SeenEvents(limit: limits.events))
            ].since = beginning.since
        }
    }

    /// What a counter says to an event: the largest of its keys' counts.
    package func read(_ wanted: CounterKeys, for event: Event) -> CounterReading {
        guard let identity = declared[wanted.counter]?.identity, let counter = counters[identity] else {
            return CounterReading(name: wanted.counter, value: 0, quality: .unknown("there is no counter '\(wanted.counter)'"))
        }
        if let why = wanted.unknown { return CounterReading(name: wanted.counter, value: 0, quality: .unknown(why)) }
        return counter.read(wanted.keys, name: wanted.counter, at: event.countedAt, event: event.identity(hash))
    }

    /// Counts an event; false when it was counted before, or has nothing to count.
    @discardableResult
    package mutating func record(_ increment: CounterIncrement) -> Bool {
        guard !increment.keys.isEmpty else { return false }
        let shape = CounterShape(seconds: increment.window, isDistinct: increment.isDistinct)
        return counters[
            increment.identity, default: Counter(shape: shape, seen: SeenEvents(limit: limits.events))
        ].record(increment, limits)
    }

    /// What is to be recorded for an event; nil when it does not count.
    package func increment(_ keys: CounterKeys, for event: Event) -> CounterIncrement? {
        guard keys.unknown == nil, !keys.keys.isEmpty, let (identity, shape) = declared[keys.counter] else { return nil }
        return CounterIncrement(
            identity: identity, window: Int(shape.window / 1_000), isDistinct: shape.isDistinct, keys: keys.keys,
            member: keys.member.map { hash($0) } ?? 0, event: event.identity(hash), at: event.countedAt)
    }

    /// How many keys all counters hold.
    package var keyCount: Int { counters.values.reduce(0) { $0 + $1.keys.count } }
}

extension CounterTable.Counter {
    func read(_ wanted: [String], name: String, at time: Int64, event: UInt64) -> CounterReading {
        shape.reading(wanted.lazy.map { keys[$0] }, name: name, at: time, event: event, since: since, gaveUpAt: gaveUpAt)
    }

    @discardableResult
    mutating func record(_ increment: CounterIncrement, _ limits: CounterTable.Limits) -> Bool {
        guard seen.insert(increment.event, in: shape.bucket(increment.at)) else { return false }
        // Elsewhere an event that comes late says nothing of how long the others have been counted.
        if beginsWithEvents { since = min(since ?? increment.at, increment.at) }
        let entry = KeyCount.Entry(at: increment.at, event: increment.event, member: increment.member)
        var isNew = true
        for key in increment.keys {
            if keys[key]?.has(increment.event) == true {
                isNew = false
                continue
            }
            keys[key, default: KeyCount(createdAt: increment.at, latest: increment.at)].add(entry, shape)
        }
        if keys.count > limits.keys { giveUp(limits.keys, at: increment.at) }
        return isNew
    }

    /// Makes room: what has expired goes first, then those longest without an event.
    private mutating func giveUp(_ limit: Int, at time: Int64) {
        let newest = keys.values.lazy.map(\.latest).max() ?? time
        keys = keys.filter { $0.value.latest > newest - shape.window }
        let room = limit - limit / 10
        guard keys.count > room else { return }
        let ordered = keys.sorted { ($0.value.latest, $0.key) < ($1.value.latest, $1.key) }
        for (key, _) in ordered.prefix(keys.count - room) { keys[key] = nil }
        gaveUpAt = newest
    }
}

extension CounterShape {
    /// What a counter says: the largest of some keys' counts.
    /// - Parameters:
    ///   - counts: nil for keys under which nothing is counted.
    ///   - since: since when the counter is kept; nil when nobody knows.
    ///   - gaveUpAt: up to when keys were given up.
    func reading(
        _ counts: some Sequence<KeyCount?>, name: String, at time: Int64, event: UInt64, since: Int64?, gaveUpAt: Int64?
    ) -> CounterReading {
        var (largest, isExact, isLost): (Int64, Bool, Bool) = (0, true, false)
        for found in counts {
            let (value, exact) = found?.value(at: time, without: event, self) ?? (0, true)
            if value > largest || (value == largest && exact) { (largest, isExact) = (value, exact) }
            // What was made after keys were given up may have been one of them.
            if let gaveUpAt, time - window < gaveUpAt, (found?.createdAt ?? .max) > gaveUpAt { isLost = true }
        }
        let full = (since ?? time).addingReportingOverflow(window).partialValue
        let quality: CounterReading.Quality =
            if isLost {
                .unknown("too many keys: some counts were given up")
            } else if full > time || since == nil {
                .warming(full: Date(milliseconds: full))
            } else {
                isExact ? .exact : .approximate
            }
        return CounterReading(name: name, value: largest, quality: quality)
    }
}

/// The ids of counted events, by bucket; the oldest buckets are forgotten when there are too many.
struct SeenEvents: Hashable, Sendable {
    var buckets: [Int64: Set<UInt64>] = [:]
    private(set) var count = 0
    /// The latest bucket that was forgotten.
    private var forgotten: Int64?
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when it is there, or when it comes so late that it may have been forgotten: twice would be worse than not at all.
    mutating func insert(_ event: UInt64, in bucket: Int64) -> Bool {
        if let forgotten, bucket <= forgotten { return false }
        guard buckets[bucket, default: []].insert(event).inserted else { return false }
        count += 1
        guard count > limit || buckets.count > 2 * CounterShape.bucketCount else { return true }
        return forgetOldest() != bucket
    }

    private mutating func forgetOldest() -> Int64? {
        guard buckets.count > 1, let oldest = buckets.keys.min() else { return nil }
        count -= buckets.removeValue(forKey: oldest)?.count ?? 0
        forgotten = oldest
        return oldest
    }
}

extension Event {
    /// What makes it one event among all platforms.
    var identity: String { "\(platform)\u{1F}\(id)" }

    /// The hash of that text.
    func identity(_ hash: SipHash) -> UInt64 { hash(platform.rawValue, id.rawValue) }

    /// When it happened, but never later than it was received: a date in the future would push everything else out of the window.
    var countedAt: Int64 { min(at, receivedAt).milliseconds }
}

extension Date {
    /// Since 1970; times that no event can have are brought into range.
    var milliseconds: Int64 {
        let value = (timeIntervalSince1970 * 1_000).rounded()
        return value.isNaN ? 0 : Int64(max(-Double(Self.most), min(Double(Self.most), value)))
    }

    /// Milliseconds on either side of 1970 that can be told.
    static let most: Int64 = 1_000_000_000_000_000

    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1_000) }
}
