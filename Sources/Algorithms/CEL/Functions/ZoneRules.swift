// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a time zone's clocks show, from a file in the TZif format (RFC 8536).
final class ZoneRules: Sendable {
    /// When the offset changes, in seconds since 1970, ascending, and what it changes to.
    private let transitions: [(time: Int64, offset: Int64)]
    /// Before the first change.
    private let firstOffset: Int64
    /// After the last change.
    private let rule: ZoneRule?

    init?(_ file: [UInt8]) {
        guard let first = Header(file, at: 0) else { return nil }
        // Version 1 has 32-bit times; later ones repeat everything with 64 bits.
        var (header, start, width) = (first, 44, 4)
        if first.version >= UInt8(ascii: "2") {
            let second = 44 + first.bodySize(timeWidth: 4)
            guard let again = Header(file, at: second) else { return nil }
            (header, start, width) = (again, second + 44, 8)
        }
        let end = start + header.bodySize(timeWidth: width)
        guard end <= file.count, header.typeCount > 0 else { return nil }
        let indexStart = start + header.timeCount * width
        let typeStart = indexStart + header.timeCount
        func offset(_ type: Int) -> Int64? {
            type < header.typeCount ? Int64(Int32(truncatingIfNeeded: Self.number(file, typeStart + type * 6, 4))) : nil
        }
        var transitions: [(time: Int64, offset: Int64)] = []
        for index in 0..<header.timeCount {
            guard let offset = offset(Int(file[indexStart + index])) else { return nil }
            let raw = Self.number(file, start + index * width, width)
            transitions.append((width == 8 ? raw : Int64(Int32(truncatingIfNeeded: raw)), offset))
        }
        self.transitions = transitions
        firstOffset = offset(0) ?? 0
        rule = width == 8 ? ZoneRule(file[end...]) : nil
    }

    private struct Header {
        let version: UInt8
        let isUTCount, isStandardCount, leapCount, timeCount, typeCount, characterCount: Int

        init?(_ file: [UInt8], at start: Int) {
            guard start + 44 <= file.count, file[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
            version = file[start + 4]
            let counts = (0..<6).map { Int(ZoneRules.number(file, start + 20 + $0 * 4, 4)) }
            guard counts.allSatisfy({ (0...1_000_000).contains($0) }) else { return nil }
            (isUTCount, isStandardCount, leapCount) = (counts[0], counts[1], counts[2])
            (timeCount, typeCount, characterCount) = (counts[3], counts[4], counts[5])
        }

        func bodySize(timeWidth: Int) -> Int {
            timeCount * (timeWidth + 1) + typeCount * 6 + characterCount + leapCount * (timeWidth + 4) + isStandardCount
                + isUTCount
        }
    }

    private static func number(_ file: [UInt8], _ start: Int, _ width: Int) -> Int64 {
        file[start..<start + width].reduce(0) { $0 << 8 | Int64($1) }
    }

    /// Seconds east of UTC at an instant.
    func offset(at seconds: Int64) -> Int64 {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].time <= seconds { low = middle + 1 } else { high = middle }
        }
        if low == transitions.count, let rule { return rule.offset(at: seconds) }
        return low == 0 ? firstOffset : transitions[low - 1].offset
    }
}
