// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Yams

/// The keys and values of a manifest's YAML, noting everything that is wrong with them on the way.
struct ManifestNodes {
    let file: String
    private(set) var problems: [ManifestProblem] = []

    init(file: String) { self.file = file }

    mutating func note(_ line: Int, _ message: String, expected: String? = nil) {
        problems.append(ManifestProblem(file: file, line: line, message: message, expected: expected))
    }

    mutating func note(_ node: Node, _ message: String, expected: String? = nil) {
        note(node.mark?.line ?? 0, message, expected: expected)
    }

    /// The file as one mapping; nil when it is none.
    mutating func root(_ text: String) -> Node? {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
            note(0, "the file is empty", expected: "a model's manifest")
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            note(mark.line, "this is no YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            note(context.mark.line, "'\(keys.joined(separator: "', '"))' is there twice")
        } catch {
            note(0, "this is no YAML")
        }
        return nil
    }

    /// The values of a mapping by key, after a check of the keys.
    mutating func mapping(_ node: Node, _ what: String, required: [String], optional: [String] = []) -> [String: Node]? {
        guard case .mapping(let mapping) = node else {
            note(node, "\(what) is \(Self.describe(node))", expected: "keys with values")
            return nil
        }
        let allowed = required + optional
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if allowed.contains(name) {
                values[name] = value
            } else if let near = Self.nearest(to: name, in: allowed) {
                note(key, "unknown key '\(name)' in \(what): did you mean '\(near)'?")
            } else {
                note(key, "unknown key '\(name)' in \(what)", expected: "one of \(allowed.joined(separator: ", "))")
            }
        }
        for key in required where values[key] == nil { note(node, "\(what) has no '\(key)'") }
        return values
    }

    mutating func list(_ node: Node, _ what: String, most: Int) -> [Node] {
        guard case .sequence(let sequence) = node, sequence.count <= most else {
            note(node, "\(what) is \(Self.describe(node))", expected: "a list of at most \(most)")
            return []
        }
        return Array(sequence)
    }

    /// Text for people, or a number written as text.
    mutating func text(_ node: Node, _ what: String, longest: Int = 2_000) -> String? {
        guard let text = node.scalar?.string, text.unicodeScalars.count <= longest else {
            note(node, "\(what) is \(Self.describe(node))", expected: "text of at most \(longest) characters")
            return nil
        }
        return text
    }

    /// Text that stands in one line of words and bars.
    mutating func word(_ node: Node, _ what: String, longest: Int = 64, mayBeEmpty: Bool = false) -> String? {
        guard let text = text(node, what, longest: longest) else { return nil }
        guard mayBeEmpty || !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.separators.contains($0) })
        else {
            note(node, "\(what) is '\(text.prefix(longest))'", expected: "printable ASCII without blanks and any of ,;|=")
            return nil
        }
        return text
    }

    private static let separators: Set<UInt8> = Set(",;|=".utf8)

    mutating func number(_ node: Node, _ what: String, in range: ClosedRange<Double>) -> Double? {
        guard let number = node.scalar.flatMap({ Double($0.string) }), range.contains(number) else {
            note(node, "\(what) is \(Self.describe(node))", expected: "a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func whole(_ node: Node, _ what: String) -> Int? {
        guard let number = node.scalar.flatMap({ Int($0.string) }), (0...1_000_000_000).contains(number) else {
            note(node, "\(what) is \(Self.describe(node))", expected: "a whole number")
            return nil
        }
        return number
    }

    mutating func flag(_ node: Node, _ what: String) -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            note(node, "\(what) is \(Self.describe(node))", expected: "true or false")
            return nil
        }
    }

    /// One of a fixed set of words.
    mutating func choice<Word: RawRepresentable>(_ node: Node, _ what: String, of words: [Word]) -> Word?
    where Word.RawValue == String {
        if let text = node.scalar?.string, let word = Word(rawValue: text) { return word }
        note(node, "\(what) is \(Self.describe(node))", expected: "one of \(words.map(\.rawValue).joined(separator: ", "))")
        return nil
    }

    static func describe(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string.prefix(40))'"
        case .mapping: "a mapping"
        case .sequence(let sequence): "a list of \(sequence.count)"
        case .alias: "an alias"
        }
    }

    /// The name that is one or two edits away, if there is one.
    private static func nearest(to name: String, in names: [String]) -> String? {
        guard name.utf8.count <= 32 else { return nil }
        let ranked = names.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        return ranked.flatMap { $0.1 <= 2 && $0.1 < name.utf8.count ? $0.0 : nil }
    }

    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let best = min(row[j + 1] + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
                (diagonal, row[j + 1]) = (row[j + 1], best)
            }
        }
        return row[b.count]
    }
}
