// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// What a counter said when it was read for one event; the event itself is not in it.
package struct CounterReading: Hashable, Sendable, Codable {
    /// How far the value is to be trusted.
    package enum Quality: Hashable, Sendable, Codable {
        case exact
        /// A count of different things, within a few in a hundred.
        case approximate
        /// The counter has not been kept for a whole window yet; `full` is when it will have been.
        case warming(full: Date)
        case unknown(String)
    }

    package var name: String
    package var value: Int64
    package var quality: Quality

    package init(name: String, value: Int64, quality: Quality = .exact) {
        self.name = name
        self.value = value
        self.quality = quality
    }
}

/// Who a label is on.
package enum LabelSubject: Hashable, Sendable, Codable {
    case actor(PlatformID, ActorID)
    case space(PlatformID, SpaceID)
}

/// A word that people or rules have put on an actor or a space, with who, why and until when.
package struct Label: Hashable, Sendable, Codable {
    package var name: String
    package var subject: LabelSubject
    package var by: Decider
    package var reason: String
    package var at: Date
    package var expiresAt: Date?
    /// Put there by a person: rules cannot take it away.
    package var isManual: Bool

    package init(
        name: String, subject: LabelSubject, by: Decider, reason: String, at: Date, expiresAt: Date? = nil, isManual: Bool = false
    ) {
        self.name = name
        self.subject = subject
        self.by = by
        self.reason = reason
        self.at = at
        self.expiresAt = expiresAt
        self.isManual = isManual
    }

    package func isInForce(at time: Date) -> Bool { expiresAt.map { time < $0 } ?? true }
}

/// The state that rules see beside an event: read before they are asked, stored with what they say.
package struct StateReadings: Hashable, Sendable, Codable {
    package var counters: [String: CounterReading]
    package var actorLabels: [Label]
    package var spaceLabels: [Label]

    package init(counters: [String: CounterReading] = [:], actorLabels: [Label] = [], spaceLabels: [Label] = []) {
        self.counters = counters
        self.actorLabels = actorLabels
        self.spaceLabels = spaceLabels
    }

    /// Nothing was read: counters are unknown, and nobody has a label.
    package static let none = StateReadings()
}
