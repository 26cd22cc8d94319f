// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

/// What somebody wants done to every copy of something.
package struct BulkPlan: Hashable, Sendable {
    package var request: SweepRequest
    package var effects: [Effect]
    package var clause: ClauseID?
    /// For people: why.
    package var reason: String
    /// Who asks: an account's id, `operator` or `system`.
    package var by: String
    /// Nil for the configured ones.
    package var largest: Int?
    package var perMinute: Int?

    package init(
        request: SweepRequest, effects: [Effect], clause: ClauseID?, reason: String, by: String, largest: Int? = nil,
        perMinute: Int? = nil
    ) {
        self.request = request
        self.effects = effects
        self.clause = clause
        self.reason = reason
        self.by = by
        self.largest = largest
        self.perMinute = perMinute
    }
}

/// Why a bulk decision does not do what it is asked to.
package enum BulkError: Error, Hashable, Sendable {
    case noSuchBulk(BulkID)
    case invalid(String)
    /// It is in this state, and the step needs another.
    case wrongState(BulkID, BulkDecision.State)
    case tooLarge(items: Int, largest: Int)
    /// The one who asked for it cannot be the one who lets it run.
    case needsAnotherPerson(String)
    /// Rules and bulk decisions open cases only.
    case emergencyStop

    package var message: String {
        switch self {
        case .noSuchBulk(let id): "there is no bulk decision \(id)"
        case .invalid(let why): why
        case .wrongState(let id, let state): "bulk decision \(id) is in state '\(state.rawValue)'"
        case .tooLarge(let items, let largest): "it is about \(items) items, and at most \(largest) are allowed"
        case .needsAnotherPerson(let by): "another person than \(by), who asked for it, must let it run"
        case .emergencyStop: "the emergency stop is on: nothing is done to many items at once"
        }
    }
}
