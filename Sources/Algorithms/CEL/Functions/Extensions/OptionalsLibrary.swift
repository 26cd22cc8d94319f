// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `optionals`: values that may be missing. `a.?b`, `a[?b]`, `[?a]` and `{?a: b}` belong to the language itself.
    public static let optionals = Library(
        "optionals",
        functions: [of, ofNonZeroValue, none, value, hasValue, or, orValue, first, last, unwrap, unwrapOpt],
        macros: [optMap, optFlatMap],
        constants: ["optional_type": .type("optional_type")])

    private static let t = CELType.parameter("T")
    private static let optionalT = CELType.optional(t)

    private static let of = Function("optional.of", [Overload("optional_of", [t], optionalT)]) { a in
        .optional(a)
    }

    /// Empty for the default of a type: null, false, zero, nothing in it, 1970.
    private static let ofNonZeroValue = Function(
        "optional.ofNonZeroValue", [Overload("optional_ofNonZeroValue", [t], optionalT)]
    ) { a in
        .optional(a.isZero ? nil : a)
    }

    private static let none = Function(
        "optional.none", [Overload("optional_none", [], optionalT)], [.none0 { .optional(nil) }])

    /// An error where there is none.
    private static let value = Function("value", [Overload("optional_value", isReceiver: true, [optionalT], t)]) { a in
        guard case .optional(let value) = a else { return .noOverload("value", a) }
        return value ?? .failure(.noSuchKey, "the optional has no value")
    }

    private static let hasValue = Function("hasValue", [Overload("optional_hasValue", isReceiver: true, [optionalT], .bool)]) {
        a in
        guard case .optional(let value) = a else { return .noOverload("hasValue", a) }
        return .bool(value != nil)
    }

    /// The first optional with a value. Evaluation looks at the second operand only where it is needed.
    private static let or = Function(
        "or", [Overload("optional_or_optional", isReceiver: true, [optionalT, optionalT], optionalT)]
    ) { a, b in
        guard case .optional(let value) = a, case .optional = b else { return .noOverload("or", a, b) }
        return value == nil ? b : a
    }

    private static let orValue = Function(
        "orValue", [Overload("optional_orValue_value", isReceiver: true, [optionalT, t], t)]
    ) { a, b in
        guard case .optional(let value) = a else { return .noOverload("orValue", a, b) }
        return value ?? b
    }
}

// MARK: Lists

extension Library {
    private static let first = Function(
        "first", [Overload("list_first", isReceiver: true, [.list(t)], optionalT)]
    ) { a in
        guard case .list(let elements) = a else { return .noOverload("first", a) }
        return .optional(elements.first)
    }

    private static let last = Function(
        "last", [Overload("list_last", isReceiver: true, [.list(t)], optionalT)]
    ) { a in
        guard case .list(let elements) = a else { return .noOverload("last", a) }
        return .optional(elements.last)
    }

    /// `optional.unwrap([optional.of(1), optional.none()]) == [1]`.
    private static let unwrap = Function(
        "optional.unwrap", [Overload("optional_unwrap", [.list(optionalT)], .list(t))], cost: .perElement([0])
    ) { a in
        unwrapped(a, by: "optional.unwrap")
    }

    private static let unwrapOpt = Function(
        "unwrapOpt", [Overload("optional_unwrapOpt", isReceiver: true, [.list(optionalT)], .list(t))], cost: .perElement([0])
    ) { a in
        unwrapped(a, by: "unwrapOpt")
    }

    private static func unwrapped(_ list: Value, by name: String) -> Value {
        guard case .list(let elements) = list else { return .noOverload(name, list) }
        var values: [Value] = []
        for element in elements {
            guard case .optional(let value) = element else { return .noOverload(name, list) }
            if let value { values.append(value) }
        }
        return .list(values)
    }
}

// MARK: Macros

extension Library {
    /// `a.optMap(x, f(x))`: what `f` makes of the value, as an optional.
    private static let optMap = mapping("optMap") { context, mapped, range throws(CELError) in
        try call("of", [mapped], &context, range)
    }

    /// `a.optFlatMap(x, f(x))`, where `f` gives an optional itself.
    private static let optFlatMap = mapping("optFlatMap") { _, mapped, _ in mapped }

    /// Both are `bind(o, a, o.hasValue() ? finish(bind(x, o.value(), f(x))) : optional.none())`.
    private static func mapping(
        _ name: String,
        _ finish: @escaping @Sendable (inout MacroContext, Expression, Range<Int>) throws(CELError) -> Expression
    ) -> Macro {
        Macro(name, isReceiver: true, argumentCount: 2) { context, receiver, arguments, range throws(CELError) in
            guard let receiver else { return nil }
            let variable = try context.variable(arguments[0], of: name)
            // No name in a source can start so.
            let optional = "@optional"
            let asked = try context.make(.name(optional, isRooted: false), receiver.range)
            let test = try context.make(.call(function: "hasValue", receiver: asked, arguments: []), range)
            let opened = try context.make(.name(optional, isRooted: false), receiver.range)
            let value = try context.make(.call(function: "value", receiver: opened, arguments: []), range)
            let mapped = try context.make(.bind(name: variable, value: value, body: arguments[1]), range)
            let finished = try finish(&context, mapped, range)
            let none = try call("none", [], &context, range)
            let choice = try context.make(.conditional(test, finished, none), range)
            return try context.make(
                .bind(name: optional, value: receiver, body: choice), range,
                macro: Expression.MacroCall(name: name, receiver: receiver, arguments: arguments))
        }
    }

    private static func call(
        _ function: String, _ arguments: [Expression], _ context: inout MacroContext, _ range: Range<Int>
    ) throws(CELError) -> Expression {
        let namespace = try context.make(.name("optional", isRooted: false), range)
        return try context.make(.call(function: function, receiver: namespace, arguments: arguments), range)
    }
}

extension Value {
    /// The default of its type.
    var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let bool): !bool
        case .int(let number): number == 0
        case .uint(let number): number == 0
        case .double(let number): number == 0
        case .string(let text): text.utf8.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .list(let elements): elements.isEmpty
        case .map(let map): map.count == 0
        case .duration(let nanoseconds): nanoseconds == 0
        case .timestamp(let time): time.seconds == 0 && time.nanoseconds == 0
        case .message(let message): message.isEmpty
        case .type, .optional, .object, .error, .unknown: false
        }
    }
}
