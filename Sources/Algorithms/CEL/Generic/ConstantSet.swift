// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The elements of a list that is written down, for `in` without going through them.
struct ConstantSet: Sendable {
    private static let smallest = 9
    private let keys: Set<MapKey>

    /// Nil for short lists, and where an element is of a type that cannot be looked up.
    init?(_ elements: [Value]) {
        guard elements.count >= Self.smallest else { return nil }
        var keys: Set<MapKey> = []
        for element in elements {
            guard let key = MapKey(element) else { return nil }
            keys.insert(key)
        }
        self.keys = keys
    }

    /// Equality across types of numbers, as `==` has it; values that cannot be keys equal none of the elements.
    func contains(_ value: Value) -> Bool {
        // A double that stands between whole numbers may still equal one of them once that is taken as a double.
        if case .double(let number) = value, number.magnitude > 0x1p53 {
            return keys.contains { key in
                switch key {
                case .negative(let whole): Double(whole) == number
                case .natural(let whole): Double(whole) == number
                default: false
                }
            }
        }
        return MapKey(lookup: value).map { keys.contains($0) } ?? false
    }
}
