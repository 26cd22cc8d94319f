// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The hash that addresses of Ethereum carry check digits of; other hashes come from the library.
enum Keccak256 {
    /// Keccak-256 with the padding from before FIPS 202, as Ethereum uses it. At most 135 bytes.
    static func hash(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count < 136, "one block only")
        var block = bytes + [UInt8](repeating: 0, count: 136 - bytes.count)
        block[bytes.count] ^= 0x01
        block[135] ^= 0x80
        var lanes = [UInt64](repeating: 0, count: 25)
        for lane in 0..<17 {
            lanes[lane] = block[(8 * lane)..<(8 * lane + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        permute(&lanes)
        return (0..<32).map { UInt8(truncatingIfNeeded: lanes[$0 / 8] >> (8 * UInt64($0 % 8))) }
    }

    private static func permute(_ lanes: inout [UInt64]) {
        var register: UInt8 = 1
        for _ in 0..<24 {
            var columns = [UInt64](repeating: 0, count: 5)
            for index in 0..<25 { columns[index % 5] ^= lanes[index] }
            for index in 0..<25 { lanes[index] ^= columns[(index + 4) % 5] ^ turned(columns[(index + 1) % 5], 1) }
            // Turns each lane and moves it on.
            var (x, y, moving) = (1, 0, lanes[1])
            for step in 0..<24 {
                (x, y) = (y, (2 * x + 3 * y) % 5)
                let place = x + 5 * y
                (moving, lanes[place]) = (lanes[place], turned(moving, UInt64((step + 1) * (step + 2) / 2 % 64)))
            }
            for row in stride(from: 0, to: 25, by: 5) {
                let old = Array(lanes[row..<(row + 5)])
                for x in 0..<5 {
                    let (next, second) = (old[(x + 1) % 5], old[(x + 2) % 5])
                    lanes[row + x] = old[x] ^ (~next & second)
                }
            }
            // The round's constant comes from a register with feedback.
            for bit in 0..<7 {
                if register & 1 == 1 { lanes[0] ^= 1 << UInt64((1 << bit) - 1) }
                register = register & 0x80 == 0 ? register << 1 : register << 1 ^ 0x71
            }
        }
    }

    private static func turned(_ lane: UInt64, _ count: UInt64) -> UInt64 {
        count == 0 ? lane : lane << count | lane >> (64 - count)
    }
}
