// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The general categories and the scripts of Unicode by name, as in `\p{Lu}`, `\pL` and `\p{Hangul}`.
///
/// Own tables, of one version of Unicode, so that a pattern means the same wherever it runs; each set is read when first asked for.
enum UnicodeSets {
    private static let lines: [Substring: Substring] = Dictionary(
        (categoryTable.split(separator: "\n") + scriptTable.split(separator: "\n")).map { line in
            let name = line.prefix { $0 != " " }
            return (name, line.dropFirst(name.utf8.count + 1))
        }, uniquingKeysWith: { first, _ in first })

    static func set(named name: String) -> ScalarSet? {
        if let line = lines[name[...]] { return ScalarSet(spans(line)) }
        // A class of categories, as L, is all whose names begin so. Unassigned scalars and surrogates are in none.
        guard name.utf8.count == 1, "CLMNPSZ".contains(name) else { return name == "Cs" ? ScalarSet() : nil }
        let parts = lines.filter { $0.key.utf8.count == 2 && $0.key.hasPrefix(name) }
        return parts.isEmpty ? nil : ScalarSet(parts.values.flatMap(spans))
    }

    private static func spans(_ line: Substring) -> [ScalarSet.Span] {
        var spans: [ScalarSet.Span] = []
        var next: UInt32 = 0
        var low: UInt32?
        var number: UInt32 = 0
        func close() {
            let first = low ?? next + number
            let last = low == nil ? first : first + number
            spans.append(ScalarSet.Span(low: first, high: last))
            next = last + 1
            low = nil
            number = 0
        }
        for byte in line.utf8 {
            switch byte {
            case UInt8(ascii: " "): close()
            case UInt8(ascii: "."):
                low = next + number
                number = 0
            default: number = number * 36 + UInt32(byte) - (byte >= UInt8(ascii: "a") ? 87 : 48)
            }
        }
        close()
        return spans
    }

    /// The name that a person may have meant: the same but for upper and lower case.
    static func nearest(to name: String) -> String? {
        lines.keys.first { $0.lowercased() == name.lowercased() }.map(String.init)
    }
}
