// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

/// A compiled `when` with its inputs resolved.
struct Condition: Sendable {
    let program: Program
    /// Where each slot of the program gets its value.
    let inputs: [RuleInput?]
    /// The names of the signals it reads.
    let signals: Set<String>

    init(_ program: Program) {
        self.program = program
        inputs = program.slots.map { RuleInput(path: $0.path) }
        signals = Set(
            inputs.compactMap { input -> String? in
                if case .signal(let name, _)? = input { name } else { nil }
            })
    }

    /// What rules see of an event and of declared signals.
    static func declarations(signals: [String]) -> Declarations {
        var variables: [String: CELType] = [
            "event": .message(["kind": .string, "id": .string, "at": .timestamp]),
            "actor": .message(["id": .string, "age": .duration]),
            "space": .message(["id": .string]),
            "text": .string,
            "links": .list(.string),
            "media": .list(.message(["id": .string, "type": .string, "sha256": .string])),
        ]
        for name in signals {
            variables[name] = .message([
                "matched": .bool, "trust": .string, "distance": .int, "bank": .string, "count": .int, "value": .double,
            ])
        }
        return Declarations(variables)
    }

    static let reservedNames: Set<String> = ["event", "actor", "space", "text", "links", "media"]
}

/// One thing that a condition can ask for.
enum RuleInput: Sendable, Hashable {
    case eventKind, eventID, eventTime, actorID, actorAge, spaceID, text, links, media
    case signal(String, SignalField)

    enum SignalField: String, Sendable, CaseIterable { case matched, trust, distance, bank, count, value }

    init?(path: String) {
        switch path {
        case "event.kind": self = .eventKind
        case "event.id": self = .eventID
        case "event.at": self = .eventTime
        case "actor.id": self = .actorID
        case "actor.age": self = .actorAge
        case "space.id": self = .spaceID
        case "text": self = .text
        case "links": self = .links
        case "media": self = .media
        default:
            let parts = path.split(separator: ".")
            guard parts.count == 2, let field = SignalField(rawValue: String(parts[1])) else { return nil }
            self = .signal(String(parts[0]), field)
        }
    }
}
