// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A 256-bit PDQ hash.
///
/// Two pictures look alike when few bits differ: the published starting point is a distance of 31 or less, for hashes whose
/// quality is 50 or more.
public struct PDQHash: Sendable, Hashable {
    public static let bitCount = 256

    // Four stored words instead of an array: an index holds millions of these, and each must cost 32 bytes and no heap.
    // `low` holds bits 0...63, `high` bits 192...255; bit `16 * i + j` is the sign of DCT coefficient (i, j).
    @usableFromInline let low: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let third: UInt64
    @usableFromInline let high: UInt64

    /// The hash made of four words, least significant first: bit 0 is the lowest bit of the first one.
    public init(words low: UInt64, _ second: UInt64, _ third: UInt64, _ high: UInt64) {
        self.low = low
        self.second = second
        self.third = third
        self.high = high
    }

    /// The hash without a bit set, which the reference gives to pictures that are too small.
    public static let zero = PDQHash(words: 0, 0, 0, 0)

    /// Four words, least significant first.
    public var words: (UInt64, UInt64, UInt64, UInt64) { (low, second, third, high) }

    /// How many bits differ, 0 to 256.
    @inlinable
    public func distance(to other: PDQHash) -> Int {
        (low ^ other.low).nonzeroBitCount + (second ^ other.second).nonzeroBitCount
            + (third ^ other.third).nonzeroBitCount + (high ^ other.high).nonzeroBitCount
    }

    /// The hash of the same picture with its colours inverted.
    public var complement: PDQHash { PDQHash(words: ~low, ~second, ~third, ~high) }
}

// MARK: - Text and bytes

/// Why text or bytes are no PDQ hash.
public enum PDQHashError: Error, Equatable, Sendable {
    /// The text has this many characters instead of 64, or there are this many bytes instead of 32.
    case wrongLength(Int)
    /// The character at this place, counted from 0, is no hexadecimal digit.
    case notHexadecimal(at: Int)
    /// The raster has no pixels, or fewer bytes than its width, height and stride need.
    case invalidRaster
    /// Hashing the raster by this method would need more than 1 GiB.
    case tooLarge
}

extension PDQHash {
    /// Reads 64 hexadecimal digits in either case, bit 255 first.
    public init(hex: some StringProtocol) throws(PDQHashError) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { throw .wrongLength(digits.count) }
        var words: [UInt64] = [0, 0, 0, 0]
        for (place, digit) in digits.enumerated() {
            guard let value = Self.value(ofDigit: digit) else { throw .notHexadecimal(at: place) }
            words[place / 16] = words[place / 16] << 4 | UInt64(value)
        }
        self.init(words: words[3], words[2], words[1], words[0])
    }

    /// Reads 32 bytes, bit 255 first.
    public init(bytes: some Collection<UInt8>) throws(PDQHashError) {
        guard bytes.count == 32 else { throw .wrongLength(bytes.count) }
        var words: [UInt64] = [0, 0, 0, 0]
        for (place, byte) in bytes.enumerated() {
            words[place / 8] = words[place / 8] << 8 | UInt64(byte)
        }
        self.init(words: words[3], words[2], words[1], words[0])
    }

    /// 32 bytes, bit 255 first.
    public var bytes: [UInt8] {
        [high, third, second, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
        }
    }

    /// 64 lower-case hexadecimal digits, bit 255 first.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension PDQHash: CustomStringConvertible {
    public var description: String { hex }
}

extension PDQHash: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(hex: container.decode(String.self))
        } catch let error as PDQHashError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a PDQ hash: \(error)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
