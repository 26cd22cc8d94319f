// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Normalised text as UTF-8 bytes, with the way back to the original.
public struct NormalizedText: Sendable {
    /// From byte `start` of the result on, until the next segment.
    struct Segment {
        var start: UInt32
        var source: UInt32
        /// 0: byte for byte from `source` on. Else all of it comes from the bytes `source` to `sourceEnd`.
        var sourceEnd: UInt32
    }

    public internal(set) var bytes: [UInt8] = []
    /// In views that squeeze, how often the letter that begins at this byte was repeated, at most 255, and 0 inside a
    /// letter; else empty.
    var runs: [UInt8] = []
    var segments: [Segment] = []

    /// The text itself, in which every place is its own.
    init(verbatim bytes: [UInt8]) {
        self.bytes = bytes
        segments = [Segment(start: 0, source: 0, sourceEnd: 0)]
    }

    init(bytes: [UInt8], runs: [UInt8], segments: [Segment]) {
        self.bytes = bytes
        self.runs = runs
        self.segments = segments
    }

    init(_ glyphs: [Glyph], keepsRuns: Bool) {
        bytes.reserveCapacity(glyphs.count + glyphs.count / 2)
        if keepsRuns { runs.reserveCapacity(glyphs.count + glyphs.count / 2) }
        for glyph in glyphs {
            place(glyph)
            let before = bytes.count
            append(glyph.scalar)
            guard keepsRuns else { continue }
            runs.append(glyph.run)
            for _ in (before + 1)..<bytes.count { runs.append(0) }
        }
    }

    /// The original's UTF-8 bytes that a non-empty range of normalised bytes came from, in whole characters. Empty for an
    /// empty range
    /// or one outside.
    public func originalRange(of range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= bytes.count else { return 0..<0 }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower > 0, bytes[lower] & 0xC0 == 0x80 { lower -= 1 }
        while upper < bytes.count, bytes[upper] & 0xC0 == 0x80 { upper += 1 }
        let first = segment(at: lower)
        let last = segment(at: upper - 1)
        let start = first.sourceEnd == 0 ? Int(first.source) + lower - Int(first.start) : Int(first.source)
        let end = last.sourceEnd == 0 ? Int(last.source) + upper - Int(last.start) : Int(last.sourceEnd)
        return start..<max(start, end)
    }

    private func segment(at byte: Int) -> Segment {
        var (low, high) = (0, segments.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(segments[middle].start) <= byte { low = middle } else { high = middle }
        }
        return segments[low]
    }

    /// Begins a new segment where the next glyph does not continue the last one.
    private mutating func place(_ glyph: Glyph) {
        let start = UInt32(truncatingIfNeeded: bytes.count)
        let isVerbatim = glyph.end - glyph.start == glyph.width
        if let last = segments.last {
            if isVerbatim, last.sourceEnd == 0, glyph.start &- last.source == start &- last.start { return }
            if !isVerbatim, last.source == glyph.start, last.sourceEnd == glyph.end { return }
        }
        segments.append(Segment(start: start, source: glyph.start, sourceEnd: isVerbatim ? 0 : glyph.end))
    }

    private mutating func append(_ scalar: UInt32) {
        func byte(_ value: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        switch scalar {
        case 0..<0x80: bytes.append(byte(scalar))
        case 0x80..<0x800:
            bytes.append(byte(0xC0 | scalar >> 6))
            bytes.append(byte(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            bytes.append(byte(0xE0 | scalar >> 12))
            bytes.append(byte(0x80 | scalar >> 6 & 0x3F))
            bytes.append(byte(0x80 | scalar & 0x3F))
        default:
            bytes.append(byte(0xF0 | scalar >> 18))
            bytes.append(byte(0x80 | scalar >> 12 & 0x3F))
            bytes.append(byte(0x80 | scalar >> 6 & 0x3F))
            bytes.append(byte(0x80 | scalar & 0x3F))
        }
    }
}

/// One character on its way from the original to the result.
struct Glyph {
    var scalar: UInt32
    /// The character of the original that this is, or is the first part of.
    var origin: UInt32
    /// UTF-8 bytes of the original.
    var start: UInt32
    var end: UInt32
    /// How often it was repeated; 1 until runs are squeezed.
    var run: UInt8 = 1
    var flags: CharacterFlags

    /// Bytes in UTF-8.
    var width: UInt32 { scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4 }
}
