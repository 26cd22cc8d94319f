// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An item's id in few bytes: ids of well-known shapes as the numbers that they spell, all others as text.
struct ItemCode: Equatable {
    enum Shape: UInt8 {
        case text = 0
        /// `$` and 43 characters of base64url: 32 bytes.
        case matrix = 1
        /// Lower-case, with hyphens: 16 bytes.
        case uuid = 2
        /// Without leading zeros, up to 63 bits: a varint.
        case decimal = 3
    }

    var shape: Shape
    var bytes: ArraySlice<UInt8>

    init(shape: Shape, bytes: ArraySlice<UInt8>) {
        self.shape = shape
        self.bytes = bytes
    }

    init(_ id: String) {
        let text = Array(id.utf8)
        if let bytes = Self.matrix(text) {
            self.init(shape: .matrix, bytes: bytes[...])
        } else if let bytes = Self.uuid(text) {
            self.init(shape: .uuid, bytes: bytes[...])
        } else if let bytes = Self.decimal(text) {
            self.init(shape: .decimal, bytes: bytes[...])
        } else {
            self.init(shape: .text, bytes: text[...])
        }
    }

    /// The id that it was made from; nil when the bytes are none that `init` makes.
    var id: String? {
        switch shape {
        case .text: return String(decoding: bytes, as: UTF8.self)
        case .matrix:
            guard bytes.count == 32 else { return nil }
            return "$" + Self.base64url(bytes)
        case .uuid:
            guard bytes.count == 16 else { return nil }
            let hex = bytes.flatMap { [Self.hexDigits[Int($0 >> 4)], Self.hexDigits[Int($0 & 15)]] }
            let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: hex[$0], as: UTF8.self) }
            return parts.joined(separator: "-")
        case .decimal:
            var reader = ByteReader(bytes)
            return reader.varint().map(String.init)
        }
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    /// The value of each character of base64url; 255 for others.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    private static func matrix(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 44, text[0] == UInt8(ascii: "$") else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var held: UInt32 = 0
        var bits = 0
        for character in text.dropFirst() {
            let value = values[Int(character)]
            guard value < 64 else { return nil }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
                held &= 1 << UInt32(bits) - 1
            }
        }
        // Two bits are left over; an id in which they are not 0 would not come back the same.
        return held == 0 ? bytes : nil
    }

    private static func base64url(_ bytes: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(43)
        var held: UInt32 = 0
        var bits = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> UInt32(bits) & 63)])
            }
        }
        text.append(alphabet[Int(held << UInt32(6 - bits) & 63)])
        return String(decoding: text, as: UTF8.self)
    }

    private static func uuid(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 36 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for (place, character) in text.enumerated() {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }

    private static func decimal(_ text: [UInt8]) -> [UInt8]? {
        guard let first = text.first, first != UInt8(ascii: "0") || text.count == 1,
            text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let value = Int(String(decoding: text, as: UTF8.self))
        else { return nil }
        var bytes: [UInt8] = []
        bytes.appendVarint(value)
        return bytes
    }
}
