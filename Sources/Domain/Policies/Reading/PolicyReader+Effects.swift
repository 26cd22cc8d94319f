// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

extension PolicyReader {
    /// What a rule may do; effects that take something back are for people.
    private static let kinds: [EffectKind] = [
        .preserve, .review, .notify, .remove, .quarantine, .suspend, .lock, .ban, .block, .label,
    ]

    mutating func effects(_ node: Node, _ context: RuleContext) -> [Effect] {
        var effects: [Effect] = []
        let nodes = list(node, "a list of effects")
        if case .sequence = node, nodes.isEmpty { note(node, "the rule does nothing", expected: "at least one effect") }
        for node in nodes {
            guard let (kindNode, parameters) = effectParts(node), let kind = effectKind(kindNode) else { continue }
            let effect = effect(kind, at: kindNode, parameters, context)
            if kind == .remove, !effects.contains(where: { $0.kind == .preserve }) {
                note(
                    kindNode, "'remove' without 'preserve' before it",
                    hint: "write - preserve: {} above: evidence is kept before anything goes")
            }
            if effects.contains(where: { $0.isSame(as: effect) }) {
                note(kindNode, "the effect '\(kind.rawValue)' is there twice")
            }
            effects.append(effect)
        }
        return effects
    }

    /// `preserve`, or `remove: { clause: … }`.
    private mutating func effectParts(_ node: Node) -> (kind: Node, parameters: Node?)? {
        if case .scalar = node { return (node, nil) }
        guard case .mapping(let mapping) = node, mapping.count == 1, let first = mapping.first else {
            note(node, "this is no effect", expected: "one name with its parameters, such as remove: { clause: ... }")
            return nil
        }
        return (first.key, first.value)
    }

    private mutating func effectKind(_ node: Node) -> EffectKind? {
        let name = node.scalar?.string ?? ""
        let kind = EffectKind(rawValue: name)
        if let kind, Self.kinds.contains(kind) { return kind }
        let names = Self.kinds.map(\.rawValue)
        let hint =
            switch kind {
            case nil: Self.didYouMean(name, names)
            case .strike?: "strikes come with appeals; use a label"
            default: "only people take something back"
            }
        note(node, "there is no effect '\(name)'", expected: "one of \(names.joined(separator: ", "))", hint: hint)
        return nil
    }

    private mutating func effect(_ kind: EffectKind, at node: Node, _ parameters: Node?, _ context: RuleContext) -> Effect {
        let optional: [String] =
            switch kind {
            case .review: ["clause", "queue", "priority"]
            case .quarantine, .suspend: ["hours"]
            case .label: ["on", "hours"]
            default: []
            }
        let required: [String] =
            switch kind {
            case .label: ["name"]
            default: kind.isDestructive ? ["clause"] : []
            }
        var parts: [String: Entry] = [:]
        if let parameters, !Self.isEmpty(parameters) {
            parts = mapping(parameters, "the effect '\(kind.rawValue)'", required: required, optional: optional) ?? [:]
        } else if let missing = required.first {
            note(
                node, "the effect '\(kind.rawValue)' has no '\(missing)'",
                expected: missing == "clause" ? "the clause that people can read and appeal against" : nil)
        }
        var effect = Effect(kind)
        if let clause = parts["clause"] { effect.clause = self.clause(clause.value, context) }
        if let hours = parts["hours"], let number = integer(hours.value, "a number of hours", in: 1...8_760) {
            effect.parameters["hours"] = String(number)
        }
        if let priority = parts["priority"], let number = integer(priority.value, "a priority", in: 0...100) {
            effect.parameters["priority"] = String(number)
        }
        if let queue = parts["queue"], let name = name(queue.value, "a queue's name") { effect.parameters["queue"] = name }
        if kind == .label { label(parts, context, &effect) }
        return effect
    }

    private mutating func clause(_ node: Node, _ context: RuleContext) -> ClauseID? {
        guard let id = name(node, "a clause's id") else { return nil }
        let known = context.clauses.map(\.rawValue)
        if !known.contains(id) {
            note(
                node, "there is no clause '\(id)' in this policy",
                expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))", hint: Self.didYouMean(id, known))
        }
        return ClauseID(id)
    }

    private mutating func label(_ parts: [String: Entry], _ context: RuleContext, _ effect: inout Effect) {
        guard let written = parts["name"], let name = self.name(written.value, "a label's name") else { return }
        effect.parameters["name"] = name
        guard let declaration = context.labels[name] else {
            guard !context.brokenNames.contains(name) else { return }
            note(
                written.value, "no policy declares the label '\(name)'", expected: "a label of state.labels",
                hint: Self.didYouMean(name, context.labels.keys))
            return
        }
        if let on = parts["on"], let subject = choice(on.value, "thing that has labels", of: LabelDeclaration.Subject.self),
            subject != declaration.subject
        {
            note(on.value, "the label '\(name)' is for \(declaration.subject.rawValue)s", expected: declaration.subject.rawValue)
        }
        effect.parameters["on"] = declaration.subject.rawValue
        if effect.parameters["hours"] == nil, let hours = declaration.hours { effect.parameters["hours"] = String(hours) }
    }

    private static func isEmpty(_ node: Node) -> Bool {
        switch node {
        case .mapping(let mapping): mapping.isEmpty
        case .scalar(let scalar): scalar.style == .plain && scalar.string.isEmpty
        default: false
        }
    }
}
