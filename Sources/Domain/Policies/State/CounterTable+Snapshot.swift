// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The whole of a counter table as bytes: version, key, counters, checksum. The same table gives the same bytes.
extension CounterTable {
    private static let version: UInt64 = 1

    package var snapshot: [UInt8] {
        var writer = ByteWriter()
        writer.number(Self.version)
        writer.fixed(hash.key0)
        writer.fixed(hash.key1)
        writer.number(UInt64(counters.count))
        for (identity, counter) in counters.sorted(by: { $0.key < $1.key }) { writer.counter(counter, identity) }
        let check = SipHash(key0: 0, key1: 0)
        writer.fixed(writer.bytes.withUnsafeBufferPointer { check($0) })
        return writer.bytes
    }

    /// The table that a snapshot was made of; nothing is declared yet.
    /// - Throws: when the bytes are damaged or of another version; then the counters have to warm up.
    package init(snapshot bytes: [UInt8], limits: Limits = Limits()) throws(BytesError) {
        let check = SipHash(key0: 0, key1: 0)
        guard bytes.count > 8, case let body = bytes.dropLast(8) else {
            throw BytesError(description: "the snapshot has \(bytes.count) bytes")
        }
        var end = ByteReader(bytes.suffix(8))
        guard try end.fixed() == body.withUnsafeBufferPointer({ check($0) }) else {
            throw BytesError(description: "the snapshot's checksum is wrong")
        }
        var reader = ByteReader(body)
        let version = try reader.number()
        guard version == Self.version else {
            throw BytesError(description: "the snapshot is of version \(version); expected \(Self.version)")
        }
        self.init(hash: SipHash(key0: try reader.fixed(), key1: try reader.fixed()), limits: limits)
        for _ in 0..<(try reader.count()) { try reader.counter(into: &self) }
        guard reader.isAtEnd else { throw BytesError(description: "the snapshot goes on behind its end") }
    }
}

extension ByteWriter {
    fileprivate mutating func counter(_ counter: CounterTable.Counter, _ identity: String) {
        text(identity)
        number(UInt64(counter.shape.window / 1_000))
        number(counter.shape.isDistinct ? 1 : 0)
        optional(counter.since)
        optional(counter.gaveUpAt)
        number(UInt64(counter.seen.buckets.count))
        for (bucket, events) in counter.seen.buckets.sorted(by: { $0.key < $1.key }) {
            signed(bucket)
            number(UInt64(events.count))
            for event in events.sorted() { fixed(event) }
        }
        number(UInt64(counter.keys.count))
        for (key, count) in counter.keys.sorted(by: { $0.key < $1.key }) {
            text(key)
            signed(count.createdAt)
            signed(count.latest)
            body(count.body)
        }
    }

    private mutating func optional(_ value: Int64?) {
        number(value == nil ? 0 : 1)
        if let value { signed(value) }
    }

    private mutating func body(_ body: KeyCount.Body) {
        switch body {
        case .few(let entries):
            number(0)
            number(UInt64(entries.count))
            for entry in entries {
                signed(entry.at)
                fixed(entry.event)
                fixed(entry.member)
            }
        case .buckets(let buckets):
            number(1)
            number(UInt64(buckets.count))
            for (bucket, count) in buckets.sorted(by: { $0.key < $1.key }) {
                signed(bucket)
                signed(count)
            }
        case .members(let members):
            number(2)
            number(UInt64(members.count))
            for (member, bucket) in members.sorted(by: { $0.key < $1.key }) {
                fixed(member)
                signed(bucket)
            }
        case .sketches(let sketches):
            number(3)
            number(UInt64(sketches.count))
            for (bucket, sketch) in sketches.sorted(by: { $0.key < $1.key }) {
                signed(bucket)
                raw(sketch.registers)
            }
        }
    }
}

extension ByteReader {
    fileprivate mutating func counter(into table: inout CounterTable) throws(BytesError) {
        let identity = try text()
        let shape = CounterShape(seconds: Int(truncatingIfNeeded: try number()), isDistinct: try number() == 1)
        let (since, gaveUpAt) = (try optional(), try optional())
        var seen = SeenEvents(limit: table.limits.events)
        for _ in 0..<(try count()) {
            let bucket = try signed()
            for _ in 0..<(try count(each: 8)) { _ = seen.insert(try fixed(), in: bucket) }
        }
        var keys: [String: KeyCount] = [:]
        for _ in 0..<(try count()) {
            let key = try text()
            keys[key] = KeyCount(createdAt: try signed(), latest: try signed(), body: try body())
        }
        table.counters[identity] = CounterTable.Counter(shape: shape, since: since, keys: keys, seen: seen, gaveUpAt: gaveUpAt)
    }

    private mutating func optional() throws(BytesError) -> Int64? { try number() == 0 ? nil : try signed() }

    private mutating func body() throws(BytesError) -> KeyCount.Body {
        switch try number() {
        case 0:
            var entries: [KeyCount.Entry] = []
            for _ in 0..<(try count(each: 17)) {
                entries.append(KeyCount.Entry(at: try signed(), event: try fixed(), member: try fixed()))
            }
            return .few(entries)
        case 1:
            var buckets: [Int64: Int64] = [:]
            for _ in 0..<(try count(each: 2)) { buckets[try signed()] = try signed() }
            return .buckets(buckets)
        case 2:
            var members: [UInt64: Int64] = [:]
            for _ in 0..<(try count(each: 9)) { members[try fixed()] = try signed() }
            return .members(members)
        case 3:
            var sketches: [Int64: HyperLogLog] = [:]
            for _ in 0..<(try count(each: HyperLogLog.registerCount)) {
                let bucket = try signed()
                guard let sketch = HyperLogLog(registers: Array(try raw(HyperLogLog.registerCount))) else {
                    throw BytesError(description: "a sketch has an impossible register")
                }
                sketches[bucket] = sketch
            }
            return .sketches(sketches)
        case let other: throw BytesError(description: "there is no kind of count \(other)")
        }
    }
}
