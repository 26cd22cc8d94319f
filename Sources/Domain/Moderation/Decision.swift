// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// What was concluded, by rules or by a person, and why.
package struct Decision: Hashable, Sendable, Codable {
    package var id: DecisionID
    package var at: Date
    package var by: Decider
    package var verdict: Verdict
    package var target: Target
    package var clause: ClauseID?
    /// For people: one or two sentences without content.
    package var reason: String
    package var explanations: [Explanation]
    package var effects: [Effect]
    /// The decision that this one takes back.
    package var undoes: DecisionID?

    package init(
        id: DecisionID, at: Date, by: Decider, verdict: Verdict, target: Target, clause: ClauseID?, reason: String,
        explanations: [Explanation] = [], effects: [Effect], undoes: DecisionID? = nil
    ) {
        self.id = id
        self.at = at
        self.by = by
        self.verdict = verdict
        self.target = target
        self.clause = clause
        self.reason = reason
        self.explanations = explanations
        self.effects = effects
        self.undoes = undoes
    }
}

package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
    case remove, restrict, noViolation = "no-violation", escalate, review, undo
}

package enum Decider: Hashable, Sendable, Codable {
    case rules([RuleReference])
    case person(AccountID)

    /// For the ledger and for people: `person:hana`, `rules:ncii.known-copy@9f2c…`.
    package var label: String {
        switch self {
        case .rules(let rules): "rules:" + rules.map { "\($0.id)@\($0.version)" }.joined(separator: ",")
        case .person(let account): "person:\(account)"
        }
    }
}

/// One version of one rule; the version is a hash of the rule's text.
package struct RuleReference: Hashable, Sendable, Codable {
    package var policy: String
    package var id: String
    package var version: String

    package init(policy: String, id: String, version: String) {
        self.policy = policy
        self.id = id
        self.version = version
    }
}

/// Which sub-expressions, signals and state led a rule to its result; content stays out.
package struct Explanation: Hashable, Sendable, Codable {
    package struct Step: Hashable, Sendable, Codable {
        /// The sub-expression as written.
        package var expression: String
        package var value: String
        /// Levels below the whole condition. Steps stand after the steps that they are made of.
        package var depth: Int

        package init(expression: String, value: String, depth: Int = 0) {
            self.expression = expression
            self.value = value
            self.depth = depth
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                expression: try container.decode(String.self, forKey: .expression),
                value: try container.decode(String.self, forKey: .value),
                depth: try container.decodeIfPresent(Int.self, forKey: .depth) ?? 0)
        }
    }

    /// The event, without its content.
    package struct EventFacts: Hashable, Sendable, Codable {
        package var platform: PlatformID
        package var id: EventID
        package var kind: EventKind
        package var at: Date
        package var space: SpaceID
        package var actor: ActorID
        package var actorCreatedAt: Date?

        package init(_ event: Event) {
            platform = event.platform
            id = event.id
            kind = event.kind
            at = event.at
            space = event.space.id
            actor = event.actor.id
            actorCreatedAt = event.actor.createdAt
        }
    }

    package var rule: RuleReference
    package var condition: String
    /// `true`, `false` or `unknown: why`.
    package var result: String
    package var steps: [Step]
    package var signals: [Signal]
    package var counters: [CounterReading]
    /// The labels that were in force on the actor and the space, where the condition asks for them.
    package var labels: [Label]
    /// Nil in explanations that were stored before there was this.
    package var event: EventFacts?

    package init(
        rule: RuleReference, condition: String, result: String, steps: [Step], signals: [Signal], counters: [CounterReading] = [],
        labels: [Label] = [], event: EventFacts? = nil
    ) {
        self.rule = rule
        self.condition = condition
        self.result = result
        self.steps = steps
        self.signals = signals
        self.counters = counters
        self.labels = labels
        self.event = event
    }

    /// Explanations that were kept before there was state have none.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            rule: try container.decode(RuleReference.self, forKey: .rule),
            condition: try container.decode(String.self, forKey: .condition),
            result: try container.decode(String.self, forKey: .result), steps: try container.decode([Step].self, forKey: .steps),
            signals: try container.decode([Signal].self, forKey: .signals),
            counters: try container.decodeIfPresent([CounterReading].self, forKey: .counters) ?? [],
            labels: try container.decodeIfPresent([Label].self, forKey: .labels) ?? [],
            event: try container.decodeIfPresent(EventFacts.self, forKey: .event))
    }
}
