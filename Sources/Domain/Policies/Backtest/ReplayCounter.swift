// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// What one counter of a replay has counted: as a `CounterTable.Counter`, for keys that have numbers and for events that each come
/// once.
struct ReplayCounter {
    let shape: CounterShape
    /// Since when it is kept: milliseconds since 1970.
    var since: Int64?
    /// By the number of the key.
    private var counts: [KeyCount?] = []
    private(set) var keyCount = 0
    private var seen: SeenBuckets
    private var gaveUpAt: Int64?

    init(shape: CounterShape, limits: CounterTable.Limits) {
        self.shape = shape
        seen = SeenBuckets(limit: limits.events)
    }

    func holds(_ key: Int) -> Bool { counts.indices.contains(key) && counts[key] != nil }

    func read(_ keys: [Int], name: String, at time: Int64, event: UInt64) -> CounterReading {
        shape.reading(
            keys.lazy.map { $0 < counts.count ? counts[$0] : nil }, name: name, at: time, event: event, since: since,
            gaveUpAt: gaveUpAt)
    }

    /// Counts an event that was not counted before.
    mutating func record(_ keys: [Int], _ entry: KeyCount.Entry) {
        guard seen.insert(in: shape.bucket(entry.at)) else { return }
        for key in keys {
            if key >= counts.count { counts += repeatElement(nil, count: key + 1 - counts.count) }
            if counts[key] == nil {
                counts[key] = KeyCount(createdAt: entry.at, latest: entry.at)
                keyCount += 1
            }
            counts[key]?.add(entry, shape)
        }
    }

    /// Makes room: what has expired goes first, then those longest without an event.
    mutating func giveUp(_ limit: Int, at time: Int64, names: [String]) {
        let newest = counts.lazy.compactMap { $0?.latest }.max() ?? time
        for key in counts.indices {
            if let latest = counts[key]?.latest, latest <= newest - shape.window { remove(key) }
        }
        let room = limit - limit / 10
        guard keyCount > room else { return }
        let ordered = counts.indices.compactMap { key in counts[key].map { (latest: $0.latest, name: names[key], key: key) } }
            .sorted { ($0.latest, $0.name) < ($1.latest, $1.name) }
        for (_, _, key) in ordered.prefix(keyCount - room) { remove(key) }
        gaveUpAt = newest
    }

    private mutating func remove(_ key: Int) {
        counts[key] = nil
        keyCount -= 1
    }

    /// Keys get other numbers.
    /// - Parameter kept: the numbers that they had; no other key is held.
    mutating func renumber(_ kept: [Int]) { counts = kept.map { $0 < counts.count ? counts[$0] : nil } }
}

/// How many events were counted in each bucket: what `SeenEvents` says of events that each come once.
private struct SeenBuckets {
    /// Oldest first.
    private var buckets: [(bucket: Int64, count: Int)] = []
    private var count = 0
    private var forgotten: Int64?
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False when the event comes so late that it may have been forgotten.
    mutating func insert(in bucket: Int64) -> Bool {
        if let forgotten, bucket <= forgotten { return false }
        var place = buckets.count
        while place > 0, buckets[place - 1].bucket > bucket { place -= 1 }
        if place > 0, buckets[place - 1].bucket == bucket {
            buckets[place - 1].count += 1
        } else {
            buckets.insert((bucket, 1), at: place)
        }
        count += 1
        guard count > limit || buckets.count > 2 * CounterShape.bucketCount, buckets.count > 1 else { return true }
        let oldest = buckets.removeFirst()
        count -= oldest.count
        forgotten = oldest.bucket
        return oldest.bucket != bucket
    }
}
