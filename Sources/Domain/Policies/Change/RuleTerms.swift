// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// One version of one rule, as people write it: `spam.wave@9f2c01ab34cd56ef`.
package struct RuleKey: Hashable, Sendable, Codable, CustomStringConvertible {
    package var rule: String
    package var version: String

    package init(rule: String, version: String) {
        self.rule = rule
        self.version = version
    }

    package init(_ reference: RuleReference) { self.init(rule: reference.id, version: reference.version) }

    /// Nil unless the text is `RULE@VERSION`.
    package init?(_ text: String) {
        guard let mark = text.lastIndex(of: "@"), mark != text.startIndex, text.index(after: mark) != text.endIndex else {
            return nil
        }
        self.init(rule: String(text[..<mark]), version: String(text[text.index(after: mark)...]))
    }

    package var description: String { "\(rule)@\(version)" }
}

/// What the registry wants to know of a rule that was read from a file.
package struct RuleTerms: Hashable, Sendable {
    package var reference: RuleReference
    /// What the author asks for.
    package var stage: RuleFinding.Stage
    package var events: [EventKind]
    package var isDestructive: Bool
    /// The rule as people read it.
    package var text: String
    /// The share of events, 0 to 1, that it may act on at most.
    package var atMost: Double?
    /// The share of its decisions, 0 to 1, that shall hold when people look at them.
    package var precision: Double?

    package var key: RuleKey { RuleKey(reference) }

    package init(
        reference: RuleReference, stage: RuleFinding.Stage, events: [EventKind], isDestructive: Bool, text: String,
        atMost: Double? = nil, precision: Double? = nil
    ) {
        self.reference = reference
        self.stage = stage
        self.events = events
        self.isDestructive = isDestructive
        self.text = text
        self.atMost = atMost
        self.precision = precision
    }
}

extension PolicySet {
    /// All rules of all stages.
    package var terms: [RuleTerms] { policies.flatMap(\.rules).map(\.terms) }
}

extension Rule {
    package var terms: RuleTerms {
        RuleTerms(
            reference: reference, stage: stage, events: events, isDestructive: effects.contains { $0.kind.isDestructive },
            text: text, atMost: atMost, precision: precision)
    }
}
