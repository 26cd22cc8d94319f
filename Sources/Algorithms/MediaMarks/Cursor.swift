// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Reads numbers and runs of bytes from a slice, front to back; nil where they end too soon.
struct Cursor {
    enum Order { case big, little }

    private let bytes: ArraySlice<UInt8>
    private let order: Order
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>, _ order: Order = .big) {
        self.bytes = bytes
        self.order = order
        place = bytes.startIndex
    }

    var left: Int { bytes.endIndex - place }

    var rest: ArraySlice<UInt8> { bytes[place...] }

    /// A number of up to eight bytes; nil when it is larger than an `Int`.
    mutating func number(_ count: Int) -> Int? {
        guard let run = take(count) else { return nil }
        var value: UInt64 = 0
        switch order {
        case .big: for byte in run { value = value << 8 | UInt64(byte) }
        case .little: for byte in run.reversed() { value = value << 8 | UInt64(byte) }
        }
        return Int(exactly: value)
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= left else { return nil }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// Passes as many of this byte as there are.
    mutating func skipAll(_ byte: UInt8) {
        while place < bytes.endIndex, bytes[place] == byte { place += 1 }
    }

    /// What stands before the next zero byte, which is passed; nil when there is none among the next `longest` bytes.
    mutating func text(longest: Int) -> ArraySlice<UInt8>? {
        guard let end = rest.prefix(longest + 1).firstIndex(of: 0) else { return nil }
        defer { place = end + 1 }
        return bytes[place..<end]
    }

    /// Whether these bytes come next; they are passed if so.
    mutating func skip(_ expected: some Collection<UInt8>) -> Bool {
        guard rest.starts(with: expected) else { return false }
        place += expected.count
        return true
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Where the needle begins first.
    func find(_ needle: some Collection<UInt8>, from start: Int? = nil) -> Int? {
        guard let first = needle.first else { return nil }
        var rest = self[(start ?? startIndex)...]
        while let place = rest.firstIndex(of: first) {
            let found = self[place...]
            if found.count < needle.count { return nil }
            if found.starts(with: needle) { return place }
            rest = self[(place + 1)...]
        }
        return nil
    }

    func contains(_ text: String) -> Bool { find(Array(text.utf8)) != nil }

    /// Without blanks and line ends around it.
    var trimmed: SubSequence {
        var rest = self[...]
        while let byte = rest.first, byte <= 0x20 { rest = rest.dropFirst() }
        while let byte = rest.last, byte <= 0x20 { rest = rest.dropLast() }
        return rest
    }

    /// With small letters for the capitals of ASCII.
    var lowercased: [UInt8] { map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 } }

    /// The text as bytes in ASCII, if it is UTF-16 whose characters are mostly ASCII: by its mark, else by where zeros stand.
    var withoutUTF16: [UInt8] {
        guard count >= 2 else { return Array(self) }
        let bytes = Array(self)
        let sample = bytes.prefix(512)
        var zeros = (even: 0, odd: 0)
        for (index, byte) in sample.enumerated() where byte == 0 {
            if index % 2 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
        }
        let (marksBig, marksLittle) = (bytes.starts(with: [0xfe, 0xff]), bytes.starts(with: [0xff, 0xfe]))
        guard zeros.even + zeros.odd > 0 || marksBig || marksLittle else { return bytes }
        let isLittle = marksLittle || !marksBig && zeros.odd > zeros.even
        return stride(from: 0, to: bytes.count - 1, by: 2).map { index in
            let (high, low) = isLittle ? (bytes[index + 1], bytes[index]) : (bytes[index], bytes[index + 1])
            return high == 0 ? low : UInt8(ascii: "?")
        }
    }
}
