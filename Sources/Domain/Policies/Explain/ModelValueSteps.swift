// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// Tells the steps of an explanation that show a number from a model: to people who review it looks like a probability, and is none.
///
/// The number itself stays in the stored step, for the explanation to be evaluated again.
struct ModelValueSteps {
    private let models: Set<Substring>
    /// Variables that the condition binds itself, which may hold a model's value: `cel.bind(v, nudity.value, v > 0.9)`.
    private let bound: Set<Substring>

    private static let inputs: Set<String> = ["text", "links", "media"]
    /// Words, and the sizes that stand for content.
    private static let plain = ["true", "false", "null", "unknown", "error", "text of ", "list of ", "record with "]

    init(_ explanation: Explanation) {
        let models = Set(explanation.signals.filter { $0.kind == .model }.map { $0.name[...] })
        self.models = models
        let counters = Set(explanation.counters.map(\.name))
        let isRead = explanation.steps.contains { Self.readsValue($0.expression, of: models) }
        let names = explanation.steps.map(\.expression).filter {
            $0.allSatisfy(Self.isWordCharacter) && !Self.inputs.contains($0) && !counters.contains($0)
        }
        bound = isRead ? Set(names.map { $0[...] }) : []
    }

    func contains(_ step: Explanation.Step) -> Bool {
        guard !Self.plain.contains(where: { step.value.hasPrefix($0) }) else { return false }
        return Self.readsValue(step.expression, of: models) || Self.words(step.expression).contains(where: bound.contains)
    }

    /// Whether `NAME.value` stands in it, however it is spaced.
    private static func readsValue(_ expression: String, of models: Set<Substring>) -> Bool {
        let words = words(expression)
        return words.indices.dropLast(2).contains {
            models.contains(words[$0]) && words[$0 + 1] == "." && words[$0 + 2] == "value"
        }
    }

    /// Names and signs in their order, without blanks.
    private static func words(_ expression: String) -> [Substring] {
        var (words, rest): ([Substring], Substring) = ([], expression[...])
        while let first = rest.first {
            let word = isWordCharacter(first) ? rest.prefix(while: isWordCharacter) : rest.prefix(1)
            if !first.isWhitespace { words.append(word) }
            rest = rest[word.endIndex...]
        }
        return words
    }

    private static func isWordCharacter(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
