// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A set of Unicode scalars as sorted ranges that neither overlap nor touch.
struct ScalarSet: Hashable, Sendable {
    struct Span: Hashable, Sendable {
        var low: UInt32
        var high: UInt32
    }

    static let last: UInt32 = 0x10FFFF
    private(set) var spans: [Span] = []

    init() {}

    /// Takes ranges in any order.
    init(_ spans: [Span]) {
        self.spans = spans
        normalize()
    }

    init(_ ranges: ClosedRange<UInt32>...) {
        self.init(ranges.map { Span(low: $0.lowerBound, high: $0.upperBound) })
    }

    static let all = ScalarSet(0...last)
    static let allButNewline = ScalarSet(0...9, 11...last)

    /// The number of scalars.
    var count: Int { spans.reduce(0) { $0 + Int($1.high - $1.low) + 1 } }

    func contains(_ scalar: UInt32) -> Bool {
        spans.contains { $0.low <= scalar && scalar <= $0.high }
    }

    mutating func formUnion(_ other: ScalarSet) {
        spans += other.spans
        normalize()
    }

    mutating func negate() {
        var gaps: [Span] = []
        var next: UInt32 = 0
        for span in spans {
            if span.low > next { gaps.append(Span(low: next, high: span.low - 1)) }
            next = span.high + 1
        }
        if next <= Self.last { gaps.append(Span(low: next, high: Self.last)) }
        spans = gaps
    }

    var negated: ScalarSet {
        var copy = self
        copy.negate()
        return copy
    }

    private mutating func normalize() {
        guard spans.count > 1 else { return }
        if !zip(spans, spans.dropFirst()).allSatisfy({ $0.low <= $1.low }) { spans.sort { $0.low < $1.low } }
        var write = 0
        for read in 1..<spans.count {
            if spans[read].low <= spans[write].high &+ 1 {
                spans[write].high = max(spans[write].high, spans[read].high)
            } else {
                write += 1
                spans[write] = spans[read]
            }
        }
        spans.removeLast(spans.count - write - 1)
    }
}
