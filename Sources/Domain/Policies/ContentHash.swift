// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A 64-bit FNV-1a hash over texts: names versions and picks shares. Not for security, but the same on every machine and run.
struct ContentHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        // A byte that UTF-8 never has keeps "ab", "c" apart from "a", "bc".
        add(0xFF)
    }

    private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    /// 16 hexadecimal digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Rule {
    /// The version of a rule: a hash over everything that decides what it does. The stage is left out, so that a rule keeps its
    /// version, and with it its record, on the way from draft to live.
    static func version(
        of id: String, events: [String], when: String, effects: [String], quota: String, unknown: String, signals: [String]
    ) -> String {
        var hash = ContentHash()
        for part in [id, events.sorted().joined(separator: ","), when, quota, unknown] { hash.add(part) }
        for part in effects + signals { hash.add(part) }
        return hash.text
    }
}
