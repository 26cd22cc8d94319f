// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Yams

extension PolicyReader {
    /// Notes what is wrong with what a node says, underlining the node.
    mutating func note(_ node: Node, _ message: String, expected: String? = nil, hint: String? = nil) {
        note(source.span(of: node), message, expected: expected, hint: hint)
    }

    mutating func note(_ span: Range<PolicyText.Place>, _ message: String, expected: String? = nil, hint: String? = nil) {
        append(.error, span, message, expected, hint)
    }

    /// Notes what can be used, but was probably not meant.
    mutating func warn(_ node: Node, _ message: String, hint: String? = nil) {
        append(.warning, source.span(of: node), message, nil, hint)
    }

    mutating func warn(_ span: Range<PolicyText.Place>, _ message: String, hint: String? = nil) {
        append(.warning, span, message, nil, hint)
    }

    private mutating func append(
        _ severity: Diagnostic.Severity, _ span: Range<PolicyText.Place>, _ message: String, _ expected: String?, _ hint: String?
    ) {
        let (start, end) = (span.lowerBound, span.upperBound)
        diagnostics.append(
            Diagnostic(
                severity, file: file, line: start.line, column: start.column, endLine: end.line,
                // What is missing at a place is underlined there.
                endColumn: end == start ? start.column + 1 : end.column, message: message, expected: expected, hint: hint,
                sourceLine: source.line(start.line)))
    }

    static func didYouMean(_ name: String, _ candidates: some Sequence<String>) -> String? {
        Spelling.nearest(to: name, in: candidates).map { "did you mean '\($0)'?" }
    }

    /// What the node is, in words.
    static func describe(_ node: Node) -> String {
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
                unknownKey(entry.key, key, in: what, allowed)
                continue
            }
            result[key] = entry
        }
        for key in required where result[key] == nil { note(node, "\(what) has no '\(key)'") }
        return result
    }

    private mutating func unknownKey(_ node: Node, _ key: String, in what: String, _ allowed: [String]) {
        var hint = Self.didYouMean(key, allowed)
        if node.scalar == nil {
            hint = "a key is one word"
        } else if key == "<<" {
            hint = "mappings cannot be merged: write the keys out"
        } else if hint == nil, Self.boolWords.contains(key.lowercased()) {
            hint = "YAML reads '\(key)' as a truth value"
        }
        note(node, "unknown key '\(key)' in \(what)", expected: "one of \(allowed.joined(separator: ", "))", hint: hint)
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
            note(node, "\(what) is empty", expected: "text", hint: word.isEmpty ? nil : "write \"\(word)\" if that is the text")
            return nil
        }
        if let kind = Self.mistakenKind(word) {
            note(node, "'\(word)' without quotes is \(kind), not text", expected: "text", hint: "write \"\(word)\"")
            return nil
        }
        return word
    }

    /// What a reader of YAML would take an unquoted word for.
    private static func mistakenKind(_ word: String) -> String? {
        if boolWords.contains(word.lowercased()) { return "a truth value in YAML" }
        if Double(word) != nil || [".inf", "-.inf", ".nan"].contains(word.lowercased()) { return "a number" }
        if word.hasPrefix("0x") || word.hasPrefix("0o"), Int(word.dropFirst(2), radix: 16) != nil { return "a number in YAML" }
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1, parts.allSatisfy({ !$0.isEmpty && Int($0) != nil }) { return "a number of base 60 in YAML" }
        let date = word.split(separator: "-", omittingEmptySubsequences: false)
        if date.count == 3, date[0].count == 4, date.allSatisfy({ Int($0) != nil }) { return "a date in YAML" }
        return nil
    }

    /// A name of letters, digits, dots, hyphens and underscores.
    mutating func name(_ node: Node, _ what: String) -> String? {
        guard let text = string(node, what) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ Self.isNameByte($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else {
            note(node, "'\(text)' cannot be \(what)", expected: "letters, digits, '.', '-' and '_'")
            return nil
        }
        return text
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy(isNameByte)
    }

    /// The name of something that conditions use as a variable.
    mutating func variableName(_ node: Node, _ what: String) -> String? {
        guard let name = string(node, "\(what)'s name") else { return nil }
        guard Self.isIdentifier(name) else {
            note(
                node, "'\(name)' cannot be a \(what)'s name", expected: "letters, digits and '_', because conditions use it",
                hint: name.contains("-") ? "write '\(name.map { $0 == "-" ? "_" : String($0) }.joined())'" : nil)
            return nil
        }
        if ConditionNames.reserved.contains(name) {
            note(node, "'\(name)' is what conditions call the event's own \(name)", hint: "give the \(what) another name")
            return nil
        }
        if ConditionNames.keywords.contains(name) {
            note(node, "'\(name)' is a word of the condition language", hint: "give the \(what) another name")
            return nil
        }
        return name
    }

    /// One of a fixed set of words.
    mutating func choice<Word: RawRepresentable & CaseIterable>(_ node: Node, _ what: String, of _: Word.Type) -> Word?
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        if case .scalar(let scalar) = node, let word = Word(rawValue: scalar.string) { return word }
        note(
            node, "\(Self.describe(node)) is no \(what)", expected: "one of \(words.joined(separator: ", "))",
            hint: node.scalar.flatMap { Self.didYouMean($0.string, words) })
        return nil
    }
}
