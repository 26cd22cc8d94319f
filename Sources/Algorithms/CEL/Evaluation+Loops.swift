// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Evaluation {
    mutating func loop(
        _ kind: Expression.Loop.Kind, _ over: Plan, _ local: Int, _ predicate: Plan?, _ transform: Plan?
    ) -> Value {
        let range = value(of: over)
        let elements: [Value]
        switch range {
        case .list(let list): elements = list
        case .map(let map): elements = map.entries.map(\.key)
        case .error, .unknown: return range
        default: return .noOverload(kind.rawValue, range)
        }
        locals.append(.null)
        defer { locals.removeLast() }
        switch kind {
        case .all: return quantify(elements, local, predicate, decisive: false)
        case .exists: return quantify(elements, local, predicate, decisive: true)
        case .existsOne: return existsOne(elements, local, predicate)
        case .filter, .map: return transformed(elements, local, predicate, transform)
        }
    }

    /// `all` and `exists` absorb like `&&` and `||`.
    private mutating func quantify(_ elements: [Value], _ local: Int, _ predicate: Plan?, decisive: Bool) -> Value {
        var outcome = Absorption()
        for element in elements {
            let value = test(element, local, predicate)
            if case .bool(let bool) = value {
                if bool == decisive { return value }
            } else if case .error(let error) = value, error.code == .limitExceeded {
                return value
            } else {
                outcome.add(value)
            }
        }
        return outcome.result ?? .bool(!decisive)
    }

    private mutating func existsOne(_ elements: [Value], _ local: Int, _ predicate: Plan?) -> Value {
        var outcome = Absorption()
        var count = 0
        for element in elements {
            let value = test(element, local, predicate)
            if case .bool(let bool) = value { count += bool ? 1 : 0 } else { outcome.add(value) }
        }
        return outcome.result ?? .bool(count == 1)
    }

    private mutating func transformed(
        _ elements: [Value], _ local: Int, _ predicate: Plan?, _ transform: Plan?
    ) -> Value {
        var outcome = Absorption()
        var results: [Value] = []
        for element in elements {
            let isChosen = predicate == nil ? spend(1) ?? .bool(true) : test(element, local, predicate)
            guard case .bool(let bool) = isChosen else {
                outcome.add(isChosen)
                continue
            }
            guard bool else { continue }
            locals[local] = element
            let result = transform.map { value(of: $0) } ?? element
            if result.isDefinite { results.append(result) } else { outcome.add(result) }
        }
        return outcome.result ?? .list(results)
    }

    /// The predicate for one element: a bool, an error or unknown.
    private mutating func test(_ element: Value, _ local: Int, _ predicate: Plan?) -> Value {
        if let exceeded = spend(1) { return exceeded }
        guard let predicate else { return .bool(true) }
        locals[local] = element
        let value = value(of: predicate)
        switch value {
        case .bool, .error, .unknown: return value
        default: return .noOverload("condition", value)
        }
    }
}
