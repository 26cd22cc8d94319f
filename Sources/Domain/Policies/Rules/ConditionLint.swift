// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

/// A part of a condition that can be compiled but is wrong, or was probably not meant, for this event and these signals.
struct ConditionDoubt: Sendable {
    /// UTF-8 bytes of the condition.
    var range: Range<Int>
    var message: String
    var expected: String?
    var hint: String?
    /// A mistake rather than a doubt.
    var isError = false
}

/// Looks for comparisons that can never hold, labels that nobody declares, and elements that may not be there.
struct ConditionLint {
    private let labels: [String: LabelDeclaration]
    private let ignored: Set<String>
    private let checked: CheckedExpression
    private(set) var doubts: [ConditionDoubt] = []
    private var asksSize = false
    private var indexes: [Expression] = []

    init(_ program: Program, labels: [String: LabelDeclaration], ignoring ignored: Set<String>) {
        checked = program.checked
        self.labels = labels
        self.ignored = ignored
        visit(checked.root)
        guard !asksSize else { return }
        for index in indexes {
            doubts.append(
                ConditionDoubt(
                    range: index.range, message: "there may be no such element, and the rule is then unknown",
                    hint: "use exists(…), or ask for the size first"))
        }
    }

    private mutating func visit(_ expression: Expression) {
        if case .call(let function, let receiver, let arguments) = expression.kind {
            switch function {
            case "_==_", "_!=_": compare(arguments)
            case "@in": membership(arguments)
            case "_[_]": indexes.append(expression)
            case "size": asksSize = true
            default: _ = receiver
            }
        }
        var children: [Expression] = []
        expression.forEachChild { children.append($0) }
        for child in children { visit(child) }
    }

    private mutating func compare(_ operands: [Expression]) {
        guard operands.count == 2 else { return }
        for (one, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
            guard let path = path(one), let word = text(other) else { continue }
            checkWord(word, of: path, at: other.range)
        }
    }

    private mutating func membership(_ operands: [Expression]) {
        guard operands.count == 2 else { return }
        if let path = path(operands[1]), let word = text(operands[0]) {
            if path == "actor.labels" { checkLabel(word, .actor, operands[0].range) }
            if path == "space.labels" { checkLabel(word, .space, operands[0].range) }
        }
        if let path = path(operands[0]), case .list(let elements) = operands[1].kind {
            for element in elements {
                if let word = text(element.value) { checkWord(word, of: path, at: element.value.range) }
            }
        }
    }

    private mutating func checkLabel(_ name: String, _ subject: LabelDeclaration.Subject, _ range: Range<Int>) {
        if let label = labels[name] {
            guard label.subject != subject else { return }
            doubts.append(
                ConditionDoubt(
                    range: range, message: "the label '\(name)' is for \(label.subject.rawValue)s",
                    expected: "\(label.subject.rawValue).labels", isError: true))
            return
        }
        guard !ignored.contains(name) else { return }
        let candidates = labels.values.filter { $0.subject == subject }.map(\.name)
        doubts.append(
            ConditionDoubt(
                range: range, message: "no policy declares the label '\(name)'", expected: "a label of state.labels",
                hint: PolicyReader.didYouMean(name, candidates), isError: true))
    }

    /// Words of ours that a path can have; a comparison with another one never holds.
    private mutating func checkWord(_ word: String, of path: String, at range: Range<Int>) {
        let words: [String]
        if path == "event.kind" {
            words = EventKind.allCases.map(\.rawValue)
        } else if path.hasSuffix(".trust"), path.split(separator: ".").count == 2 {
            words = Trust.allCases.map(\.rawValue) + ["none"]
        } else {
            return
        }
        guard !words.contains(word) else { return }
        doubts.append(
            ConditionDoubt(
                range: range, message: "'\(path)' is never '\(word)'", expected: "one of \(words.joined(separator: ", "))",
                hint: PolicyReader.didYouMean(word, words), isError: true))
    }

    private func path(_ expression: Expression) -> String? {
        guard case .slot(let slot)? = checked.references[expression.id] else { return nil }
        return checked.slots[slot].path
    }

    private func text(_ expression: Expression) -> String? {
        if case .literal(.string(let text)) = expression.kind { text } else { nil }
    }
}
