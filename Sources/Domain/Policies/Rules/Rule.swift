// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
package import Moderation

package import struct Foundation.Date

/// A condition and what follows from it.
package struct Rule: Sendable {
    package var reference: RuleReference
    /// What the author asks for.
    package var stage: RuleFinding.Stage
    /// The share of events, in hundredths, on which a `canary` rule acts.
    package var percent: Int
    package var events: [EventKind]
    /// The condition as written.
    package var when: String
    package var effects: [Effect]
    package var quota: RuleFinding.Quota?
    package var unknown: RuleFinding.UnknownMeaning
    /// Who answers for it; the policy's owner where the rule names none.
    package var owner: String?
    /// The beginning of the day from which on it is treated as retired.
    package var expires: Date?
    /// The largest share of the events of its kinds, 0 to 1, that it may act on before it is stopped.
    package var atMost: Double?
    /// The share of its decisions, 0 to 1, that people confirm, or it is stopped.
    package var precision: Double?
    /// The rule as it stands in its file.
    package var text: String
    let condition: Condition

    /// The signals that its condition reads.
    package var signals: Set<String> { condition.signals }
    /// The counters that its condition reads.
    package var counters: Set<String> { condition.counters }

    /// The most that one evaluation can take, in units of the condition language: for the longest text and the most links there are.
    /// Nil where nothing bounds it from above but the limits of evaluation.
    package var cost: UInt64? {
        var sizes = Self.sizes
        for slot in condition.program.slots where sizes[slot.path] == nil { sizes[slot.path] = 0...512 }
        let most = condition.program.checked.estimatedCost(sizes: sizes).max
        return most == .max ? nil : most
    }

    /// The largest inputs that are let in; ids and words have at most 512 characters.
    private static let sizes: [String: ClosedRange<UInt64>] = [
        "text": 0...65_536, "links": 0...100, "links.@items": 0...2_048, "media": 0...32, "media.@items": 0...512,
        "actor.labels": 0...100, "actor.labels.@items": 0...64, "space.labels": 0...100, "space.labels.@items": 0...64,
    ]

    /// About 50 ms of the slower tier.
    static let dear: UInt64 = 1_000_000

    package var isDestructive: Bool { effects.contains { $0.kind.isDestructive } }

    /// By event time, so that a replay judges as the day itself did.
    func isOver(at time: Date) -> Bool { expires.map { $0 <= time } ?? false }

    /// What the condition comes to whatever the event holds; nil when that depends on the event.
    var constantResult: Bool? {
        let results = events.map { kind -> Bool? in
            let value = condition.program.evaluate(KindOnly(condition: condition, kind: kind))
            return if case .bool(let result) = value { result } else { nil }
        }
        guard let first = results.first, results.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    /// An event of which only the kind is known.
    private struct KindOnly: Bindings {
        let condition: Condition
        let kind: EventKind

        func value(of slot: Slot) -> Value? {
            switch condition.inputs[slot.index] {
            case .eventKind?: .string(kind.rawValue)
            default: .unknown(["the event"])
            }
        }
    }
}
