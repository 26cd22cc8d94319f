// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Yams

extension PolicyReader {
    mutating func note(line: Int, column: Int, _ message: String, expected: String? = nil, hint: String? = nil) {
        diagnostics.append(
            Diagnostic(file: file, line: line, column: column, message: message, expected: expected, hint: hint))
    }

    mutating func note(_ node: Node, _ message: String, expected: String? = nil, hint: String? = nil) {
        note(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, message, expected: expected, hint: hint)
    }

    /// What the node is, in words.
    private static func describe(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty && scalar.style == .plain ? "nothing" : "'\(scalar.string.prefix(40))'"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The pairs of a mapping, in order.
    mutating func entries(_ node: Node, _ what: String) -> [Entry]? {
        guard case .mapping(let mapping) = node else {
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: "a mapping of keys to values")
            return nil
        }
        return mapping.map { Entry(key: $0.key, value: $0.value) }
    }

    /// The pairs of a mapping by key, after a check of the keys.
    mutating func mapping(_ node: Node, _ what: String, required: [String], optional: [String] = []) -> [String: Entry]? {
        guard let entries = entries(node, what) else { return nil }
        let allowed = required + optional
        var result: [String: Entry] = [:]
        for entry in entries {
            let key = entry.key.scalar?.string ?? ""
            guard allowed.contains(key) else {
                let nearest = Spelling.nearest(to: key, in: allowed)
                let trap = Self.boolWords.contains(key.lowercased()) ? "YAML reads '\(key)' as a truth value" : nil
                note(
                    entry.key, "unknown key '\(key)' in \(what)", expected: "one of \(allowed.joined(separator: ", "))",
                    hint: nearest.map { "did you mean '\($0)'?" } ?? trap)
                continue
            }
            result[key] = entry
        }
        for key in required where result[key] == nil {
            note(node, "\(what) has no '\(key)'")
        }
        return result
    }

    mutating func list(_ node: Node, _ what: String) -> [Node] {
        guard case .sequence(let sequence) = node else {
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: "a list")
            return []
        }
        return Array(sequence)
    }

    static let boolWords: Set<String> = ["yes", "no", "on", "off", "y", "n", "true", "false"]

    /// A text. Plain words that YAML readers take for something else must be quoted.
    mutating func string(_ node: Node, _ what: String) -> String? {
        guard case .scalar(let scalar) = node else {
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: "text")
            return nil
        }
        guard scalar.style == .plain else { return scalar.string }
        let word = scalar.string
        if word.isEmpty || word == "~" || word.lowercased() == "null" {
            note(node, "\(what) is empty", expected: "text")
            return nil
        }
        if Self.boolWords.contains(word.lowercased()) {
            note(node, "'\(word)' without quotes is a truth value in YAML, not text", expected: "text", hint: "write \"\(word)\"")
            return nil
        }
        if Double(word) != nil {
            note(node, "'\(word)' without quotes is a number, not text", expected: "text", hint: "write \"\(word)\"")
            return nil
        }
        return word
    }

    /// A name of letters, digits, dots, hyphens and underscores.
    mutating func name(_ node: Node, _ what: String) -> String? {
        guard let text = string(node, what) else { return nil }
        guard
            text.utf8.allSatisfy({
                $0 < 0x80
                    && (Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
                        || "._-".utf8.contains($0))
            })
        else {
            note(node, "'\(text)' cannot be \(what)", expected: "letters, digits, '.', '-' and '_'")
            return nil
        }
        return text
    }

    mutating func integer(_ node: Node, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let scalar) = node, scalar.style == .plain, let number = Int(scalar.string), range.contains(number)
        else {
            note(
                node, "\(Self.describe(node)) cannot be \(what)",
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func bool(_ node: Node, _ what: String) -> Bool? {
        switch node.scalar.map({ ($0.style, $0.string) }) {
        case (.plain, "true")?: return true
        case (.plain, "false")?: return false
        default:
            note(node, "\(Self.describe(node)) cannot be \(what)", expected: "true or false")
            return nil
        }
    }

    /// One of a fixed set of words.
    mutating func choice<Word: RawRepresentable & CaseIterable>(_ node: Node, _ what: String, of _: Word.Type) -> Word?
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        if case .scalar(let scalar) = node, let word = Word(rawValue: scalar.string) { return word }
        let nearest = node.scalar.flatMap { Spelling.nearest(to: $0.string, in: words) }
        note(
            node, "\(Self.describe(node)) is no \(what)", expected: "one of \(words.joined(separator: ", "))",
            hint: nearest.map { "did you mean '\($0)'?" })
        return nil
    }

    /// A time span such as `30s`, `10m`, `1h` or `7d`, in seconds.
    mutating func duration(_ node: Node, _ what: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        if let text = node.scalar?.string, let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()),
            (0...1_000_000).contains(count)
        {
            return count * unit
        }
        note(node, "\(Self.describe(node)) cannot be \(what)", expected: "a time span such as 30s, 10m, 1h or 7d")
        return nil
    }
}
