// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension TypedPlanner {
    mutating func call(
        _ expression: Expression, _ function: String, _ receiver: Expression?, _ arguments: [Expression]
    ) throws(NotTyped) -> Term.ID {
        let operands = (receiver.map { [$0] } ?? []) + arguments
        if let id = try constantCall(expression, operands) { return id }
        switch (function, operands.count) {
        case ("!_", 1): return make(.not(try condition(operands[0])), expression)
        case ("_==_", 2): return try order(expression, .same, operands)
        case ("_!=_", 2): return try order(expression, .different, operands)
        case ("_<_", 2): return try order(expression, .less, operands)
        case ("_<=_", 2): return try order(expression, .lessOrSame, operands)
        case ("_>_", 2): return try order(expression, .greater, operands)
        case ("_>=_", 2): return try order(expression, .greaterOrSame, operands)
        case ("@in", 2): return try membership(expression, operands[0], operands[1])
        case ("_+_", 2): return try arithmetic(expression, .add, operands)
        case ("_-_", 2): return try arithmetic(expression, .subtract, operands)
        case ("_*_", 2): return try arithmetic(expression, .multiply, operands)
        case ("_/_", 2): return try arithmetic(expression, .divide, operands)
        case ("_%_", 2): return try arithmetic(expression, .remainder, operands)
        case ("-_", 1): return try negation(expression, operands[0])
        case ("contains", 2): return try textTest(expression, .contains, operands)
        case ("startsWith", 2): return try textTest(expression, .startsWith, operands)
        case ("endsWith", 2): return try textTest(expression, .endsWith, operands)
        case ("matches", 2): return try matches(expression, operands)
        case ("size", 1): return try size(expression, operands[0])
        case ("int", 1), ("uint", 1), ("double", 1): return try conversion(expression, operands[0])
        default: throw refusal(expression, "'\(function)' has no typed form")
        }
    }

    /// A function of constants, such as `duration("10m")`, computed once. Nil where there is something left to compute.
    private mutating func constantCall(_ expression: Expression, _ operands: [Expression]) throws(NotTyped) -> Term.ID? {
        guard case .function(let function, _)? = checked.references[expression.id], let body = function.body(for: operands.count)
        else { return nil }
        var values: [Value] = []
        for operand in operands {
            guard case .literal(let value) = operand.kind else { return nil }
            values.append(value)
        }
        let value: Value
        switch (body, values.count) {
        case (.unary(let compute), 1): value = compute(values[0])
        case (.binary(let compute), 2): value = compute(values[0], values[1])
        default: return nil
        }
        // What fails, fails anew at each evaluation: the generic tier has the words for it.
        guard value.isDefinite else { return nil }
        return try constant(value, expression)
    }

    /// The type of both operands, if it is one.
    private func common(_ expression: Expression, _ operands: [Expression]) throws(NotTyped) -> CellType {
        guard let type = cellType(operands[0]), cellType(operands[1]) == type else {
            let types = operands.map { checked.types[$0.id].description }.joined(separator: " and ")
            throw refusal(expression, "operands of the types \(types)")
        }
        return type
    }

    private mutating func order(_ expression: Expression, _ mask: OrderMask, _ operands: [Expression]) throws(NotTyped) -> Term.ID
    {
        let type = try common(expression, operands)
        let (left, right) = (try term(operands[0]), try term(operands[1]))
        // The constant to the right, where the fused nodes and the index look for it.
        if table.isConstant(left), !table.isConstant(right) { return make(.order(type, mask.mirrored, right, left), expression) }
        return make(.order(type, mask, left, right), expression)
    }

    private mutating func membership(_ expression: Expression, _ element: Expression, _ list: Expression) throws(NotTyped)
        -> Term.ID
    {
        guard let type = cellType(element) else { throw refusal(element, "the element is no scalar") }
        if case .constant(.list(let values))? = checked.references[list.id] {
            return try among(expression, element, type, values)
        }
        guard case .list(let elements) = list.kind else {
            let slot = try listSlot(list)
            guard layout.slots[slot].type == .list(checked.types[element.id]), type != .bool, type != .timestamp else {
                throw refusal(expression, "'in' for \(layout.slots[slot].type)")
            }
            return make(.inList(type, try term(element), slot: slot), expression)
        }
        let id = try term(element)
        var constants: Set<Term.ID> = []
        for element in elements {
            guard !element.isOptional, cellType(element.value) == type else {
                throw refusal(element.value, "the list holds other types than the element")
            }
            let constant = try term(element.value)
            guard table.isConstant(constant) else { throw refusal(element.value, "an element of the list is no constant") }
            constants.insert(constant)
        }
        return make(.among(type, id, constants: constants.sorted()), expression)
    }

    /// `x in names`, where the caller has declared the list as a constant.
    private mutating func among(
        _ expression: Expression, _ element: Expression, _ type: CellType, _ values: [Value]
    ) throws(NotTyped) -> Term.ID {
        let id = try term(element)
        var constants: Set<Term.ID> = []
        for value in values {
            guard FrameValue(value)?.type == type else {
                throw refusal(expression, "the list holds other types than the element")
            }
            constants.insert(try constant(value, expression))
        }
        return make(.among(type, id, constants: constants.sorted()), expression)
    }

    private mutating func arithmetic(
        _ expression: Expression, _ operation: Term.Arithmetic, _ operands: [Expression]
    ) throws(NotTyped) -> Term.ID {
        let (left, right) = (cellType(operands[0]), cellType(operands[1]))
        switch (operation, left, right) {
        case (.subtract, .timestamp, .timestamp):
            return make(.timeBetween(try term(operands[0]), try term(operands[1])), expression)
        case (.add, .timestamp, .duration), (.subtract, .timestamp, .duration):
            let (time, delta) = (try term(operands[0]), try term(operands[1]))
            let shift = Term.timeShift(time: time, delta: delta, isEarlier: operation == .subtract, startsWithDelta: false)
            return make(shift, expression)
        case (.add, .duration, .timestamp):
            let (delta, time) = (try term(operands[0]), try term(operands[1]))
            return make(.timeShift(time: time, delta: delta, isEarlier: false, startsWithDelta: true), expression)
        case (.add, .string, .string):
            return make(.joined(try term(operands[0]), try term(operands[1])), expression)
        case (_, .int, .int), (_, .uint, .uint), (.add, .duration, .duration), (.subtract, .duration, .duration),
            (.add, .double, .double), (.subtract, .double, .double), (.multiply, .double, .double), (.divide, .double, .double):
            let type = try common(expression, operands)
            return make(.arithmetic(operation, type, try term(operands[0]), try term(operands[1])), expression)
        default: throw refusal(expression, "arithmetic of \(checked.types[operands[0].id]) and \(checked.types[operands[1].id])")
        }
    }

    private mutating func negation(_ expression: Expression, _ operand: Expression) throws(NotTyped) -> Term.ID {
        switch cellType(operand) {
        case .int: return make(.conversion(.negateInt, try term(operand)), expression)
        case .double: return make(.conversion(.negateDouble, try term(operand)), expression)
        default: throw refusal(expression, "'-' of \(checked.types[operand.id])")
        }
    }

    private mutating func textTest(_ expression: Expression, _ test: Term.TextTest, _ operands: [Expression]) throws(NotTyped)
        -> Term.ID
    {
        guard try common(expression, operands) == .string else { throw refusal(expression, "this has no typed form") }
        return make(.textTest(test, try term(operands[0]), try term(operands[1])), expression)
    }

    private mutating func matches(_ expression: Expression, _ operands: [Expression]) throws(NotTyped) -> Term.ID {
        guard cellType(operands[0]) == .string, case .literal(.string(let pattern)) = operands[1].kind else {
            throw refusal(expression, "the pattern of 'matches' is no constant")
        }
        guard ConstantPattern(pattern) != nil else { throw refusal(expression, "the pattern is not usable") }
        return make(.matches(try term(operands[0]), pattern: pattern), expression)
    }

    private mutating func size(_ expression: Expression, _ operand: Expression) throws(NotTyped) -> Term.ID {
        if cellType(operand) == .string { return make(.textSize(try term(operand)), expression) }
        if case .loop(let loop) = operand.kind, loop.kind == .filter, let predicate = loop.predicate, loop.secondVariable == nil {
            let (range, body) = try body(operand, loop.range, predicate)
            return make(.count(range, body), expression)
        }
        return make(.listSize(slot: try listSlot(operand)), expression)
    }

    private mutating func conversion(_ expression: Expression, _ operand: Expression) throws(NotTyped) -> Term.ID {
        switch (cellType(operand), cellType(expression)) {
        case (.int, .int), (.uint, .uint), (.double, .double): return try term(operand)
        case (.int, .double): return make(.conversion(.intToDouble, try term(operand)), expression)
        case (.uint, .double): return make(.conversion(.uintToDouble, try term(operand)), expression)
        case (.int, .uint): return make(.conversion(.intToUInt, try term(operand)), expression)
        case (.uint, .int): return make(.conversion(.uintToInt, try term(operand)), expression)
        case (.double, .int): return make(.conversion(.doubleToInt, try term(operand)), expression)
        case (.double, .uint): return make(.conversion(.doubleToUInt, try term(operand)), expression)
        case (.timestamp, .int): return make(.timeSeconds(try term(operand)), expression)
        default: throw refusal(expression, "the conversion of \(checked.types[operand.id])")
        }
    }
}
