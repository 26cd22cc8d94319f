// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Texts as bytes of UTF-8: comparison, search and size without `String`.
enum ByteText {
    static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var joined: UInt64 = 0
        var index = 0
        while index + 8 <= bytes.count {
            joined |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            joined |= UInt64(bytes[index])
            index += 1
        }
        return joined & 0x8080_8080_8080_8080 == 0
    }

    /// Code points: all bytes but those that continue one.
    static func scalarCount(_ cell: Cell) -> Int64 {
        if cell.isASCII { return Int64(cell.length) }
        var count: Int64 = 0
        for byte in cell.text where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    static func contains(_ text: UnsafeRawBufferPointer, _ needle: UnsafeRawBufferPointer) -> Bool {
        needle.isEmpty || Needle(needle).isIn(text)
    }

    static func starts(_ text: UnsafeRawBufferPointer, with prefix: UnsafeRawBufferPointer) -> Bool {
        text.count >= prefix.count && equal(UnsafeRawBufferPointer(rebasing: text[..<prefix.count]), prefix)
    }

    static func ends(_ text: UnsafeRawBufferPointer, with suffix: UnsafeRawBufferPointer) -> Bool {
        text.count >= suffix.count && equal(UnsafeRawBufferPointer(rebasing: text[(text.count - suffix.count)...]), suffix)
    }

    /// Equal bytes. Up to 16 bytes two overlapping loads from each side beat a call.
    @inline(__always)
    static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        let count = a.count
        guard count == b.count else { return false }
        // Nil only when empty.
        guard count > 0, let a = a.baseAddress, let b = b.baseAddress else { return true }
        if count > 16 { return memcmp(a, b, count) == 0 }
        if count >= 8 { return same(a, b, count, UInt64.self) }
        if count >= 4 { return same(a, b, count, UInt32.self) }
        if count >= 2 { return same(a, b, count, UInt16.self) }
        return a.load(as: UInt8.self) == b.load(as: UInt8.self)
    }

    /// The first and the last word of both; together they cover texts of one to two words.
    @inline(__always)
    private static func same<T: FixedWidthInteger & BitwiseCopyable>(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int, _: T.Type
    ) -> Bool {
        let last = count - MemoryLayout<T>.size
        let head = a.loadUnaligned(as: T.self) ^ b.loadUnaligned(as: T.self)
        let tail = (a + last).loadUnaligned(as: T.self) ^ (b + last).loadUnaligned(as: T.self)
        return head | tail == 0
    }

    /// Negative, 0 or positive; the order of bytes is the order of code points.
    static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let common = min(a.count, b.count)
        if common > 0, let first = a.baseAddress, let second = b.baseAddress {
            let order = memcmp(first, second, common)
            if order != 0 { return Int(order) }
        }
        return a.count - b.count
    }

    /// The same for equal bytes; spreads well enough for tables that are built once from trusted constants.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        guard let start = bytes.baseAddress, count > 0 else { return 0 }
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        if count >= 8 {
            var index = 0
            while index + 8 < count {
                hash = mixed(hash ^ (start + index).loadUnaligned(as: UInt64.self))
                index += 8
            }
            // The last word may overlap the one before.
            return mixed(hash ^ (start + (count - 8)).loadUnaligned(as: UInt64.self))
        }
        if count >= 4 {
            let first = UInt64(start.loadUnaligned(as: UInt32.self))
            return mixed(hash ^ (first << 32 | UInt64((start + (count - 4)).loadUnaligned(as: UInt32.self))))
        }
        let first = UInt64(start.load(as: UInt8.self))
        let middle = UInt64(start.load(fromByteOffset: count / 2, as: UInt8.self))
        return mixed(hash ^ (first << 16 | middle << 8 | UInt64(start.load(fromByteOffset: count - 1, as: UInt8.self))))
    }

    @inline(__always)
    static func mixed(_ word: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low &+ 0x9E37_79B9_7F4A_7C15
    }

    static func string(_ cell: Cell) -> String { String(decoding: cell.text, as: UTF8.self) }
}
