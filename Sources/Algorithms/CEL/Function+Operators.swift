// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")
    private static let b = CELType.parameter("B")
    private static let ordered: [CELType] = [.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration]

    static let operators: [Function] = [
        unary("!_", [takes(.bool, gives: .bool)]) { value in
            if case .bool(let bool) = value { .bool(!bool) } else { .noOverload("!_", value) }
        },
        operation("_==_", [takes(a, a, gives: .bool)]) { .bool(areEqual($0, $1)) },
        operation("_!=_", [takes(a, a, gives: .bool)]) { .bool(!areEqual($0, $1)) },
        comparison("_<_") { $0 == .less },
        comparison("_<=_") { $0 == .less || $0 == .same },
        comparison("_>_") { $0 == .greater },
        comparison("_>=_") { $0 == .greater || $0 == .same },
        operation("@in", [takes(a, .list(a), gives: .bool), takes(a, .map(a, b), gives: .bool)]) { element, container in
            switch container {
            case .list(let elements): .bool(elements.contains { areEqual($0, element) })
            case .map(let map): .bool(map[element] != nil)
            default: .noOverload("@in", element, container)
            }
        },
        operation("_[_]", [takes(.list(a), .int, gives: a), takes(.map(a, b), a, gives: b)]) { container, key in
            switch container {
            case .list(let elements): element(key, of: elements)
            case .map(let map): map[key] ?? .failure(.noSuchKey, "no such key")
            default: .noOverload("_[_]", container, key)
            }
        },
        unary(
            "size", member: true,
            [
                takes(.string, gives: .int), takes(.bytes, gives: .int), takes(.list(a), gives: .int),
                takes(.map(a, b), gives: .int),
            ]
        ) { value in
            switch value {
            case .string(let text): .int(Int64(text.unicodeScalars.count))
            case .bytes(let bytes): .int(Int64(bytes.count))
            case .list(let elements): .int(Int64(elements.count))
            case .map(let map): .int(Int64(map.count))
            default: .noOverload("size", value)
            }
        },
    ]

    private static func comparison(_ name: String, _ holds: @escaping @Sendable (Ordering) -> Bool) -> Function {
        operation(name, ordered.map { takes($0, $0, gives: .bool) }) { a, b in
            guard let ordering = compare(a, b) else { return .noOverload(name, a, b) }
            return .bool(holds(ordering))
        }
    }

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
}
