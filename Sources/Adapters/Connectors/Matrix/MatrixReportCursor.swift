// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which reports have been taken: all up to a floor, and some above it.
///
/// Ids are given out in order but become visible out of order (concurrent transactions), so the floor stays behind by a window.
struct MatrixReportCursor: Hashable, Sendable {
    private static let window: Int64 = 64
    private(set) var floor: Int64 = 0
    private(set) var above: Set<Int64> = []
    private var waiting: Set<Int64> = []

    /// From what `text` gave, such as `120 121 123 124`; anything else is the beginning.
    init(_ text: String) {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        guard let first = numbers.first else { return }
        floor = max(0, first)
        above = Set(numbers.dropFirst())
    }

    var text: String { ([floor] + above.sorted()).map(String.init).joined(separator: " ") }

    func contains(_ id: Int64) -> Bool { id <= floor || above.contains(id) }

    /// Keeps the floor below a report that could not be taken yet.
    mutating func wait(for id: Int64) { waiting.insert(id) }

    mutating func taken(_ id: Int64) {
        waiting.remove(id)
        if id > floor { above.insert(id) }
        let highest = above.max() ?? floor
        floor = max(floor, min(highest - Self.window, (waiting.min() ?? .max) - 1))
        above = above.filter { $0 > floor }
    }
}
