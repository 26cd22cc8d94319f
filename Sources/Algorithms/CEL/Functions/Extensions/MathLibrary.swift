// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `math`: rounding, bits, and the greatest and least of numbers whatever their types.
    public static let math = Library(
        "math",
        functions: [
            rounding("ceil", .up), rounding("floor", .down), rounding("round", .toNearestOrAwayFromZero),
            rounding("trunc", .towardZero),
            asking("isNaN", \.isNaN), asking("isInf", \.isInfinite), asking("isFinite", \.isFinite),
            abs, sign, sqrt,
            bits("bitAnd", &, &), bits("bitOr", |, |), bits("bitXor", ^, ^),
            bitNot,
            // Int64(bitPattern:) makes a shift to the right fill with zeros, also for negative numbers.
            shift("bitShiftLeft") { $0 << $1 },
            shift("bitShiftRight") { $0 >> $1 },
            extreme("greatest", .greater), extreme("least", .less),
        ],
        macros: [variadic("greatest"), variadic("least")])

    private static func rounding(_ short: String, _ rule: FloatingPointRoundingRule) -> Function {
        let name = "math.\(short)"
        return Function(name, [Overload("math_\(short)_double", [.double], .double)]) { a in
            guard case .double(let number) = a else { return .noOverload(name, a) }
            return .double(number.rounded(rule))
        }
    }

    private static func asking(_ short: String, _ holds: @escaping @Sendable (Double) -> Bool) -> Function {
        let name = "math.\(short)"
        return Function(name, [Overload("math_\(short)_double", [.double], .bool)]) { a in
            guard case .double(let number) = a else { return .noOverload(name, a) }
            return .bool(holds(number))
        }
    }

    private static func numeric(_ short: String) -> [Overload] {
        [CELType.double, .int, .uint].map { Overload("math_\(short)_\($0)", [$0], $0) }
    }

    /// Without its sign; of the least int there is none.
    private static let abs = Function("math.abs", numeric("abs")) { a in
        switch a {
        case .double(let number): .double(number.magnitude)
        case .int(let number): Int64(exactly: number.magnitude).map { .int($0) } ?? .overflow
        case .uint: a
        default: .noOverload("math.abs", a)
        }
    }

    /// -1, 0 or 1 in the type of the number; NaN stays.
    private static let sign = Function("math.sign", numeric("sign")) { a in
        switch a {
        case .double(let number): number.isNaN ? a : .double(number > 0 ? 1 : (number < 0 ? -1 : 0))
        case .int(let number): .int(number.signum())
        case .uint(let number): .uint(number == 0 ? 0 : 1)
        default: .noOverload("math.sign", a)
        }
    }

    /// NaN of what is below zero.
    private static let sqrt = Function(
        "math.sqrt", [CELType.double, .int, .uint].map { Overload("math_sqrt_\($0)", [$0], .double) }
    ) { a in
        switch a {
        case .double(let number): .double(number.squareRoot())
        case .int(let number): .double(Double(number).squareRoot())
        case .uint(let number): .double(Double(number).squareRoot())
        default: .noOverload("math.sqrt", a)
        }
    }
}

// MARK: Bits

extension Library {
    private static func bits(
        _ short: String, _ signed: @escaping @Sendable (Int64, Int64) -> Int64,
        _ unsigned: @escaping @Sendable (UInt64, UInt64) -> UInt64
    ) -> Function {
        let name = "math.\(short)"
        let overloads = [CELType.int, .uint].map { Overload("math_\(short)_\($0)_\($0)", [$0, $0], $0) }
        return Function(name, overloads) { a, b in
            switch (a, b) {
            case (.int(let a), .int(let b)): .int(signed(a, b))
            case (.uint(let a), .uint(let b)): .uint(unsigned(a, b))
            default: .noOverload(name, a, b)
            }
        }
    }

    private static let bitNot = Function(
        "math.bitNot", [CELType.int, .uint].map { Overload("math_bitNot_\($0)_\($0)", [$0], $0) }
    ) { a in
        switch a {
        case .int(let number): .int(~number)
        case .uint(let number): .uint(~number)
        default: .noOverload("math.bitNot", a)
        }
    }

    /// A shift by 64 or more leaves nothing, by less than 0 is an error.
    private static func shift(_ short: String, _ apply: @escaping @Sendable (UInt64, Int64) -> UInt64) -> Function {
        let name = "math.\(short)"
        let overloads = [CELType.int, .uint].map { Overload("math_\(short)_\($0)_int", [$0, .int], $0) }
        return Function(name, overloads) { a, b in
            guard case .int(let count) = b else { return .noOverload(name, a, b) }
            switch a {
            case .int, .uint: break
            default: return .noOverload(name, a, b)
            }
            if count < 0 { return .failure(.invalidArgument, "\(name) cannot shift by \(count)") }
            // The shift operators of Swift give 0 for unsigned numbers and counts of their width or more.
            switch a {
            case .int(let number): return .int(Int64(bitPattern: apply(UInt64(bitPattern: number), count)))
            case .uint(let number): return .uint(apply(number, count))
            default: return .noOverload(name, a, b)
            }
        }
    }
}

// MARK: Greatest and least

extension Library {
    /// One number, two numbers, or a list of at least one; the first among equals.
    private static func extreme(_ short: String, _ wins: Ordering) -> Function {
        let name = "math.\(short)"
        let numbers: [CELType] = [.int, .uint, .double]
        var overloads: [Overload] = []
        for a in numbers {
            overloads.append(Overload("math_\(short)_\(a)", [a], a))
            overloads.append(Overload("math_\(short)_list_\(a)", [.list(a)], a))
            for b in numbers { overloads.append(Overload("math_\(short)_\(a)_\(b)", [a, b], a == b ? a : .dyn)) }
        }
        return Function(
            name, overloads,
            [
                .unary { a in
                    guard case .list(let elements) = a else { return first(of: a, and: a, wins, name) }
                    guard var best = elements.first else {
                        return .failure(.invalidArgument, "\(name) needs at least one number")
                    }
                    for element in elements { best = first(of: best, and: element, wins, name) }
                    return best
                },
                .binary { a, b in first(of: a, and: b, wins, name) },
            ], cost: .perElement([0]))
    }

    /// The one that wins, `a` if they are equal.
    private static func first(of a: Value, and b: Value, _ wins: Ordering, _ name: String) -> Value {
        if case .error = a { return a }
        guard isNumber(a), isNumber(b), let order = compare(b, a) else { return .noOverload(name, a, b) }
        if order == .unordered { return isOne(a, b) ? a : .failure(.invalidArgument, "NaN is neither greater nor less") }
        return order == wins ? b : a
    }

    /// A single NaN is compared with nothing: it is the greatest and the least of itself.
    private static func isOne(_ a: Value, _ b: Value) -> Bool {
        guard case .double(let x) = a, case .double(let y) = b else { return false }
        return x.isNaN && y.isNaN
    }

    private static func isNumber(_ value: Value) -> Bool {
        switch value {
        case .int, .uint, .double: true
        default: false
        }
    }

    /// More than two numbers become a list.
    private static func variadic(_ name: String) -> Macro {
        Macro(name, isReceiver: true, argumentCount: nil, namespace: "math") {
            context, receiver, arguments, range throws(CELError) in
            if arguments.isEmpty {
                throw context.problem(range, "'math.\(name)' needs at least one number")
            }
            guard arguments.count > 2, let receiver else { return nil }
            let list = try context.make(.list(arguments.map { Expression.ListElement($0) }), range)
            return try context.make(
                .call(function: name, receiver: receiver, arguments: [list]), range,
                macro: Expression.MacroCall(name: name, receiver: receiver, arguments: arguments))
        }
    }
}
