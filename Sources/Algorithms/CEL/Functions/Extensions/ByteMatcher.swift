// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds one byte string in another, in linear time on any input (Knuth, Morris and Pratt).
///
/// UTF-8 never starts a code point inside another, so that a match of one text in another lies on code points.
struct ByteMatcher {
    private let needle: [UInt8]
    /// For each prefix of the needle the length of its longest proper prefix that is also its suffix.
    private let borders: [Int]

    /// `needle` has at least one byte.
    init(_ needle: [UInt8]) {
        precondition(!needle.isEmpty)
        self.needle = needle
        var borders = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in needle.indices.dropFirst() {
            while length > 0, needle[length] != needle[index] { length = borders[length - 1] }
            if needle[length] == needle[index] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// Where the first match that lies in `range` starts.
    func firstMatch(in text: [UInt8], _ range: Range<Int>) -> Int? {
        var matched = 0
        for index in range {
            while matched > 0, needle[matched] != text[index] { matched = borders[matched - 1] }
            if needle[matched] == text[index] { matched += 1 }
            if matched == needle.count { return index + 1 - matched }
        }
        return nil
    }

    /// Where matches start that do not overlap, from the front, at most `limit` of them.
    func matches(in text: [UInt8], limit: Int) -> [Int] {
        var starts: [Int] = []
        var position = 0
        while starts.count < limit, let start = firstMatch(in: text, position..<text.count) {
            starts.append(start)
            position = start + needle.count
        }
        return starts
    }
}
