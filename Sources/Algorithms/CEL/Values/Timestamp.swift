// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An instant between the years 0001 and 9999, in UTC, exact to the nanosecond.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    public let seconds: Int64
    /// 0 to 999,999,999.
    public let nanoseconds: Int32

    static let secondRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Nil outside the years 0001 to 9999, or when `nanoseconds` is not in 0 ..< 1,000,000,000.
    public init?(seconds: Int64, nanoseconds: Int32 = 0) {
        guard Self.secondRange.contains(seconds), (0..<1_000_000_000).contains(nanoseconds) else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    /// The instant that many nanoseconds later (or earlier); nil outside the range.
    func advanced(byNanoseconds delta: Int64) -> Timestamp? {
        let (whole, part) = delta.flooredDivision(by: 1_000_000_000)
        var nanos = Int64(nanoseconds) + part
        var carry: Int64 = 0
        if nanos >= 1_000_000_000 {
            nanos -= 1_000_000_000
            carry = 1
        }
        return Timestamp(seconds: seconds + whole + carry, nanoseconds: Int32(nanos))
    }

    /// Nanoseconds since `other`; nil when they do not fit in 64 bits (about 292 years).
    func nanoseconds(since other: Timestamp) -> Int64? {
        let (scaled, overflow) = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return nil }
        let (sum, carried) = scaled.addingReportingOverflow(Int64(nanoseconds) - Int64(other.nanoseconds))
        return carried ? nil : sum
    }
}

extension Int64 {
    /// Quotient rounded down and the remainder that is never negative. `divisor` is positive.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
