// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A text to look for in others.
///
/// Sixteen places at a time are asked for two bytes of the needle, its rarest; only where both are, the rest is compared.
struct Needle {
    /// Not empty, in memory that its owner keeps.
    let bytes: UnsafeRawBufferPointer
    private let first: Int
    private let second: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        first = 0
        second = max(bytes.count - 1, 0)
    }

    /// For constants: worth some time, since texts are looked through for it again and again.
    init(choosingIn bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        let places = bytes.indices.sorted { (Self.commonness(bytes[$0]), -$0) < (Self.commonness(bytes[$1]), -$1) }
        first = places.first ?? 0
        second = places.dropFirst().first ?? first
    }

    /// Roughly how often a byte comes up in chat.
    private static func commonness(_ byte: UInt8) -> Int {
        let ranked = Array("jqxzvkbpywgfcumldhrsnioate ".utf8)
        return ranked.firstIndex(of: byte).map { $0 + 5 } ?? (byte < 0x80 ? 2 : 9)
    }

    func isIn(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let pattern = bytes.baseAddress, let start = text.baseAddress, text.count >= bytes.count else { return false }
        let count = bytes.count
        // Places at which the needle can begin.
        let places = text.count - count + 1
        if places < 16 {
            for place in 0..<places where memcmp(start + place, pattern, count) == 0 { return true }
            return false
        }
        let firsts = SIMD16<UInt8>(repeating: pattern.load(fromByteOffset: first, as: UInt8.self))
        let seconds = SIMD16<UInt8>(repeating: pattern.load(fromByteOffset: second, as: UInt8.self))
        var place = 0
        // Four blocks are asked together, since nearly always the answer is no.
        while place + 64 <= places {
            let here = start + place
            let masks = (
                both(here, firsts, seconds), both(here + 16, firsts, seconds), both(here + 32, firsts, seconds),
                both(here + 48, firsts, seconds)
            )
            if Self.any(masks.0 .| masks.1 .| masks.2 .| masks.3) {
                if isAt(masks.0, here) || isAt(masks.1, here + 16) || isAt(masks.2, here + 32) || isAt(masks.3, here + 48) {
                    return true
                }
            }
            place += 64
        }
        while place < places {
            // The last block overlaps the one before, so that no load leaves the text.
            let here = start + min(place, places - 16)
            let mask = both(here, firsts, seconds)
            if Self.any(mask), isAt(mask, here) { return true }
            place += 16
        }
        return false
    }

    private typealias Mask = SIMDMask<SIMD16<Int8>>

    /// At which of 16 places both bytes are where they should be.
    @inline(__always)
    private func both(_ here: UnsafeRawPointer, _ firsts: SIMD16<UInt8>, _ seconds: SIMD16<UInt8>) -> Mask {
        ((here + first).loadUnaligned(as: SIMD16<UInt8>.self) .== firsts)
            .& ((here + second).loadUnaligned(as: SIMD16<UInt8>.self) .== seconds)
    }

    @inline(__always)
    private static func any(_ mask: Mask) -> Bool {
        // A mask is 16 bytes, all ones where the comparison holds.
        let words = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return words[0] | words[1] != 0
    }

    /// Whether the needle is at one of 16 places, those that the mask names.
    @inline(never)
    private func isAt(_ mask: Mask, _ start: UnsafeRawPointer) -> Bool {
        let words = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return isAt(words[0], start) || isAt(words[1], start + 8)
    }

    @inline(__always)
    private func isAt(_ word: UInt64, _ start: UnsafeRawPointer) -> Bool {
        var left = UInt64(littleEndian: word)
        while left != 0 {
            let place = left.trailingZeroBitCount >> 3
            if memcmp(start + place, bytes.baseAddress.unsafelyUnwrapped, bytes.count) == 0 { return true }
            left &= ~(0xFF << UInt64(place << 3))
        }
        return false
    }
}
