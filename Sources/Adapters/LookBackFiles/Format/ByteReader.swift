// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads numbers from bytes; nil past the end or for a number that is not well formed.
struct ByteReader {
    let bytes: ArraySlice<UInt8>
    private(set) var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    var isAtEnd: Bool { place >= bytes.endIndex }

    mutating func byte() -> UInt8? {
        guard place < bytes.endIndex else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    /// Seven bits a byte, the lowest first; up to 63 bits, so that it is an `Int`.
    mutating func varint() -> Int? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let next = byte() {
            guard shift < 63 else { return nil }
            value |= UInt64(next & 127) << shift
            if next < 128 { return Int(exactly: value) }
            shift += 7
        }
        return nil
    }

    /// A little-endian number of so many bytes.
    mutating func fixed(_ count: Int) -> UInt64? {
        guard let slice = slice(count) else { return nil }
        return slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.endIndex - place else { return nil }
        defer { place += count }
        return bytes[place..<place + count]
    }
}

extension [UInt8] {
    mutating func appendVarint(_ value: Int) {
        var rest = UInt64(bitPattern: Int64(value))
        while rest > 127 {
            append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func appendFixed(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<value.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
