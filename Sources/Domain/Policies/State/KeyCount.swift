// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What one key of a counter has counted.
///
/// Few events are kept one by one, so a read is exact to the millisecond; beyond 64 they are counted in buckets of a sixtieth of the
/// window. Different things are kept one by one up to 2,048, beyond that a sketch in each bucket stands for them.
struct KeyCount: Hashable, Sendable {
    static let fewest = 64
    static let mostMembers = 2_048

    struct Entry: Hashable, Sendable {
        /// Milliseconds since 1970.
        var at: Int64
        var event: UInt64
        /// The hash of what is told apart; 0 for counters of events.
        var member: UInt64
    }

    enum Body: Hashable, Sendable {
        case few([Entry])
        /// Events by bucket.
        case buckets([Int64: Int64])
        /// Different things with the bucket in which each was seen last.
        case members([UInt64: Int64])
        case sketches([Int64: HyperLogLog])
    }

    var body: Body = .few([])
    /// When the first event came that is in it, and the time of the latest event: milliseconds since 1970.
    let createdAt: Int64
    private(set) var latest: Int64

    init(createdAt: Int64, latest: Int64, body: Body = .few([])) {
        self.createdAt = createdAt
        self.latest = latest
        self.body = body
    }

    mutating func add(_ entry: Entry, _ shape: CounterShape) {
        latest = max(latest, entry.at)
        switch body {
        case .few(var entries):
            // Taken out, so that it is changed in place.
            body = .few([])
            if entries.count >= Self.fewest { entries.removeAll { $0.at <= latest - shape.window } }
            entries.append(entry)
            body = entries.count > Self.fewest ? shape.crowd(entries) : .few(entries)
        case .buckets(var buckets):
            body = .few([])
            buckets[shape.bucket(entry.at), default: 0] += 1
            if buckets.count > 2 * CounterShape.bucketCount { buckets = buckets.filter { $0.key >= shape.oldest(at: latest) } }
            body = .buckets(buckets)
        case .members(var members):
            body = .few([])
            let bucket = shape.bucket(entry.at)
            members[entry.member] = max(bucket, members[entry.member] ?? bucket)
            if members.count > Self.mostMembers { members = members.filter { $0.value >= shape.oldest(at: latest) } }
            body = members.count > Self.mostMembers ? CounterShape.sketch(members) : .members(members)
        case .sketches(var sketches):
            body = .few([])
            sketches[shape.bucket(entry.at), default: HyperLogLog()].add(entry.member)
            if sketches.count > 2 * CounterShape.bucketCount { sketches = sketches.filter { $0.key >= shape.oldest(at: latest) } }
            body = .sketches(sketches)
        }
    }

    /// How much there is in the window that ends at a time, without one event; and whether that is exact.
    func value(at time: Int64, without event: UInt64, _ shape: CounterShape) -> (value: Int64, isExact: Bool) {
        let buckets = shape.oldest(at: time)...max(shape.oldest(at: time), shape.bucket(time))
        switch body {
        case .few(let entries):
            let counted = entries.lazy.filter { $0.at > time - shape.window && $0.at <= time && $0.event != event }
            return (Int64(shape.isDistinct ? Self.different(counted.map(\.member)) : counted.count), true)
        case .buckets(let counts):
            return (counts.lazy.filter { buckets.contains($0.key) }.reduce(0) { $0 + $1.value }, false)
        case .members(let members):
            return (Int64(members.values.lazy.filter { buckets.contains($0) }.count), false)
        case .sketches(let sketches):
            var all = HyperLogLog()
            for (bucket, sketch) in sketches where buckets.contains(bucket) { all.merge(sketch) }
            return (Int64(all.estimate.rounded()), false)
        }
    }

    /// How many of a few numbers are different.
    private static func different(_ members: [UInt64]) -> Int {
        guard members.count > 1 else { return members.count }
        var members = members
        members.sort()
        return zip(members, members.dropFirst()).reduce(1) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    }

    /// Whether this event is known to be in it; of many events that is not known.
    func has(_ event: UInt64) -> Bool {
        if case .few(let entries) = body { entries.contains { $0.event == event } } else { false }
    }
}

/// What all keys of a counter have in common.
struct CounterShape: Hashable, Sendable {
    static let bucketCount = 60

    /// Milliseconds.
    let window: Int64
    let width: Int64
    let isDistinct: Bool

    /// - Parameter seconds: at least 1.
    init(seconds: Int, isDistinct: Bool) {
        window = Int64(max(1, min(seconds, 10 * 366 * 86_400))) * 1_000
        width = max(1_000, (window + Int64(Self.bucketCount) - 1) / Int64(Self.bucketCount))
        self.isDistinct = isDistinct
    }

    func bucket(_ time: Int64) -> Int64 { time >= 0 ? time / width : (time - width + 1) / width }

    /// The first bucket of the window that ends at a time; it may begin up to one bucket before the window.
    func oldest(at time: Int64) -> Int64 { bucket(time - window) }

    /// Entries as buckets, or as members.
    fileprivate func crowd(_ entries: [KeyCount.Entry]) -> KeyCount.Body {
        if isDistinct {
            return .members(Dictionary(entries.map { ($0.member, bucket($0.at)) }, uniquingKeysWith: max))
        }
        return .buckets(Dictionary(entries.map { (bucket($0.at), 1) }, uniquingKeysWith: +))
    }

    fileprivate static func sketch(_ members: [UInt64: Int64]) -> KeyCount.Body {
        var sketches: [Int64: HyperLogLog] = [:]
        for (member, bucket) in members { sketches[bucket, default: HyperLogLog()].add(member) }
        return .sketches(sketches)
    }
}
