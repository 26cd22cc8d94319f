// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `lists`: cutting, sorting and flattening lists. All positions count from 0.
    public static let lists = Library(
        "lists", functions: [slice, flatten, range, reverse, distinct, sort, sortByKeys], macros: [sortBy])

    private static let listOfT = CELType.list(.parameter("T"))

    /// `[1, 2, 3, 4].slice(1, 3) == [2, 3]`.
    private static let slice = Function(
        "slice", [Overload("list_slice", isReceiver: true, [listOfT, .int, .int], listOfT)], cost: .perElementOfResult
    ) { a, b, c in
        guard case .list(let elements) = a, case .int(let start) = b, case .int(let end) = c else {
            return .noOverload("slice", a, b, c)
        }
        guard start >= 0, end <= elements.count, start <= end else {
            return .failure(.indexOutOfRange, "a list of \(elements.count) has no part from \(start) to \(end)")
        }
        return .list(Array(elements[Int(start)..<Int(end)]))
    }

    /// `[[1], [2, [3]]].flatten() == [1, 2, [3]]`, `[[1], [2, [3]]].flatten(2) == [1, 2, 3]`.
    private static let flatten = Function(
        "flatten",
        [
            Overload("list_flatten", isReceiver: true, [.list(listOfT)], listOfT),
            Overload("list_flatten_int", isReceiver: true, [.list(.dyn), .int], .list(.dyn)),
        ],
        [
            .unary { a in
                guard case .list(let elements) = a else { return .noOverload("flatten", a) }
                return flat(elements, depth: 1)
            },
            .binary { a, b in
                guard case .list(let elements) = a, case .int(let depth) = b else { return .noOverload("flatten", a, b) }
                if depth < 0 { return .failure(.invalidArgument, "flatten cannot go \(depth) levels deep") }
                return flat(elements, depth: depth)
            },
        ], cost: .perElementOfResult)

    private static func flat(_ elements: [Value], depth: Int64) -> Value {
        var result: [Value] = []
        var visits = 0
        return append(elements, to: &result, depth: depth, &visits) ? .list(result) : ExtensionLimits.listTooLong
    }

    /// False when there are too many. Visits are counted and not only what is kept: lists can hold one another many times.
    private static func append(_ elements: [Value], to result: inout [Value], depth: Int64, _ visits: inout Int) -> Bool {
        for element in elements {
            visits += 1
            guard visits <= ExtensionLimits.listCount * 2 else { return false }
            if depth > 0, case .list(let inner) = element {
                guard append(inner, to: &result, depth: depth - 1, &visits) else { return false }
            } else {
                guard result.count < ExtensionLimits.listCount else { return false }
                result.append(element)
            }
        }
        return true
    }

    /// `lists.range(3) == [0, 1, 2]`.
    private static let range = Function(
        "lists.range", [Overload("lists_range", [.int], .list(.int))], cost: .perElementOfResult
    ) { a in
        guard case .int(let count) = a else { return .noOverload("lists.range", a) }
        if count < 0 { return .failure(.invalidArgument, "lists.range cannot make \(count) elements") }
        if count > ExtensionLimits.listCount { return ExtensionLimits.listTooLong }
        return .list((0..<count).map { .int($0) })
    }

    private static let reverse = Function(
        "reverse", [Overload("list_reverse", isReceiver: true, [listOfT], listOfT)], cost: .perElementOfResult
    ) { a in
        guard case .list(let elements) = a else { return .noOverload("reverse", a) }
        return .list(elements.reversed())
    }

    /// Each value once, where it stood first.
    private static let distinct = Function(
        "distinct", [Overload("list_distinct", isReceiver: true, [listOfT], listOfT)], cost: .perElement([0])
    ) { a in
        guard case .list(let elements) = a else { return .noOverload("distinct", a) }
        var seen = ValueSet()
        return .list(elements.filter { seen.insert($0) })
    }
}

// MARK: Order

extension Library {
    private static let sortable: [CELType] = [.int, .uint, .double, .bool, .duration, .timestamp, .string, .bytes]

    /// `[3, 1, 2].sort() == [1, 2, 3]`; all elements are of one type that has an order.
    private static let sort = Function(
        "sort", sortable.map { Overload("list_\($0)_sort", isReceiver: true, [.list($0)], .list($0)) }, cost: .perElement([0])
    ) { a in
        guard case .list(let elements) = a else { return .noOverload("sort", a) }
        return sorted(elements, by: elements)
    }

    /// What `sortBy` becomes: the elements in the order of their keys.
    private static let sortByKeys = Function(
        "@sortByAssociatedKeys",
        sortable.map {
            Overload("list_\($0)_sortByAssociatedKeys", isReceiver: true, [listOfT, .list($0)], listOfT)
        }, cost: .perElement([0])
    ) { a, b in
        guard case .list(let elements) = a, case .list(let keys) = b, elements.count == keys.count else {
            return .noOverload("sortBy", a, b)
        }
        return sorted(elements, by: keys)
    }

    private static func sorted(_ elements: [Value], by keys: [Value]) -> Value {
        guard let first = keys.first else { return .list([]) }
        for key in keys {
            guard key.typeName == first.typeName, let order = compare(key, key) else {
                return .failure(.noSuchOverload, "no such overload: a list is sorted by values of one type that has an order")
            }
            if order == .unordered { return .failure(.invalidArgument, "NaN has no place in an order") }
        }
        let order = keys.indices.sorted { a, b in
            switch compare(keys[a], keys[b]) {
            case .less: true
            case .same: a < b
            default: false
            }
        }
        return .list(order.map { elements[$0] })
    }

    /// `posts.sortBy(p, p.score)`: makes the keys with a loop, then sorts by them.
    private static let sortBy = Macro("sortBy", isReceiver: true, argumentCount: 2) {
        context, receiver, arguments, range throws(CELError) in
        guard let receiver else { return nil }
        let variable = try context.variable(arguments[0], of: "sortBy")
        // No name in a source can start so.
        let input = "@sortBy"
        let elements = try context.make(.name(input, isRooted: false), receiver.range)
        let again = try context.make(.name(input, isRooted: false), receiver.range)
        let keys = try context.make(
            .loop(Expression.Loop(.map, over: again, variable: variable, predicate: nil, transform: arguments[1])), range)
        let call = try context.make(
            .call(function: "@sortByAssociatedKeys", receiver: elements, arguments: [keys]), range)
        return try context.make(
            .bind(name: input, value: receiver, body: call), range,
            macro: Expression.MacroCall(name: "sortBy", receiver: receiver, arguments: arguments))
    }
}
