// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import LinearRegex

extension Library {
    /// `regex`: what regular expressions find, as text. Patterns are those of `matches`; it needs `optionals`.
    public static let regex = Library("regex", functions: [extract, extractAll, replace])

    /// `regex.extract('item-A, item-B', r'item-(\w+)') == optional.of('A')`: the first match, or what its one group found.
    private static let extract = Function(
        "regex.extract", [Overload("regex_extract_string_string", [.string, .string], .optional(.string))],
        cost: .pattern(text: 0, pattern: 1)
    ) { a, b in
        guard case .string(let text) = a, case .string(let pattern) = b else { return .noOverload("regex.extract", a, b) }
        return found(by: pattern, in: text, limit: 1) { .optional($0.first) }
    }

    /// `regex.extractAll('id:1, id:2', r'id:\d') == ['id:1', 'id:2']`; empty groups are left out.
    private static let extractAll = Function(
        "regex.extractAll", [Overload("regex_extractAll_string_string", [.string, .string], .list(.string))],
        cost: .pattern(text: 0, pattern: 1)
    ) { a, b in
        guard case .string(let text) = a, case .string(let pattern) = b else { return .noOverload("regex.extractAll", a, b) }
        return found(by: pattern, in: text, limit: ExtensionLimits.listCount + 1) {
            $0.count > ExtensionLimits.listCount ? ExtensionLimits.listTooLong : .list($0)
        }
    }

    /// What the pattern matches, or what its one group found where that is not empty.
    private static func found(by pattern: String, in text: String, limit: Int, _ result: ([Value]) -> Value) -> Value {
        guard let expression = PatternCache.compile(pattern)?.expression else { return noPattern }
        let groups = expression.groupNames.count - 1
        guard groups <= 1 else {
            return .failure(.invalidArgument, "the pattern has more than one group: it is not clear which one to extract")
        }
        let bytes = Array(text.utf8)
        let found = expression.matches(in: text, limit: limit).compactMap { match -> Value? in
            guard groups == 1 else { return .string(String(decoding: bytes[match.range], as: UTF8.self)) }
            guard let range = match[1], !range.isEmpty else { return nil }
            return .string(String(decoding: bytes[range], as: UTF8.self))
        }
        return result(found)
    }

    private static let noPattern = Value.failure(.invalidArgument, "the pattern is no regular expression")
}

// MARK: Replacing

extension Library {
    /// `regex.replace('foo bar', '(fo)o (ba)r', r'\2 \1') == 'ba fo'`, with a number as fourth operand at most so many times.
    private static let replace = Function(
        "regex.replace",
        [
            Overload("regex_replace_string_string_string", [.string, .string, .string], .string),
            Overload("regex_replace_string_string_string_int", [.string, .string, .string, .int], .string),
        ],
        [
            .ternary { a, b, c in
                guard case .string(let text) = a, case .string(let pattern) = b, case .string(let template) = c else {
                    return .noOverload("regex.replace", a, b, c)
                }
                return replaced(text, pattern, template, limit: -1)
            },
            .many(count: 4) { x in
                guard case .string(let text) = x[0], case .string(let pattern) = x[1], case .string(let template) = x[2],
                    case .int(let limit) = x[3]
                else { return .noOverload("regex.replace", x[0], x[1], x[2], x[3]) }
                return replaced(text, pattern, template, limit: limit)
            },
        ], cost: .pattern(text: 0, pattern: 1))

    private static func replaced(_ text: String, _ pattern: String, _ template: String, limit: Int64) -> Value {
        guard let expression = PatternCache.compile(pattern)?.expression else { return noPattern }
        guard let pieces = pieces(template, groups: expression.groupNames.count) else {
            return .failure(
                .invalidArgument, "the replacement is wrong: a backslash stands before another one or the number of a group")
        }
        if limit == 0 { return .string(text) }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var end = 0
        for match in expression.matches(in: text, limit: limit < 0 ? .max : Int(clamping: limit)) {
            result += bytes[end..<match.range.lowerBound]
            for piece in pieces {
                switch piece {
                case .text(let text): result += text
                case .group(let number): if let range = match[number] { result += bytes[range] }
                }
            }
            end = match.range.upperBound
            if result.count > ExtensionLimits.textLength { return ExtensionLimits.textTooLong }
        }
        result += bytes[end...]
        return .string(String(decoding: result, as: UTF8.self))
    }

    private enum Piece {
        case text([UInt8])
        case group(Int)
    }

    /// The parts of a replacement; nil if a backslash is wrong or there is no such group.
    private static func pieces(_ template: String, groups: Int) -> [Piece]? {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let next = rest.popFirst() else { return nil }
            if next == UInt8(ascii: "\\") {
                text.append(next)
            } else {
                guard (0x30...0x39).contains(next), Int(next - 0x30) < groups else { return nil }
                pieces += [.text(text), .group(Int(next - 0x30))]
                text = []
            }
        }
        return pieces + [.text(text)]
    }
}
