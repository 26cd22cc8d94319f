// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension SQLConnection {
    /// Inserts many rows with few statements.
    /// - Parameters:
    ///   - target: a table and its columns, such as `things (a, b)`.
    ///   - values: those of all rows, one after the other.
    func insert(into target: String, columns: Int, _ values: [SQLValue]) throws {
        var start = 0
        // Two sizes, so that two statements are prepared and not one for each number of rows. More rows at once are slower on SQLite,
        // which looks for the name of each parameter in a list.
        for rows in [20, 1] {
            let size = rows * columns
            let count = (values.count - start) / size
            guard count > 0 else { continue }
            let end = start + count * size
            let statements = stride(from: start, to: end, by: size).map { Array(values[$0..<$0 + size]) }
            try executeMany(Self.insertion(into: target, columns: columns, rows: rows), statements)
            start = end
        }
    }

    private static func insertion(into target: String, columns: Int, rows: Int) -> String {
        let places = (0..<rows).map { row in
            "(" + (1...columns).map { "$\(row * columns + $0)" }.joined(separator: ",") + ")"
        }
        return "insert into \(target) values \(places.joined(separator: ","))"
    }
}
