// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `strings`: looking into texts, cutting, joining and formatting them. All positions count code points from 0.
    public static let strings = Library(
        "strings",
        functions: [
            charAt, indexOf, lastIndexOf, substring,
            split, join, replace, format,
            edit("trim", "string_trim", TextEditing.trim),
            edit("lowerAscii", "string_lower_ascii", TextEditing.lowerASCII),
            edit("upperAscii", "string_upper_ascii", TextEditing.upperASCII),
            edit("reverse", "string_reverse", TextEditing.reverse),
            edit("strings.quote", "strings_quote", isReceiver: false, TextEditing.quote),
        ])

    private static func edit(
        _ name: String, _ overload: String, isReceiver: Bool = true, _ edit: @escaping @Sendable (String) -> String
    ) -> Function {
        Function(name, [Overload(overload, isReceiver: isReceiver, [.string], .string)], cost: .perCharacter([0])) { a in
            guard case .string(let text) = a else { return .noOverload(name, a) }
            return .string(edit(text))
        }
    }
}

// MARK: Positions

extension Library {
    private static func outside(_ position: Int64) -> Value {
        .failure(.indexOutOfRange, "the position \(position) is outside the text")
    }

    /// `'abc'.charAt(1) == 'b'`; at the end the empty text.
    private static let charAt = Function(
        "charAt", [Overload("string_char_at_int", isReceiver: true, [.string, .int], .string)], cost: .perCharacter([0])
    ) { a, b in
        guard case .string(let text) = a, case .int(let position) = b else { return .noOverload("charAt", a, b) }
        let points = CodePoints(text)
        guard let start = Int(exactly: position), (0...points.count).contains(start) else { return outside(position) }
        return .string(points.text(start..<min(start + 1, points.count)))
    }

    /// `'abcb'.indexOf('b') == 1`, `'abcb'.indexOf('b', 2) == 3`, -1 where there is none.
    private static let indexOf = Function(
        "indexOf",
        [
            Overload("string_index_of_string", isReceiver: true, [.string, .string], .int),
            Overload("string_index_of_string_int", isReceiver: true, [.string, .string, .int], .int),
        ],
        [
            .binary { a, b in
                guard case .string(let text) = a, case .string(let part) = b else { return .noOverload("indexOf", a, b) }
                return TextEditing.firstIndex(of: part, in: text).map { .int($0) } ?? outside(0)
            },
            .ternary { a, b, c in
                guard case .string(let text) = a, case .string(let part) = b, case .int(let start) = c else {
                    return .noOverload("indexOf", a, b, c)
                }
                return TextEditing.firstIndex(of: part, in: text, from: start).map { .int($0) } ?? outside(start)
            },
        ], cost: .perCharacter([0, 1]))

    /// `'abcb'.lastIndexOf('b') == 3`, `'abcb'.lastIndexOf('b', 2) == 1`, -1 where there is none.
    private static let lastIndexOf = Function(
        "lastIndexOf",
        [
            Overload("string_last_index_of_string", isReceiver: true, [.string, .string], .int),
            Overload("string_last_index_of_string_int", isReceiver: true, [.string, .string, .int], .int),
        ],
        [
            .binary { a, b in
                guard case .string(let text) = a, case .string(let part) = b else { return .noOverload("lastIndexOf", a, b) }
                return TextEditing.lastIndex(of: part, in: text).map { .int($0) } ?? outside(0)
            },
            .ternary { a, b, c in
                guard case .string(let text) = a, case .string(let part) = b, case .int(let last) = c else {
                    return .noOverload("lastIndexOf", a, b, c)
                }
                return TextEditing.lastIndex(of: part, in: text, upTo: last).map { .int($0) } ?? outside(last)
            },
        ], cost: .perCharacter([0, 1]))

    /// `'abcd'.substring(1, 3) == 'bc'`, without an end to the end of the text.
    private static let substring = Function(
        "substring",
        [
            Overload("string_substring_int", isReceiver: true, [.string, .int], .string),
            Overload("string_substring_int_int", isReceiver: true, [.string, .int, .int], .string),
        ],
        [
            .binary { a, b in
                guard case .string(let text) = a, case .int(let start) = b else { return .noOverload("substring", a, b) }
                return cut(text, start, nil)
            },
            .ternary { a, b, c in
                guard case .string(let text) = a, case .int(let start) = b, case .int(let end) = c else {
                    return .noOverload("substring", a, b, c)
                }
                return cut(text, start, end)
            },
        ], cost: .perCharacter([0]))

    private static func cut(_ text: String, _ start: Int64, _ end: Int64?) -> Value {
        let points = CodePoints(text)
        let end = end ?? Int64(points.count)
        guard start >= 0, end <= points.count else { return outside(start < 0 ? start : end) }
        guard start <= end else { return .failure(.indexOutOfRange, "the part from \(start) to \(end) ends before it starts") }
        return .string(points.text(Int(start)..<Int(end)))
    }
}

// MARK: Parts

extension Library {
    /// `'a,b,c'.split(',') == ['a', 'b', 'c']`, `'a,b,c'.split(',', 2) == ['a', 'b,c']`; an empty separator gives code points.
    private static let split = Function(
        "split",
        [
            Overload("string_split_string", isReceiver: true, [.string, .string], .list(.string)),
            Overload("string_split_string_int", isReceiver: true, [.string, .string, .int], .list(.string)),
        ],
        [
            .binary { a, b in
                guard case .string(let text) = a, case .string(let separator) = b else { return .noOverload("split", a, b) }
                return parts(text, separator, limit: -1)
            },
            .ternary { a, b, c in
                guard case .string(let text) = a, case .string(let separator) = b, case .int(let limit) = c else {
                    return .noOverload("split", a, b, c)
                }
                return parts(text, separator, limit: limit)
            },
        ], cost: .perCharacter([0]))

    private static func parts(_ text: String, _ separator: String, limit: Int64) -> Value {
        // One more than allowed is enough to see that there are too many.
        let most = Int64(ExtensionLimits.listCount) + 1
        let parts = TextEditing.split(text, by: separator, limit: limit < 0 ? most : min(limit, most))
        return parts.count < most ? .list(parts.map { .string($0) }) : ExtensionLimits.listTooLong
    }

    /// `['a', 'b'].join('-') == 'a-b'`.
    private static let join = Function(
        "join",
        [
            Overload("list_join", isReceiver: true, [.list(.string)], .string),
            Overload("list_join_string", isReceiver: true, [.list(.string), .string], .string),
        ],
        [
            .unary { a in
                guard case .list(let elements) = a else { return .noOverload("join", a) }
                return joined(elements, "")
            },
            .binary { a, b in
                guard case .list(let elements) = a, case .string(let separator) = b else { return .noOverload("join", a, b) }
                return joined(elements, separator)
            },
        ], cost: .perCharacterOfResult)

    private static func joined(_ elements: [Value], _ separator: String) -> Value {
        var result = ""
        for (index, element) in elements.enumerated() {
            guard case .string(let text) = element else { return .noOverload("join", element) }
            if index > 0 { result += separator }
            result += text
            if result.utf8.count > ExtensionLimits.textLength { return ExtensionLimits.textTooLong }
        }
        return .string(result)
    }

    /// `'aaa'.replace('a', 'b') == 'bbb'`, `'aaa'.replace('a', 'b', 1) == 'baa'`; a negative limit is none.
    private static let replace = Function(
        "replace",
        [
            Overload("string_replace_string_string", isReceiver: true, [.string, .string, .string], .string),
            Overload("string_replace_string_string_int", isReceiver: true, [.string, .string, .string, .int], .string),
        ],
        [
            .ternary { a, b, c in
                guard case .string(let text) = a, case .string(let old) = b, case .string(let new) = c else {
                    return .noOverload("replace", a, b, c)
                }
                return replaced(text, old, new, limit: -1)
            },
            .many(count: 4) { x in
                guard case .string(let text) = x[0], case .string(let old) = x[1], case .string(let new) = x[2],
                    case .int(let limit) = x[3]
                else { return .noOverload("replace", x[0], x[1], x[2], x[3]) }
                return replaced(text, old, new, limit: limit)
            },
        ], cost: .perCharacterOfResult)

    private static func replaced(_ text: String, _ old: String, _ new: String, limit: Int64) -> Value {
        TextEditing.replace(text, old, by: new, limit: limit, maximum: ExtensionLimits.textLength).map { .string($0) }
            ?? ExtensionLimits.textTooLong
    }

    /// `'%s has %d'.format(['a', 3]) == 'a has 3'`, see `TextFormat`.
    private static let format = Function(
        "format", [Overload("string_format", isReceiver: true, [.string, .list(.dyn)], .string)], cost: .perCharacterOfResult
    ) { a, b in
        guard case .string(let template) = a, case .list(let arguments) = b else { return .noOverload("format", a, b) }
        return TextFormat.format(template, arguments)
    }
}
