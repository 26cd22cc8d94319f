// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The Castagnoli checksum (RFC 3720).
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes { crc = crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 255)] }
        return ~crc
    }
}
