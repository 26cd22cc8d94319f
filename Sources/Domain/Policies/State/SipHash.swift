// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// SipHash-1-3 over texts, with a key: who does not know the key cannot make two texts collide.
///
/// Swift's own hasher has another key in every process, so what it gives cannot be kept. Aumasson and Bernstein, "SipHash: a fast
/// short-input PRF" (2012), with 1 and 3 rounds.
package struct SipHash: Hashable, Sendable {
    package let key0: UInt64
    package let key1: UInt64

    package init(key0: UInt64, key1: UInt64) {
        self.key0 = key0
        self.key1 = key1
    }

    package func callAsFunction(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { self($0) }
    }

    package func callAsFunction(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state = State(key0, key1)
        let raw = UnsafeRawBufferPointer(bytes)
        var place = 0
        while place + 8 <= raw.count {
            state.take(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            place += 8
        }
        var word: UInt64 = UInt64(truncatingIfNeeded: bytes.count) << 56
        for (offset, byte) in bytes[place...].enumerated() { word |= UInt64(byte) << UInt64(8 * offset) }
        state.take(word)
        return state.finish()
    }

    /// The hash of two texts with U+001F between them, which stands in no id.
    func callAsFunction(_ first: String, _ second: String) -> UInt64 {
        let (before, count) = (first.utf8.count, first.utf8.count + 1 + second.utf8.count)
        // On the stack where it is small.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { bytes in
            var (first, second) = (first, second)
            first.withUTF8 { _ = bytes.initialize(fromContentsOf: $0) }
            bytes.initializeElement(at: before, to: 0x1F)
            second.withUTF8 { _ = bytes[(before + 1)...].initialize(fromContentsOf: $0) }
            return self(UnsafeBufferPointer(bytes))
        }
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736f_6d65_7073_6575
            v1 = key1 ^ 0x646f_7261_6e64_6f6d
            v2 = key0 ^ 0x6c79_6765_6e65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        mutating func take(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            for _ in 0..<3 { round() }
            return v0 ^ v1 ^ v2 ^ v3
        }

        private mutating func round() {
            v0 &+= v1
            v1 = v1 << 13 | v1 >> 51
            v1 ^= v0
            v0 = v0 << 32 | v0 >> 32
            v2 &+= v3
            v3 = v3 << 16 | v3 >> 48
            v3 ^= v2
            v0 &+= v3
            v3 = v3 << 21 | v3 >> 43
            v3 ^= v0
            v2 &+= v1
            v1 = v1 << 17 | v1 >> 47
            v1 ^= v2
            v2 = v2 << 32 | v2 >> 32
        }
    }
}
