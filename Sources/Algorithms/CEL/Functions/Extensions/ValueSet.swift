// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Values that were seen, by CEL's equality: an int equals the double of its value, also inside lists.
struct ValueSet {
    /// By hash: equality is not that of Swift's sets, and beyond 2^53 it does not even carry over from one pair to the next.
    private var buckets: [Int: [Value]] = [:]

    init() {}

    init(_ values: [Value]) {
        for value in values { buckets[Self.hash(value), default: []].append(value) }
    }

    /// Adds a value unless an equal one is there: then it is false.
    mutating func insert(_ value: Value) -> Bool {
        let hash = Self.hash(value)
        if let bucket = buckets[hash], bucket.contains(where: { areEqual($0, value) }) { return false }
        buckets[hash, default: []].append(value)
        return true
    }

    func contains(_ value: Value) -> Bool {
        buckets[Self.hash(value)]?.contains { areEqual($0, value) } ?? false
    }

    // Lists can hold one another many times, so that reading all of a value could take forever. Its beginning tells enough.
    private static let hashedDepth = 3
    private static let hashedCount = 16

    private static func hash(_ value: Value, _ depth: Int = 0) -> Int {
        var hasher = Hasher()
        feed(value, depth, to: &hasher)
        return hasher.finalize()
    }

    /// Equal values feed the same.
    private static func feed(_ value: Value, _ depth: Int, to hasher: inout Hasher) {
        switch value {
        case .int(let number): feed(Double(number), to: &hasher)
        case .uint(let number): feed(Double(number), to: &hasher)
        case .double(let number): feed(number, to: &hasher)
        case .bool(let bool): hasher.combine(bool)
        case .string(let text): for byte in text.utf8 { hasher.combine(byte) }
        case .bytes(let bytes): hasher.combine(bytes)
        case .duration(let nanoseconds): hasher.combine(nanoseconds)
        case .timestamp(let time): hasher.combine(time)
        case .type(let name): hasher.combine(name)
        case .list(let elements):
            hasher.combine(elements.count)
            if depth < hashedDepth {
                for element in elements.prefix(hashedCount) { feed(element, depth + 1, to: &hasher) }
            }
        case .map(let map):
            hasher.combine(map.count)
            // The order of the pairs does not count.
            if depth < hashedDepth, map.count <= hashedCount {
                hasher.combine(map.entries.reduce(0) { $0 ^ hash(.list([$1.key, $1.value]), depth + 1) })
            }
        case .optional(let inner): if let inner { feed(inner, depth, to: &hasher) }
        // What only its own type can compare: all of one type are looked at.
        case .message, .object: hasher.combine(value.typeName)
        case .null, .error, .unknown: hasher.combine(0)
        }
        if let address = value.address { hasher.combine(address) }
        if let range = value.range { hasher.combine(range) }
    }

    private static func feed(_ number: Double, to hasher: inout Hasher) {
        // Zero has two signs; adding one of them leaves the other.
        hasher.combine((number + 0.0).bitPattern)
    }
}
