// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Yams

extension PolicyReader {
    /// The file as YAML nodes; nil when it is no YAML, or uses what policies leave out.
    mutating func parse(_ text: String) -> Node? {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                note(point(1, 1), "the file is empty", expected: "a policy")
                return nil
            }
            // What an anchor stands for may be anywhere and any number of times: files that use them are read no further.
            return refuseSpecials(node) ? nil : node
        } catch let error as YamlError {
            noteYAML(error)
        } catch {
            note(point(1, 1), "this is no YAML")
        }
        return nil
    }

    private func point(_ line: Int, _ column: Int) -> Range<PolicyText.Place> {
        let place = PolicyText.Place(line: line, column: column)
        return place..<PolicyText.Place(line: line, column: column + 1)
    }

    private mutating func noteYAML(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            noteYAML(problem, mark)
        case .duplicatedKeysInMapping(let keys, let context):
            for key in keys { noteDuplicate(key, first: PolicyText.Place(line: context.mark.line, column: context.mark.column)) }
        default:
            note(point(1, 1), "this is no YAML: \(error)")
        }
    }

    private mutating func noteYAML(_ problem: String, _ mark: Mark) {
        if let tab = tabInIndentation(upTo: mark.line) {
            note(
                point(tab.line, tab.column), "there is a tab where the line is indented", expected: "blanks",
                hint: "YAML is indented with blanks only")
        } else if problem.contains("another document") {
            note(
                point(mark.line, mark.column), "a second document begins here", expected: "one policy in a file",
                hint: "put it into a file of its own")
        } else if problem.contains("undefined alias") {
            note(
                point(mark.line, mark.column), "'*' begins an alias in YAML", expected: "no aliases",
                hint: "quote the text if it begins with '*'")
        } else {
            note(point(mark.line, mark.column), "this is no YAML: \(problem)", hint: Self.yamlHint(problem))
        }
    }

    private static func yamlHint(_ problem: String) -> String? {
        if problem.contains("mapping values are not allowed") {
            return "a text with ': ' in it needs quotes, and every line of a mapping the same indentation"
        }
        if problem.contains("cannot start any token") { return "a text that begins with %, @ or ` needs quotes" }
        if problem.contains("could not find expected ':'") { return "a key ends with ':'" }
        if problem.contains("did not find expected key") { return "lines that belong together have the same indentation" }
        if problem.contains("unexpected end of stream") { return "a quote is not closed" }
        return nil
    }

    /// The first line up to `line` whose indentation holds a tab; libyaml itself stops one line later at times.
    private func tabInIndentation(upTo line: Int) -> PolicyText.Place? {
        for number in [line - 1, line] where number >= 1 {
            for (offset, scalar) in source.line(number).unicodeScalars.enumerated() {
                if scalar == "\t" { return PolicyText.Place(line: number, column: offset + 1) }
                if scalar != " " && scalar != "-" { break }
            }
        }
        return nil
    }

    /// A key that is there twice, told at its second place.
    private mutating func noteDuplicate(_ key: String, first: PolicyText.Place) {
        let wanted = Array(key.unicodeScalars)
        let start = source.index(first)
        var index = start + wanted.count
        var place = first
        while index + wanted.count < source.scalars.count {
            let isKey =
                Array(source.scalars[index..<index + wanted.count]) == wanted && source.scalars[index + wanted.count] == ":"
            let here = source.place(index)
            let previous = source.scalars[index - 1]
            let begins = here.column == first.column || previous == "," || previous == " " && here.line == first.line
            if isKey, begins {
                place = here
                break
            }
            index += 1
        }
        let end = PolicyText.Place(line: place.line, column: place.column + wanted.count)
        note(place..<end, "the key '\(key)' is there twice", hint: "the first is in line \(first.line)")
    }

    /// Notes anchors and tags; true when the file must not be read further. Nodes begin where their anchor or tag does.
    private mutating func refuseSpecials(_ node: Node) -> Bool {
        if let mark = node.mark {
            let begin = source.index(PolicyText.Place(line: mark.line, column: mark.column))
            let first = begin < source.scalars.count ? source.scalars[begin] : " "
            if first == "&" || first == "!" {
                let end = source.scalars[begin...].firstIndex { $0.properties.isWhitespace } ?? source.scalars.count
                let isAnchor = first == "&"
                note(
                    source.place(begin)..<source.place(end),
                    "the \(isAnchor ? "anchor" : "tag") '\(source.text(begin..<end))' cannot be used",
                    expected: isAnchor ? "no anchors and aliases" : "no tags",
                    hint: isAnchor
                        ? "write it out each time: a reader of the rule then sees what it says"
                        : "leave it out, or quote a text that begins with '!'")
                // Not into it: through aliases it may hold itself many times over.
                return true
            }
        }
        switch node {
        case .scalar: return false
        case .mapping(let mapping):
            var isRefused = false
            for (key, value) in mapping {
                if refuseSpecials(key) { isRefused = true }
                if refuseSpecials(value) { isRefused = true }
            }
            return isRefused
        case .sequence(let sequence):
            var isRefused = false
            for element in sequence where refuseSpecials(element) { isRefused = true }
            return isRefused
        case .alias:
            note(node, "aliases cannot be used")
            return true
        }
    }
}
