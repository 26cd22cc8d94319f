// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The two hash functions that addresses for payment carry check digits of. Inputs are some tens of bytes; nothing secret is hashed.
enum Digests {
    /// FIPS 180-4.
    static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        var message = bytes + [0x80]
        while message.count % 64 != 56 { message.append(0) }
        message += (0..<8).map { UInt8(truncatingIfNeeded: UInt64(bytes.count * 8) >> (56 - 8 * UInt64($0))) }
        var words = [UInt32](repeating: 0, count: 64)
        for start in stride(from: 0, to: message.count, by: 64) {
            for index in 0..<16 {
                words[index] = message[(start + 4 * index)..<(start + 4 * index + 4)].reduce(0) { $0 << 8 | UInt32($1) }
            }
            for index in 16..<64 {
                let (early, late) = (words[index - 15], words[index - 2])
                let first = turned(early, 7) ^ turned(early, 18) ^ early >> 3
                let second = turned(late, 17) ^ turned(late, 19) ^ late >> 10
                words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
            }
            compress(&state, words)
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    private static func compress(_ state: inout [UInt32], _ words: [UInt32]) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let upper = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
            let choice: UInt32 = (e & f) ^ (~e & g)
            let first = h &+ upper &+ choice &+ rounds[index] &+ words[index]
            let lower = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
            let majority: UInt32 = (a & b) ^ (a & c) ^ (b & c)
            let second = lower &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    /// The fractional parts of the cube roots of the first 64 primes.
    private static let rounds: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    /// Keccak-256 with the padding from before FIPS 202, as Ethereum uses it. At most 135 bytes.
    static func keccak256(_ bytes: [UInt8]) -> [UInt8] {
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
