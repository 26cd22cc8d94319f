// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The Castagnoli checksum (RFC 3720), eight bytes a step.
enum CRC32C {
    /// Eight tables of 256: `tables[256 * k + b]` is the effect of byte `b` that `k` more bytes follow.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for k in 1..<8 {
            for byte in 0..<256 {
                let before = tables[256 * (k - 1) + byte]
                tables[256 * k + byte] = before >> 8 ^ tables[Int(before & 255)]
            }
        }
        return tables
    }()

    static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes, in: 0..<bytes.count) }

    static func of(_ bytes: [UInt8], in range: Range<Int>) -> UInt32 {
        let tables = tables.span
        let bytes = bytes.span
        var crc = ~UInt32(0)
        var place = range.lowerBound
        while place + 8 <= range.upperBound {
            let low = crc ^ word(bytes, place)
            let high = word(bytes, place + 4)
            let first = tables[1_792 + Int(low & 255)] ^ tables[1_536 + Int(low >> 8 & 255)]
            let second = tables[1_280 + Int(low >> 16 & 255)] ^ tables[1_024 + Int(low >> 24)]
            let third = tables[768 + Int(high & 255)] ^ tables[512 + Int(high >> 8 & 255)]
            let fourth = tables[256 + Int(high >> 16 & 255)] ^ tables[Int(high >> 24)]
            crc = first ^ second ^ third ^ fourth
            place += 8
        }
        while place < range.upperBound {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[place])) & 255)]
            place += 1
        }
        return ~crc
    }

    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ place: Int) -> UInt32 {
        UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16 | UInt32(bytes[place + 3]) << 24
    }
}
