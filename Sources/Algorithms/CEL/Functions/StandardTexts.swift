// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Function {
    static let texts: [Function] = [
        text("contains", cost: .search(text: 0, part: 1), ByteSearch.contains),
        text("startsWith", cost: .perCharacter([1])) { $0.utf8.starts(with: $1.utf8) },
        text("endsWith", cost: .perCharacter([1])) { text, suffix in
            text.utf8.count >= suffix.utf8.count && text.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
        },
        Function(
            "matches",
            [takes("matches", .string, .string, gives: .bool), member("matches", .string, .string, gives: .bool)],
            cost: .pattern(text: 0, pattern: 1)
        ) { text, pattern in
            guard case .string(let text) = text, case .string(let pattern) = pattern else {
                return .noOverload("matches", text, pattern)
            }
            guard let compiled = PatternCache.compile(pattern) else {
                return .failure(.invalidArgument, "the pattern is no regular expression")
            }
            return .bool(compiled.matches(text))
        },
    ]

    private static func text(
        _ name: String, cost: Cost, _ holds: @escaping @Sendable (String, String) -> Bool
    ) -> Function {
        Function(name, [member(name, .string, .string, gives: .bool)], cost: cost) { left, right in
            guard case .string(let text) = left, case .string(let part) = right else { return .noOverload(name, left, right) }
            return .bool(holds(text, part))
        }
    }
}
