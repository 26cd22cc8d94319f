// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Turns a checked expression into terms, or says why it has none.
struct TypedPlanner {
    /// What a local variable stands for.
    enum Local {
        /// The element at which a loop is.
        case element(row: Int, FrameLayout.Record)
        /// A value that `bind` named, or an element of a constant list.
        case term(Term.ID)
        /// A value that `bind` named and that has no typed form: no harm while nobody reads it.
        case untyped(NotTyped)
    }

    let checked: CheckedExpression
    let layout: FrameLayout
    var table: TermTable
    /// By the numbers that the checker gave.
    private var locals: [Int: Local] = [:]
    private var depth = 0

    /// A condition as terms, put into `table`; terms of a part that was refused may stay there unused.
    static func plan(_ checked: CheckedExpression, layout: FrameLayout, into table: inout TermTable) throws(NotTyped) -> Term.ID {
        var planner = TypedPlanner(checked: checked, layout: layout, table: table)
        // One owner at a time: the table grows over thousands of programs and must not be copied for each.
        table = TermTable()
        defer { table = planner.table }
        guard checked.resultType == .bool else {
            throw planner.refusal(checked.root, "it gives \(checked.resultType), not a bool")
        }
        return try planner.term(checked.root)
    }

    private init(checked: CheckedExpression, layout: FrameLayout, table: TermTable) {
        self.checked = checked
        self.layout = layout
        self.table = table
    }

    func refusal(_ expression: Expression, _ reason: String) -> NotTyped {
        NotTyped(reason: reason, span: checked.source.span(expression.range))
    }

    mutating func make(_ term: Term, _ expression: Expression) -> Term.ID { table.id(term, origin: expression.id) }

    func cellType(_ expression: Expression) -> CellType? { CellType(checked.types[expression.id]) }

    mutating func term(_ expression: Expression) throws(NotTyped) -> Term.ID {
        switch expression.kind {
        case .literal(let value): return try constant(value, expression)
        case .name, .select: return try input(expression)
        case .has(let operand, let field): return try presence(expression, operand, field)
        case .call(let function, let receiver, let arguments): return try call(expression, function, receiver, arguments)
        case .and(let operands): return try junction(expression, operands, decisive: false)
        case .or(let operands): return try junction(expression, operands, decisive: true)
        case .conditional(let test, let yes, let no):
            guard cellType(yes) != nil, cellType(yes) == cellType(no) else {
                throw refusal(expression, "the two results of '?:' have no common scalar type")
            }
            return make(.conditional(try condition(test), try term(yes), try term(no)), expression)
        case .loop(let loop): return try self.loop(expression, loop)
        case .bind(_, let value, let body):
            locals[try firstLocal(expression)] = local(value)
            return try term(body)
        case .block(let values, let body):
            let first = try firstLocal(expression)
            for (index, value) in values.enumerated() { locals[first + index] = local(value) }
            return try term(body)
        case .list, .map, .message: throw refusal(expression, "a value of type \(checked.types[expression.id]) is made")
        }
    }

    /// The number of the first variable that a loop, bind or block brings.
    private func firstLocal(_ expression: Expression) throws(NotTyped) -> Int {
        guard case .local(let index)? = checked.references[expression.id] else {
            throw refusal(expression, "its variable is not known")
        }
        return index
    }

    /// A term that is a bool.
    mutating func condition(_ expression: Expression) throws(NotTyped) -> Term.ID {
        guard checked.types[expression.id] == .bool else {
            throw refusal(expression, "this is \(checked.types[expression.id]), which may not be a bool")
        }
        return try term(expression)
    }

    private mutating func local(_ value: Expression) -> Local {
        do throws(NotTyped) { return .term(try term(value)) } catch { return .untyped(error) }
    }

    private mutating func junction(
        _ expression: Expression, _ operands: [Expression], decisive: Bool
    ) throws(NotTyped) -> Term.ID {
        var terms: [Term.ID] = []
        for operand in operands {
            let id = try condition(operand)
            // Chains in parentheses are one chain: the order stays.
            if case .junction(decisive, let inner) = table[id] { terms += inner } else { terms.append(id) }
        }
        return make(.junction(decisive: decisive, terms), expression)
    }

    mutating func constant(_ value: Value, _ expression: Expression) throws(NotTyped) -> Term.ID {
        switch value {
        case .bool(let bool): return make(.bool(bool), expression)
        case .int(let number): return make(.word(UInt64(bitPattern: number)), expression)
        case .uint(let number): return make(.word(number), expression)
        case .double(let number): return make(.word(number.bitPattern), expression)
        case .duration(let nanoseconds): return make(.word(UInt64(bitPattern: nanoseconds)), expression)
        case .string(let text): return make(.text(Array(text.utf8)), expression)
        case .timestamp(let time): return make(.time(time), expression)
        default: throw refusal(expression, "a constant of type \(value.typeName)")
        }
    }

    // MARK: Inputs

    private mutating func input(_ expression: Expression) throws(NotTyped) -> Term.ID {
        switch checked.references[expression.id] {
        case .slot(let index)?:
            let slot = try layoutSlot(index, expression)
            guard let type = layout.cellTypes[slot] else {
                throw refusal(expression, "'\(layout.slots[slot].path)' is \(layout.slots[slot].type)")
            }
            return make(.place(Place(row: 0, cell: Int32(slot)), type), expression)
        case .constant(let value)?: return try constant(value, expression)
        case .local(let index)?:
            switch locals[index] {
            case .term(let id)?: return id
            case .untyped(let refusal)?: throw refusal
            case .element?, nil: break
            }
        default: break
        }
        guard let (row, record, path) = elementPath(expression), let field = record.field(path), let type = CellType(field.type)
        else { throw refusal(expression, "this has no place in the frame") }
        return make(.place(Place(row: Int32(row), cell: Int32(field.offset)), type), expression)
    }

    func layoutSlot(_ index: Int, _ expression: Expression) throws(NotTyped) -> Int {
        guard checked.slots.indices.contains(index), let slot = layout.slot(checked.slots[index].path),
            slot.type == checked.slots[index].type
        else { throw refusal(expression, "the frame has no such input") }
        return slot.index
    }

    /// A loop variable with field selections, or the variable alone for lists of scalars.
    private func elementPath(_ expression: Expression) -> (row: Int, record: FrameLayout.Record, path: String)? {
        switch expression.kind {
        case .name:
            guard case .local(let index)? = checked.references[expression.id],
                case .element(let row, let record)? = locals[index]
            else { return nil }
            return (row, record, "")
        case .select(let operand, let field, false):
            guard let (row, record, path) = elementPath(operand), record.message != nil else { return nil }
            return (row, record, path.isEmpty ? field : path + "." + field)
        default: return nil
        }
    }

    private mutating func presence(_ expression: Expression, _ operand: Expression, _ field: String) throws(NotTyped) -> Term.ID {
        if case .hasSlot(let index)? = checked.references[expression.id] {
            return make(.present(Place(row: 0, cell: Int32(try layoutSlot(index, expression)))), expression)
        }
        guard let (row, record, path) = elementPath(operand), record.message != nil,
            let field = record.field(path.isEmpty ? field : path + "." + field)
        else { throw refusal(expression, "this has no place in the frame") }
        return make(.present(Place(row: Int32(row), cell: Int32(field.offset))), expression)
    }

    // MARK: Loops

    /// The slot of a list that loops can go through.
    func listSlot(_ expression: Expression) throws(NotTyped) -> Int {
        guard case .slot(let index)? = checked.references[expression.id] else {
            throw refusal(expression, "only lists of the event itself have a typed form")
        }
        let slot = try layoutSlot(index, expression)
        guard layout.records[slot] != nil else {
            throw refusal(expression, "'\(layout.slots[slot].path)' is \(layout.slots[slot].type)")
        }
        return slot
    }

    private mutating func loop(_ expression: Expression, _ loop: Expression.Loop) throws(NotTyped) -> Term.ID {
        guard loop.secondVariable == nil, let predicate = loop.predicate, loop.transform == nil else {
            throw refusal(expression, "'\(loop.kind.rawValue)' of this form")
        }
        switch loop.kind {
        case .all, .exists:
            let decisive = loop.kind == .exists
            if case .list(let elements) = loop.range.kind {
                return try unrolled(expression, elements, predicate, decisive: decisive)
            }
            let (range, body) = try body(expression, loop.range, predicate)
            return make(.quantifier(decisive: decisive, range, body), expression)
        case .existsOne:
            let (range, body) = try body(expression, loop.range, predicate)
            return make(.existsOne(range, body), expression)
        default: throw refusal(expression, "'\(loop.kind.rawValue)' makes a list")
        }
    }

    /// A loop's range and its predicate, planned with the loop's variable.
    mutating func body(
        _ expression: Expression, _ range: Expression, _ predicate: Expression
    ) throws(NotTyped) -> (Term.Loop, Term.ID) {
        let slot = try listSlot(range)
        guard let record = layout.records[slot], depth + 1 < EvaluationState.mostRows else {
            throw refusal(expression, "loops are nested too deeply")
        }
        depth += 1
        defer { depth -= 1 }
        locals[try firstLocal(expression)] = .element(row: depth, record)
        let row = depth
        return (Term.Loop(slot: slot, stride: record.stride, row: row), try condition(predicate))
    }

    /// `["a", "b"].exists(x, p)` as `p(a) || p(b)`: the same value, also for errors and unknowns.
    private mutating func unrolled(
        _ expression: Expression, _ elements: [Expression.ListElement], _ predicate: Expression, decisive: Bool
    ) throws(NotTyped) -> Term.ID {
        guard elements.count <= 256 else { throw refusal(expression, "the list is too long to be unrolled") }
        var terms: [Term.ID] = []
        for element in elements {
            let id = try term(element.value)
            guard table.isConstant(id), !element.isOptional else {
                throw refusal(element.value, "an element of the list is no constant")
            }
            locals[try firstLocal(expression)] = .term(id)
            terms.append(try condition(predicate))
        }
        return make(.junction(decisive: decisive, terms), expression)
    }
}
