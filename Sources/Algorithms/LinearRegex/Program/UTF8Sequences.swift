// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The UTF-8 of a set of scalars as sequences of up to four byte ranges.
struct UTF8Sequences {
    struct Sequence {
        var count = 0
        var ranges: (Pair, Pair, Pair, Pair) = (Pair(), Pair(), Pair(), Pair())

        subscript(index: Int) -> Pair {
            switch index {
            case 0: ranges.0
            case 1: ranges.1
            case 2: ranges.2
            default: ranges.3
            }
        }
    }

    struct Pair: Equatable {
        var low: UInt8 = 0
        var high: UInt8 = 0
    }

    /// In rising order. Two that have overlapping first ranges have the same first range, so that they make a tree.
    private(set) var sequences: [Sequence] = []

    init(_ set: ScalarSet) {
        for span in set.spans {
            // Surrogates have no UTF-8.
            if span.low < 0xD800 { split(span.low, min(span.high, 0xD7FF)) }
            if span.high > 0xDFFF { split(max(span.low, 0xE000), span.high) }
        }
    }

    private mutating func split(_ low: UInt32, _ high: UInt32) {
        for (last, length) in [(0x7F, 1), (0x7FF, 2), (0xFFFF, 3)] as [(UInt32, Int)] {
            if low <= last, high > last {
                split(low, last)
                split(last + 1, high)
                return
            }
            if high <= last { return splitAtBytes(low, high, length) }
        }
        splitAtBytes(low, high, 4)
    }

    /// Splits until in each byte either both ends agree or all that follow go over their whole range.
    private mutating func splitAtBytes(_ low: UInt32, _ high: UInt32, _ length: Int) {
        for index in 1..<max(length, 1) {
            let mask: UInt32 = (1 << UInt32(6 * index)) - 1
            if low & ~mask != high & ~mask {
                if low & mask != 0 {
                    splitAtBytes(low, low | mask, length)
                    splitAtBytes((low | mask) + 1, high, length)
                    return
                }
                if high & mask != mask {
                    splitAtBytes(low, (high & ~mask) - 1, length)
                    splitAtBytes(high & ~mask, high, length)
                    return
                }
            }
        }
        let first = Self.encode(low, length)
        let last = Self.encode(high, length)
        func pair(_ index: UInt32) -> Pair {
            Pair(low: UInt8(truncatingIfNeeded: first >> (8 * index)), high: UInt8(truncatingIfNeeded: last >> (8 * index)))
        }
        sequences.append(Sequence(count: length, ranges: (pair(0), pair(1), pair(2), pair(3))))
    }

    /// The bytes of a scalar, the first one lowest.
    static func encode(_ scalar: UInt32, _ length: Int) -> UInt32 {
        func tail(_ shift: UInt32) -> UInt32 { 0x80 | (scalar >> shift & 0x3F) }
        switch length {
        case 1: return scalar
        case 2: return 0xC0 | scalar >> 6 | tail(0) << 8
        case 3: return 0xE0 | scalar >> 12 | tail(6) << 8 | tail(0) << 16
        default: return 0xF0 | scalar >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24
        }
    }

    static func length(of scalar: UInt32) -> Int {
        scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
    }
}
