// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns terms into nodes; a term that is used more than once becomes one node.
struct NodeBuilder {
    /// What a set adds: terms whose outcome is remembered during an event, and constants that the caller looks for.
    struct Sharing {
        /// The place of the term's memo.
        var memo: [Term.ID: Int] = [:]
        /// By the slot of the text and the term of the constant: the bit, and the text's place among the set's texts.
        var literals: [LiteralKey: (bit: Int, text: Int)] = [:]
        /// Operands of `&&` and `||` in the order of their cost: which of several errors is told does not matter then.
        var costs: [Int]?
    }

    struct LiteralKey: Hashable {
        let slot: Int
        let constant: Term.ID
    }

    private let table: TermTable
    private let sharing: Sharing
    private var bools: [Term.ID: BoolNode] = [:]

    init(_ table: TermTable, sharing: Sharing = Sharing()) {
        self.table = table
        self.sharing = sharing
    }

    mutating func bool(_ id: Term.ID) -> BoolNode {
        if let known = bools[id] { return known }
        var node = makeBool(id)
        if let memo = sharing.memo[id] { node = MemoNode(node, memo, spends: table.spends[id]) }
        bools[id] = node
        return node
    }

    private mutating func makeBool(_ id: Term.ID) -> BoolNode {
        let origin = table.origins[id]
        switch table[id] {
        case .bool(let value): return ConstantNode(value)
        case .place(let place, _): return PlaceNode(place, id: origin)
        case .present(let place): return PresenceNode(place)
        case .not(let operand): return NotNode(bool(operand))
        case .junction(let decisive, let operands):
            let nodes = ordered(operands).map { bool($0) }
            if nodes.count == 3 { return TripleNode((nodes[0], nodes[1], nodes[2]), decisive: decisive) }
            if nodes.count == 2 { return PairNode(nodes[0], nodes[1], decisive: decisive) }
            return JunctionNode(nodes, decisive: decisive)
        case .conditional(let test, let yes, let no): return ConditionalNode(bool(test), bool(yes), bool(no))
        case .quantifier(let decisive, let loop, let predicate):
            let range = range(loop, origin)
            let node = QuantifierNode(range, bool(predicate), decisive: decisive)
            if let (offset, texts, wanted) = elementTexts(loop, predicate) {
                return ElementTextNode(range, offset: offset, texts, wanted: wanted, decisive: decisive, otherwise: node)
            }
            return elementGuard(range, predicate, decisive: decisive, otherwise: node) ?? node
        case .existsOne(let loop, let predicate):
            return ExistsOneNode(Counter(range: range(loop, origin), predicate: bool(predicate)))
        case .order(let type, let mask, let left, let right): return order(id, type, mask, left, right)
        case .among(let type, let operand, let constants): return among(id, type, operand, constants)
        case .inList(let type, let operand, let slot):
            let place = Place(row: 0, cell: Int32(slot))
            if type == .string { return TextInListNode(cell(operand), place, id: origin) }
            return WordInListNode(word(operand), place, isDouble: type == .double, id: origin)
        case .textTest(let test, let text, let part): return textTest(id, test, text, part)
        case .matches(let text, let pattern):
            // The planner has compiled the pattern before; a node that always fails would stand for one that does not compile.
            return ConstantPattern(pattern).map { PatternNode(cell(text), $0) } ?? BoolNode()
        case .word, .text, .time, .listSize, .count, .textSize, .joined, .arithmetic, .conversion, .timeBetween, .timeSeconds,
            .timeShift:
            // The planner asks for truth values only where the checker saw a bool.
            return BoolNode()
        }
    }

    private func ordered(_ operands: [Term.ID]) -> [Term.ID] {
        guard let costs = sharing.costs else { return operands }
        let ranked = operands.enumerated().sorted { (costs[$0.element], $0.offset) < (costs[$1.element], $1.offset) }
        return ranked.map(\.element)
    }

    private func range(_ loop: Term.Loop, _ origin: Int32) -> LoopRange {
        LoopRange(place: Place(row: 0, cell: Int32(loop.slot)), stride: loop.stride, row: loop.row, id: origin)
    }

    /// A predicate that only asks whether a text of the element is one of a few constants.
    private func elementTexts(_ loop: Term.Loop, _ predicate: Term.ID) -> (offset: Int, texts: [[UInt8]], wanted: Bool)? {
        switch table[predicate] {
        case .order(.string, let mask, let left, let right) where mask == .same || mask == .different:
            guard case .place(let place, _) = table[left], place.row == loop.row, let text = table.text(right) else { return nil }
            return (Int(place.cell), [text], mask == .same)
        case .among(.string, let left, let constants) where constants.count <= 8:
            guard case .place(let place, _) = table[left], place.row == loop.row else { return nil }
            return (Int(place.cell), constants.compactMap { table.text($0) }, true)
        default: return nil
        }
    }

    /// `exists` whose predicate begins with a text of the element.
    private mutating func elementGuard(
        _ range: LoopRange, _ predicate: Term.ID, decisive: Bool, otherwise: QuantifierNode
    ) -> BoolNode? {
        guard decisive, case .junction(false, let operands) = table[predicate], operands.count > 1 else { return nil }
        let sorted = ordered(operands)
        guard let place = sorted.firstIndex(where: { isText($0, inRow: range.row) != nil }),
            let (offset, text) = isText(sorted[place], inRow: range.row)
        else { return nil }
        var rest = sorted
        rest.remove(at: place)
        let nodes = rest.map { bool($0) }
        let node = nodes.count == 1 ? nodes[0] : JunctionNode(nodes, decisive: false)
        return ElementGuardNode(range, offset: offset, text, rest: node, otherwise: otherwise)
    }

    /// `field == constant` of the element in a row.
    private func isText(_ id: Term.ID, inRow row: Int) -> (offset: Int, text: [UInt8])? {
        guard case .order(.string, .same, let left, let right) = table[id], case .place(let place, _) = table[left],
            place.row == row, let text = table.text(right)
        else { return nil }
        return (Int(place.cell), text)
    }

    private mutating func order(_ id: Term.ID, _ type: CellType, _ mask: OrderMask, _ left: Term.ID, _ right: Term.ID) -> BoolNode
    {
        let isEquality = mask == .same || mask == .different
        if case .place(let place, _) = table[left] {
            let origin = table.origins[left]
            switch type {
            case .int, .duration:
                guard let word = table.word(right) else { break }
                return IntLeaf(place, Int64(bitPattern: word), mask, tag: type.tag, id: origin)
            case .uint:
                guard let word = table.word(right) else { break }
                return UIntLeaf(place, word, mask, id: origin)
            case .double:
                guard let word = table.word(right) else { break }
                return DoubleLeaf(place, Double(bitPattern: word), mask, id: origin)
            case .string:
                guard isEquality, let text = table.text(right) else { break }
                return TextLeaf(place, text, wanted: mask == .same, id: origin)
            case .bool, .timestamp: break
            }
        }
        switch type {
        case .bool: return BoolOrderNode(bool(left), bool(right), mask)
        case .int, .duration: return IntOrderNode(word(left), word(right), mask)
        case .uint: return UIntOrderNode(word(left), word(right), mask)
        case .double: return DoubleOrderNode(word(left), word(right), mask)
        case .string:
            return isEquality
                ? TextEqualityNode(cell(left), cell(right), wanted: mask == .same)
                : CellOrderNode(cell(left), cell(right), mask, isTime: false)
        case .timestamp: return CellOrderNode(cell(left), cell(right), mask, isTime: true)
        }
    }

    private mutating func among(_ id: Term.ID, _ type: CellType, _ operand: Term.ID, _ constants: [Term.ID]) -> BoolNode {
        switch type {
        case .string:
            let texts = constants.compactMap { table.text($0) }
            guard case .place(let place, _) = table[operand] else { return TextAmongNode(cell(operand), texts) }
            let origin = table.origins[operand]
            return texts.count <= 8 ? FewTextsLeaf(place, texts, id: origin) : ManyTextsLeaf(place, texts, id: origin)
        case .bool, .timestamp:
            // Rare: as the comparisons that it stands for. The operand is one node, and it fails in all or in none.
            let comparisons = constants.map { order(id, type, .same, operand, $0) }
            return JunctionNode(
                comparisons.isEmpty ? [order(id, type, .different, operand, operand)] : comparisons, decisive: true)
        case .int, .uint, .double, .duration:
            return NumberAmongNode(word(operand), constants.compactMap { table.word($0) }, isDouble: type == .double)
        }
    }

    private mutating func textTest(_ id: Term.ID, _ test: Term.TextTest, _ text: Term.ID, _ part: Term.ID) -> BoolNode {
        guard case .place(let place, _) = table[text], let bytes = table.text(part) else {
            return TextTestNode(test, cell(text), cell(part))
        }
        let origin = table.origins[text]
        if test == .contains, place.row == 0, let known = sharing.literals[LiteralKey(slot: Int(place.cell), constant: part)] {
            return LiteralLeaf(place, bytes, bit: known.bit, text: known.text, id: origin)
        }
        if test == .contains, !bytes.isEmpty { return ContainsLeaf(place, bytes, id: origin) }
        return TextTestLeaf(test, place, bytes, id: origin)
    }

    private mutating func word(_ id: Term.ID) -> WordNode {
        let origin = table.origins[id]
        switch table[id] {
        case .word(let bits): return ConstantWord(bits)
        case .place(let place, let type): return PlaceWord(place, tag: type.tag, id: origin)
        case .arithmetic(let operation, let type, let left, let right):
            switch type {
            case .uint: return UIntArithmetic(operation, word(left), word(right), id: origin)
            case .double: return DoubleArithmetic(operation, word(left), word(right))
            default: return IntArithmetic(operation, word(left), word(right), id: origin)
            }
        case .conversion(let conversion, let operand): return UnaryWord(conversion, word(operand), id: origin)
        case .conditional(let test, let yes, let no): return ConditionalWord(bool(test), word(yes), word(no))
        case .textSize(let operand): return TextSize(cell(operand))
        case .listSize(let slot): return ListSize(Place(row: 0, cell: Int32(slot)), id: origin)
        case .count(let loop, let predicate):
            return CountWord(Counter(range: range(loop, origin), predicate: bool(predicate)))
        case .timeBetween(let left, let right): return TimeBetween(cell(left), cell(right), id: origin)
        case .timeSeconds(let operand): return TimeSeconds(cell(operand))
        default: return WordNode()
        }
    }

    private mutating func cell(_ id: Term.ID) -> CellNode {
        let origin = table.origins[id]
        switch table[id] {
        case .text(let bytes): return ConstantText(bytes)
        case .time(let time): return ConstantTime(time)
        case .place(let place, let type): return PlaceCell(place, tag: type.tag, id: origin)
        case .joined(let left, let right): return JoinedText(cell(left), cell(right), id: origin)
        case .timeShift(let time, let delta, let isEarlier, let startsWithDelta):
            return ShiftedTime(cell(time), word(delta), isEarlier: isEarlier, startsWithDelta: startsWithDelta, id: origin)
        case .conditional(let test, let yes, let no): return ConditionalCell(bool(test), cell(yes), cell(no))
        default: return CellNode()
        }
    }
}
