// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `sets`: lists as sets, by CEL's equality.
    public static let sets = Library(
        "sets",
        functions: [
            relation("contains") { list, others in
                let set = ValueSet(list)
                return others.allSatisfy(set.contains)
            },
            relation("equivalent") { a, b in
                let (first, second) = (ValueSet(a), ValueSet(b))
                return a.allSatisfy(second.contains) && b.allSatisfy(first.contains)
            },
            relation("intersects") { a, b in
                let set = ValueSet(a)
                return b.contains(where: set.contains)
            },
        ])

    private static func relation(_ short: String, _ holds: @escaping @Sendable ([Value], [Value]) -> Bool) -> Function {
        let name = "sets.\(short)"
        let lists = CELType.list(.parameter("T"))
        return Function(name, [Overload("list_sets_\(short)_list", [lists, lists], .bool)], cost: .perElement([0, 1])) { a, b in
            guard case .list(let first) = a, case .list(let second) = b else { return .noOverload(name, a, b) }
            return .bool(holds(first, second))
        }
    }
}
