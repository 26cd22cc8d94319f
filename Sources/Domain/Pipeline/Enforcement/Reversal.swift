// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// Takes back an action that was carried out in the moment in which its decision was undone.
struct Reversal: Sendable {
    let commits: GroupCommit<Commit, CommitResult>
    let connectors: ConnectorRegistry
    let now: @Sendable () -> Date

    /// Puts the inverse into the outbox, as part of the undo; false when the platform has none.
    func takeBack(_ action: Action) async throws -> Bool {
        guard let inverse = action.effect.kind.inverse, connectors.canPerform(inverse, on: action.target.platform) else {
            return false
        }
        let undo = DecisionID("u-\(action.decision)")
        let reversal = Action(
            id: ActionID("\(undo)-\(inverse.rawValue)"), decision: undo, effect: Effect(inverse, clause: action.effect.clause),
            target: action.target, state: .pending, createdAt: now(), dueAt: now(), eventAt: now())
        _ = try await commits.submit([Commit(actions: [reversal], ledger: [.action(reversal, at: now())])])
        return true
    }
}
