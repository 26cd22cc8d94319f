// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A 64-bit FNV-1a hash over texts: picks shares. Not for security, but the same on every machine and run.
struct ContentHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        // A byte that UTF-8 never has keeps "ab", "c" apart from "a", "bc".
        add(0xFF)
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
}
