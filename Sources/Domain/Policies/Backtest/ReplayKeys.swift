// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

/// The keys that some counters of a replay have in common: each text gets a number once, and an event's keys are worked out once.
struct ReplayKeys {
    private let compiled: CompiledCounter
    private let plain: PlainID?
    private var numbers: [String: Int] = [:]
    private(set) var names: [String] = []
    /// Of the event that is judged now.
    private(set) var keys: [Int] = []
    private(set) var unknown: String?
    private var isKnown = false

    init(_ compiled: CompiledCounter) {
        self.compiled = compiled
        plain = compiled.keys.count == 1 ? PlainID(compiled.keys[0]) : nil
    }

    /// The next event comes.
    mutating func forget() { isKnown = false }

    mutating func find(_ inputs: RuleInputs) {
        guard !isKnown else { return }
        isKnown = true
        keys.removeAll(keepingCapacity: true)
        if let plain {
            unknown = nil
            keys.append(number(of: plain.text(inputs)))
        } else {
            let found = compiled.read(inputs)
            unknown = found.unknown
            for key in found.keys { keys.append(number(of: key)) }
        }
    }

    private mutating func number(of name: String) -> Int {
        if let number = numbers[name] { return number }
        names.append(name)
        numbers[name] = names.count - 1
        return names.count - 1
    }

    /// Forgets all keys but some.
    /// - Parameter kept: their numbers; their places are the new ones.
    mutating func renumber(_ kept: [Int]) {
        names = kept.map { names[$0] }
        numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        isKnown = false
    }
}

/// An expression that is nothing but the name of an id: the most frequent ones need no evaluation.
enum PlainID {
    case actor, space

    init?(_ condition: Condition) {
        guard condition.inputs.count == 1 else { return nil }
        switch (condition.inputs[0], condition.text) {
        case (.actorID?, "actor.id"): self = .actor
        case (.spaceID?, "space.id"): self = .space
        default: return nil
        }
    }

    func text(_ inputs: RuleInputs) -> String {
        switch self {
        case .actor: inputs.event.actor.id.rawValue
        case .space: inputs.event.space.id.rawValue
        }
    }
}
