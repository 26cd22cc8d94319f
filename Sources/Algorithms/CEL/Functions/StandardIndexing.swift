// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")
    private static let b = CELType.parameter("B")

    /// `x[k]`, and `x[?k]`, which gives an optional.
    static let indexing: [Function] = [
        Function(
            "_[_]",
            [
                takes("_[_]", .list(a), .int, gives: a), takes("_[_]", .map(a, b), a, gives: b),
                takes("_[_]", .optional(.list(a)), .int, gives: .optional(a)),
                takes("_[_]", .optional(.map(a, b)), a, gives: .optional(b)),
            ]
        ) { container, key in
            switch container {
            case .list(let elements): element(key, of: elements)
            case .map(let map): entry(key, of: map)
            case .optional: optional(container, key)
            default: .noOverload("_[_]", container, key)
            }
        },
        Function(
            "_[?_]",
            [
                takes("_[?_]", .list(a), .int, gives: .optional(a)), takes("_[?_]", .map(a, b), a, gives: .optional(b)),
                takes("_[?_]", .optional(.list(a)), .int, gives: .optional(a)),
                takes("_[?_]", .optional(.map(a, b)), a, gives: .optional(b)),
            ]
        ) { optional($0, $1) },
    ]

    private static func element(_ key: Value, of elements: [Value]) -> Value {
        let index: Int?
        switch key {
        case .int(let number): index = Int(exactly: number)
        case .uint(let number): index = Int(exactly: number)
        case .double(let number): index = Int(exactly: number)
        default: return .noOverload("_[_]", .list([]), key)
        }
        guard let index, elements.indices.contains(index) else { return .failure(.indexOutOfRange, "the index is out of range") }
        return elements[index]
    }

    private static func entry(_ key: Value, of map: MapValue) -> Value {
        if let value = map[key] { return value }
        switch key {
        case .bool, .int, .uint, .double, .string: return .failure(.noSuchKey, "no such key")
        default: return .noOverload("_[_]", .map(map), key)
        }
    }

    /// Empty where there is no such element; an empty container stays empty.
    private static func optional(_ container: Value, _ key: Value) -> Value {
        let found: Value
        switch container {
        case .optional(nil): return container
        case .optional(let inner?): return optional(inner, key)
        case .list(let elements): found = element(key, of: elements)
        case .map(let map): found = entry(key, of: map)
        default: return .noOverload("_[?_]", container, key)
        }
        if case .error(let error) = found {
            return error.code == .noSuchKey || error.code == .indexOutOfRange ? .optional(nil) : found
        }
        return .optional(found)
    }
}
