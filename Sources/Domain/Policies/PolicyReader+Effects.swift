// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

extension PolicyReader {
    /// What a rule may do; effects that take something back are for people.
    private static let kinds: [EffectKind] = [.preserve, .review, .notify, .remove, .quarantine, .suspend, .lock, .ban, .block]

    mutating func effects(_ node: Node, _ context: RuleContext) -> [Effect] {
        var effects: [Effect] = []
        for node in list(node, "a list of effects") {
            guard let (kindNode, parameters) = effectParts(node), let kind = effectKind(kindNode) else { continue }
            let effect = effect(kind, at: kindNode, parameters, context)
            if kind == .remove, !effects.contains(where: { $0.kind == .preserve }) {
                note(
                    kindNode, "'remove' without 'preserve' before it",
                    hint: "write - preserve: {} above: evidence is kept before anything goes")
            }
            if effects.contains(where: { $0.kind == kind }) { note(kindNode, "the effect '\(kind.rawValue)' is there twice") }
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
        if let kind = EffectKind(rawValue: name), Self.kinds.contains(kind) { return kind }
        let names = Self.kinds.map(\.rawValue)
        note(
            node, "there is no effect '\(name)'", expected: "one of \(names.joined(separator: ", "))",
            hint: Spelling.nearest(to: name, in: names).map { "did you mean '\($0)'?" })
        return nil
    }

    private mutating func effect(_ kind: EffectKind, at node: Node, _ parameters: Node?, _ context: RuleContext) -> Effect {
        let optional: [String] =
            switch kind {
            case .preserve, .notify: []
            case .review: ["clause", "queue", "priority"]
            case .quarantine, .suspend: ["hours"]
            default: []
            }
        let required = kind.isDestructive ? ["clause"] : []
        var parts: [String: Entry] = [:]
        if let parameters, !Self.isEmpty(parameters) {
            parts = mapping(parameters, "the effect '\(kind.rawValue)'", required: required, optional: optional) ?? [:]
        } else if kind.isDestructive {
            note(
                node, "the effect '\(kind.rawValue)' has no 'clause'",
                expected: "the clause that people can read and appeal against")
        }
        var effect = Effect(kind)
        if let clause = parts["clause"], let id = name(clause.value, "a clause's id") {
            effect.clause = ClauseID(id)
            if !context.clauses.contains(ClauseID(id)) {
                note(
                    clause.value, "there is no clause '\(id)' in this policy",
                    expected: "one of \(context.clauses.map(\.rawValue).joined(separator: ", "))",
                    hint: Spelling.nearest(to: id, in: context.clauses.map(\.rawValue)).map { "did you mean '\($0)'?" })
            }
        }
        if let hours = parts["hours"], let number = integer(hours.value, "a number of hours", in: 1...8_760) {
            effect.parameters["hours"] = String(number)
        }
        if let priority = parts["priority"], let number = integer(priority.value, "a priority", in: 0...100) {
            effect.parameters["priority"] = String(number)
        }
        if let queue = parts["queue"], let name = name(queue.value, "a queue's name") { effect.parameters["queue"] = name }
        return effect
    }

    private static func isEmpty(_ node: Node) -> Bool {
        switch node {
        case .mapping(let mapping): mapping.isEmpty
        case .scalar(let scalar): scalar.style == .plain && scalar.string.isEmpty
        default: false
        }
    }

    /// The effect as one line that is the same for the same effect.
    static func canonical(_ effect: Effect) -> String {
        let parameters = effect.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return "\(effect.kind.rawValue) \(effect.clause?.rawValue ?? "") \(parameters)"
    }
}
