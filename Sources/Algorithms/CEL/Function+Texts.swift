// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    static let texts: [Function] = [
        text("contains", ByteSearch.contains),
        text("startsWith") { $0.utf8.starts(with: $1.utf8) },
        text("endsWith") { text, suffix in
            text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        },
    ]

    private static func text(_ name: String, _ holds: @escaping @Sendable (String, String) -> Bool) -> Function {
        member(name, [takes(.string, .string, gives: .bool)]) { left, right in
            guard case .string(let text) = left, case .string(let part) = right else { return .noOverload(name, left, right) }
            return .bool(holds(text, part))
        }
    }
}

/// Finding text by its bytes: no canonical equivalence, and linear time (Knuth, Morris and Pratt) on any input.
enum ByteSearch {
    static func contains(_ text: String, _ needle: String) -> Bool {
        guard needle.utf8.count <= text.utf8.count else { return false }
        let pattern = Array(needle.utf8)
        guard let first = pattern.first else { return true }
        // Most texts are done here, before any table is made.
        guard text.utf8.contains(first) else { return false }
        let borders = borders(of: pattern)
        var matched = 0
        for byte in text.utf8 {
            while matched > 0, pattern[matched] != byte { matched = borders[matched - 1] }
            if pattern[matched] == byte { matched += 1 }
            if matched == pattern.count { return true }
        }
        return false
    }

    /// For each prefix the length of its longest proper prefix that is also its suffix.
    private static func borders(of pattern: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: pattern.count)
        var length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[length] != pattern[index] { length = borders[length - 1] }
            if pattern[length] == pattern[index] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
