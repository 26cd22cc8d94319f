// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a set of conditions shares: terms that are remembered during an event, and constants that are looked for once.
struct SetPlan {
    let literals: LiteralCatalogue
    let sharing: NodeBuilder.Sharing
    let memoCount: Int

    /// - Parameter roots: The conditions; a root that several programs have is there several times.
    init(_ table: TermTable, roots: [Term.ID]) {
        let (order, uses) = Self.reachable(table, roots)
        var costs = [Int](repeating: 0, count: table.terms.count)
        var constants: [Int: Set<[UInt8]>] = [:]
        for id in order {
            if case .textTest(_, let text, let part) = table[id], case .place(let place, _) = table[text], place.row == 0,
                let bytes = table.text(part), !bytes.isEmpty
            {
                constants[Int(place.cell), default: []].insert(bytes)
            }
            if case .matches(let text, let pattern) = table[id], case .place(let place, _) = table[text], place.row == 0,
                let required = ConstantPattern(pattern)?.required, required.count <= 64
            {
                constants[Int(place.cell), default: []].formUnion(required.filter { !$0.isEmpty })
            }
        }
        literals = LiteralCatalogue(constants)
        var sharing = NodeBuilder.Sharing()
        for id in order {
            costs[id] = Self.cost(table[id], table, costs)
            // Reading a memo costs about as much as a comparison with a constant.
            guard uses[id] > 1, table.freeRows[id] == 0, costs[id] > 2, Self.isCondition(table[id]) else { continue }
            sharing.memo[id] = sharing.memo.count
            costs[id] = 2
        }
        for id in order {
            guard case .textTest(.contains, let text, let part) = table[id], case .place(let place, _) = table[text],
                place.row == 0, let bytes = table.text(part),
                let index = literals.texts.firstIndex(where: { $0.slot == Int(place.cell) }),
                let number = literals.texts[index].numbers[bytes]
            else { continue }
            let key = NodeBuilder.LiteralKey(slot: Int(place.cell), constant: part)
            sharing.literals[key] = (literals.texts[index].firstBit + number, index)
        }
        memoCount = sharing.memo.count
        sharing.costs = costs
        self.sharing = sharing
    }

    /// The terms that the roots need, operands before those that use them, and in how many places each is used.
    private static func reachable(_ table: TermTable, _ roots: [Term.ID]) -> (order: [Term.ID], uses: [Int]) {
        var uses = [Int](repeating: 0, count: table.terms.count)
        for root in roots { uses[root] += 1 }
        // An operand's number is always lower than that of its user.
        for id in table.terms.indices.reversed() where uses[id] > 0 {
            for operand in table[id].operands { uses[operand] += 1 }
        }
        return (table.terms.indices.filter { uses[$0] > 0 }, uses)
    }

    /// Rough, in units of a comparison with a constant.
    private static func cost(_ term: Term, _ table: TermTable, _ costs: [Int]) -> Int {
        let below = term.operands.reduce(0) { min($0 + costs[$1], 1_000_000) }
        return switch term {
        case .bool, .word, .text, .time, .place: 0
        case .present, .listSize: 1
        case .junction(_, let operands): below + operands.count / 2
        case .quantifier, .existsOne, .count: 4 + below * 6
        case .among, .arithmetic, .conversion, .order, .not, .conditional: below + 1
        case .inList, .timeBetween, .timeShift, .timeSeconds: below + 4
        case .textSize, .joined: below + 8
        case .textTest(.contains, let text, let part): isLiteral(text, part, table) ? 1 : below + 15
        case .textTest: below + 2
        case .matches: below + 100
        }
    }

    private static func isLiteral(_ text: Term.ID, _ part: Term.ID, _ table: TermTable) -> Bool {
        if case .place(let place, _) = table[text], place.row == 0, table.text(part) != nil { true } else { false }
    }

    private static func isCondition(_ term: Term) -> Bool {
        switch term {
        case .present, .junction, .not, .quantifier, .existsOne, .order, .among, .inList, .textTest, .matches: true
        // A conditional may give anything; its test and its branches are remembered for themselves.
        default: false
        }
    }
}
