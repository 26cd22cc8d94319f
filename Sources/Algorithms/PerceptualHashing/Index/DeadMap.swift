// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which entries of a segment or delta have been removed.
///
/// A value: readers keep the map of their snapshot while the writer changes its own copy. The bits lie in pages, so that a
/// removal copies some kilobytes and not a bit for each of ten million entries.
struct DeadMap: Sendable {
    private static let pageWords = 512
    private static let pageBits = pageWords * 64

    // An empty page stands for one without a bit set.
    private var pages: [[UInt64]] = []
    private(set) var count = 0

    init() {}

    func contains(_ index: Int) -> Bool {
        let page = index / Self.pageBits
        guard page < pages.count, !pages[page].isEmpty else { return false }
        let bit = index % Self.pageBits
        return pages[page][bit / 64] >> UInt64(bit % 64) & 1 == 1
    }

    /// False if it was there already.
    @discardableResult
    mutating func insert(_ index: Int) -> Bool {
        guard !contains(index) else { return false }
        let page = index / Self.pageBits
        while pages.count <= page { pages.append([]) }
        if pages[page].isEmpty { pages[page] = [UInt64](repeating: 0, count: Self.pageWords) }
        let bit = index % Self.pageBits
        pages[page][bit / 64] |= 1 << UInt64(bit % 64)
        count += 1
        return true
    }

    /// The bits of `entries` entries as words, lowest first.
    func words(for entries: Int) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (entries + 63) / 64)
        for (number, page) in pages.enumerated() {
            for (word, bits) in page.enumerated() where number * Self.pageWords + word < words.count {
                words[number * Self.pageWords + word] = bits
            }
        }
        return words
    }

    init(words: [UInt64]) {
        for (number, word) in words.enumerated() {
            var left = word
            while left != 0 {
                insert(number * 64 + left.trailingZeroBitCount)
                left &= left - 1
            }
        }
    }
}
