// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Finding text by its bytes: no canonical equivalence, and linear time on any input.
enum ByteSearch {
    static func contains(_ text: String, _ needle: String) -> Bool {
        if needle.utf8.isEmpty { return true }
        guard needle.utf8.count <= text.utf8.count else { return false }
        var (text, needle) = (text, needle)
        return text.withUTF8 { text in needle.withUTF8 { needle in contains(text, needle) } }
    }

    /// Looks for the first byte and compares there; where that happens too often, a table takes over.
    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ needle: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = text.baseAddress, let wanted = needle.baseAddress else { return false }
        let last = text.count - needle.count
        let allowance = 4 * text.count + 256
        var (position, compared) = (0, 0)
        // Neither call reads beyond `last + needle.count`, which is the end of the text.
        while position <= last, let hit = memchr(start + position, Int32(needle[0]), last - position + 1) {
            position = UnsafeRawPointer(start).distance(to: hit)
            if memcmp(start + position, wanted, needle.count) == 0 { return true }
            position += 1
            compared += needle.count
            if compared > allowance {
                return ByteMatcher(Array(needle)).firstMatch(in: Array(text), position..<text.count) != nil
            }
        }
        return false
    }
}
