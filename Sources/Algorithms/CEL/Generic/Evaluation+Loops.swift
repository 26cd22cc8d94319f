// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Evaluation {
    /// The elements of a range as the loop's variables see them.
    private enum Turns {
        case list([Value])
        case map(MapValue)

        var count: Int {
            switch self {
            case .list(let elements): elements.count
            case .map(let map): map.count
            }
        }
    }

    mutating func loop(_ loop: Plan.Loop) -> Value {
        let turns: Turns
        let range = value(of: loop.range)
        switch range {
        case .list(let elements): turns = .list(elements)
        case .map(let map): turns = .map(map)
        case .error, .unknown: return range
        default: return .noOverload(loop.kind.rawValue, range)
        }
        switch loop.kind {
        case .all: return quantify(loop, turns, decisive: false)
        case .exists: return quantify(loop, turns, decisive: true)
        case .existsOne: return existsOne(loop, turns)
        case .filter, .map, .transformList: return listed(loop, turns)
        case .transformMap, .transformMapEntry: return mapped(loop, turns)
        }
    }

    /// Sets the variables for one turn; gives what a filter keeps: the element of a list or the key of a map.
    private mutating func enter(_ loop: Plan.Loop, _ turns: Turns, _ index: Int) -> Value {
        switch turns {
        case .list(let elements):
            locals[loop.variable] = loop.hasSecond ? .int(Int64(index)) : elements[index]
            if loop.hasSecond { locals[loop.variable + 1] = elements[index] }
            return elements[index]
        case .map(let map):
            let entry = map.entries[index]
            locals[loop.variable] = entry.key
            if loop.hasSecond { locals[loop.variable + 1] = entry.value }
            return entry.key
        }
    }

    /// `all` and `exists` absorb like `&&` and `||`.
    private mutating func quantify(_ loop: Plan.Loop, _ turns: Turns, decisive: Bool) -> Value {
        var outcome = Absorption()
        for index in 0..<turns.count {
            _ = enter(loop, turns, index)
            let value = test(loop)
            if case .bool(let bool) = value {
                if bool == decisive { return value }
            } else if exhausted != nil {
                return value
            } else {
                outcome.add(value)
            }
        }
        return outcome.result ?? .bool(!decisive)
    }

    private mutating func existsOne(_ loop: Plan.Loop, _ turns: Turns) -> Value {
        var outcome = Absorption()
        var count = 0
        for index in 0..<turns.count where exhausted == nil {
            _ = enter(loop, turns, index)
            let value = test(loop)
            if case .bool(let bool) = value { count += bool ? 1 : 0 } else { outcome.add(value) }
        }
        return outcome.result ?? .bool(count == 1)
    }

    private mutating func listed(_ loop: Plan.Loop, _ turns: Turns) -> Value {
        charge(10)
        var outcome = Absorption()
        var results: [Value] = []
        for index in 0..<turns.count where exhausted == nil {
            let element = enter(loop, turns, index)
            guard isChosen(loop, &outcome) else { continue }
            let result = loop.transform.map { value(of: $0) } ?? element
            if result.isDefinite { results.append(result) } else { outcome.add(result) }
        }
        return outcome.result ?? .list(results)
    }

    private mutating func mapped(_ loop: Plan.Loop, _ turns: Turns) -> Value {
        charge(30)
        var outcome = Absorption()
        var results = MapValue()
        for index in 0..<turns.count where exhausted == nil {
            _ = enter(loop, turns, index)
            guard isChosen(loop, &outcome), let transform = loop.transform else { continue }
            let key = locals[loop.variable] ?? .null
            let result = value(of: transform)
            if !result.isDefinite {
                outcome.add(result)
            } else if loop.kind == .transformMap {
                if let failure = results.insert(key, result) { outcome.add(failure) }
            } else if case .map(let entries) = result {
                for entry in entries.entries {
                    if let failure = results.insert(entry.key, entry.value) { outcome.add(failure) }
                }
            } else {
                outcome.add(.noOverload(loop.kind.rawValue, result))
            }
        }
        return outcome.result ?? .map(results)
    }

    /// Whether the predicate chooses this turn; if it has no value, `outcome` has it.
    private mutating func isChosen(_ loop: Plan.Loop, _ outcome: inout Absorption) -> Bool {
        let value = test(loop)
        if case .bool(let bool) = value { return bool }
        outcome.add(value)
        return false
    }

    /// The predicate for one turn: a bool, an error or unknown.
    private mutating func test(_ loop: Plan.Loop) -> Value {
        charge(1)
        if let exceeded = spend(1) { return exceeded }
        guard let predicate = loop.predicate else { return .bool(true) }
        let value = value(of: predicate)
        switch value {
        case .bool, .error, .unknown: return value
        default: return .noOverload("condition", value)
        }
    }
}
