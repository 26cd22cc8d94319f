// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Bytes that cannot be read as what they should be.
package struct BytesError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}

/// Writes numbers (LEB128, signed ones in zigzag) and texts behind one another.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: about as many bytes as there will be.
    init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func signed(_ value: Int64) { number(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func fixed(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func text(_ text: String) {
        number(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func raw(_ more: [UInt8]) { bytes += more }
}

/// Reads what `ByteWriter` wrote; hostile bytes give an error.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    var isAtEnd: Bool { place == bytes.endIndex }

    mutating func byte() throws(BytesError) -> UInt8 {
        guard place < bytes.endIndex else { throw BytesError(description: "the bytes end too early") }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func number() throws(BytesError) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            guard place < bytes.endIndex else { throw BytesError(description: "the bytes end in a number") }
            let byte = bytes[place]
            place += 1
            guard shift < 63 || byte <= 1 else { throw BytesError(description: "a number has more than 64 bits") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(BytesError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func fixed() throws(BytesError) -> UInt64 {
        try raw(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// How many things follow, each of at least some bytes.
    mutating func count(each size: Int = 1) throws(BytesError) -> Int {
        let value = try number()
        guard value <= UInt64((bytes.endIndex - place) / max(1, size)) else {
            throw BytesError(description: "\(value) things are announced, and the bytes end before")
        }
        return Int(value)
    }

    mutating func raw(_ count: Int) throws(BytesError) -> ArraySlice<UInt8> {
        guard count <= bytes.endIndex - place else { throw BytesError(description: "the bytes end too early") }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func text() throws(BytesError) -> String {
        let count = try count()
        let start = place - bytes.startIndex
        place += count
        guard let text = try? UTF8Span(validating: bytes.span.extracting(start..<start + count)) else {
            throw BytesError(description: "a text is no UTF-8")
        }
        return String(copying: text)
    }
}
