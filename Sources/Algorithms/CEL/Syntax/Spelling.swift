// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds what a misspelt name may have meant.
package enum Spelling {
    /// The nearest candidate within a third of the name's length (at least one edit), if there is one.
    package static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        let limit = max(1, name.unicodeScalars.count / 3)
        let ranked = candidates.map { (name: $0, distance: distance(name, $0)) }
            .filter { $0.distance <= limit && $0.name != name }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return ranked.first?.name
    }

    /// Edits (insert, delete, replace, swap of neighbours), letter case ignored.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.lowercased().unicodeScalars)
        let b = Array(b.lowercased().unicodeScalars)
        guard a.count <= 64, b.count <= 64 else { return .max }
        var rows = [Array(0...b.count)]
        for i in 1..<(a.count + 1) {
            var row = [i]
            for j in 1..<(b.count + 1) {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
