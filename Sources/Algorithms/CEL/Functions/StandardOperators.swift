// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    private static let a = CELType.parameter("A")
    private static let b = CELType.parameter("B")
    private static let ordered: [CELType] = [.int, .double, .string, .uint, .duration, .timestamp, .bool, .bytes]

    static let operators: [Function] = [
        Function("!_", [takes("!_", .bool, gives: .bool)]) { value in
            if case .bool(let bool) = value { .bool(!bool) } else { .noOverload("!_", value) }
        },
        Function("_==_", [takes("_==_", a, a, gives: .bool)], cost: .comparison) { .bool(areEqual($0, $1)) },
        Function("_!=_", [takes("_!=_", a, a, gives: .bool)], cost: .comparison) { .bool(!areEqual($0, $1)) },
        comparison("_<_") { $0 == .less },
        comparison("_<=_") { $0 == .less || $0 == .same },
        comparison("_>_") { $0 == .greater },
        comparison("_>=_") { $0 == .greater || $0 == .same },
        Function(
            "@in", [takes("@in", a, .list(a), gives: .bool), takes("@in", a, .map(a, b), gives: .bool)], cost: .perElement([1])
        ) { element, container in
            switch container {
            case .list(let elements): .bool(elements.contains { areEqual($0, element) })
            case .map(let map): .bool(map[element] != nil)
            default: .noOverload("@in", element, container)
            }
        },
        Function(
            "size",
            [CELType.string, .bytes, .list(a), .map(a, b)].flatMap {
                [takes("size", $0, gives: .int), member("size", $0, gives: .int)]
            }
        ) { value in
            switch value {
            case .string(let text): .int(Int64(text.utf8.count { $0 & 0xC0 != 0x80 }))
            case .bytes(let bytes): .int(Int64(bytes.count))
            case .list(let elements): .int(Int64(elements.count))
            case .map(let map): .int(Int64(map.count))
            default: .noOverload("size", value)
            }
        },
    ]

    private static func comparison(_ name: String, _ holds: @escaping @Sendable (Ordering) -> Bool) -> Function {
        Function(name, ordered.map { takes(name, $0, $0, gives: .bool) }, cost: .comparison) { a, b in
            guard let ordering = compare(a, b) else { return .noOverload(name, a, b) }
            return .bool(holds(ordering))
        }
    }
}
