// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CTextKernels

/// Many byte strings found in one pass over a text, overlapping ones too.
///
/// Immutable. Searching takes time in proportion to the text and the matches, whatever the number of literals, and
/// allocates nothing. Literals are known by their place in the list they were made from.
public final class LiteralSet: Sendable {
    public struct Match: Sendable, Hashable {
        public let literal: Int
        /// Bytes of the text.
        public let range: Range<Int>

        public init(literal: Int, range: Range<Int>) {
            self.literal = literal
            self.range = range
        }
    }

    /// A longer one is never found.
    public static let longestLiteral = Int(haechi_longest_literal)

    /// Literals that the set was made from, those that can never be found too.
    public let count: Int
    // Written once before anyone else can see it, only read afterwards, and freed when nobody can see it any more.
    nonisolated(unsafe) private let kernel: OpaquePointer?

    /// - Parameter literals: empty ones and those above `longestLiteral` are never found. No more than 2 GiB together, and no
    /// more than
    ///   2^32 of them; else nothing is found.
    public init(_ literals: some Sequence<[UInt8]>) {
        var bytes: [UInt8] = []
        var offsets: [UInt64] = [0]
        for literal in literals {
            bytes += literal
            offsets.append(UInt64(bytes.count))
        }
        count = offsets.count - 1
        kernel = UInt32(exactly: count).flatMap { haechi_literals_create(bytes, offsets, $0) }
    }

    deinit { haechi_literals_destroy(kernel) }

    /// Bytes of memory that searching needs.
    public var memoryBytes: Int { kernel.map(haechi_literals_bytes) ?? 0 }

    /// Words of 64 bits that `mark` needs.
    public var wordCount: Int { (count + 63) / 64 }

    /// Sets the bit of each literal that is in the text: bit `i % 64` of word `i / 64`.
    ///
    /// - Parameter bits: at least `wordCount` words, zero or what earlier calls with this set left.
    /// - Returns: whether any literal was found.
    @discardableResult
    public func mark(_ text: Span<UInt8>, into bits: inout MutableSpan<UInt64>) -> Bool {
        guard let kernel, bits.count >= wordCount else { return false }
        // The kernel reads `text` within its count and writes bits below `count`, for which there is room.
        return text.withUnsafeBufferPointer { text in
            bits.withUnsafeMutableBufferPointer { bits in
                haechi_literals_mark(kernel, text.baseAddress, text.count, bits.baseAddress) != 0
            }
        }
    }

    /// As `mark(_:into:)` for an array of words.
    @discardableResult
    public func mark(_ text: [UInt8], into bits: inout [UInt64]) -> Bool {
        var words = bits.mutableSpan
        return mark(text.span, into: &words)
    }

    /// Calls `body` for each match in the order in which they end, the longest first, until it returns false.
    public func forEachMatch(in text: Span<UInt8>, _ body: (Match) -> Bool) {
        guard let kernel else { return }
        var cursor = haechi_literal_cursor()
        let room = 32
        // On the stack; the kernel writes at most `room` and says how many.
        withUnsafeTemporaryAllocation(of: haechi_literal_match.self, capacity: room) { buffer in
            text.withUnsafeBufferPointer { text in
                while true {
                    let found = haechi_literals_find(kernel, text.baseAddress, text.count, &cursor, buffer.baseAddress, room)
                    for match in buffer.prefix(found) {
                        let end = Int(match.end)
                        guard body(Match(literal: Int(match.literal), range: (end - Int(match.length))..<end)) else { return }
                    }
                    if found < room { return }
                }
            }
        }
    }

    /// The matches in the order in which they end, at most `limit` of them.
    public func matches(in text: [UInt8], limit: Int = 1_000) -> [Match] {
        var result: [Match] = []
        guard limit > 0 else { return [] }
        forEachMatch(in: text.span) { match in
            result.append(match)
            return result.count < limit
        }
        return result
    }
}
