// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: the outbox. Actions enter it by commits only.
package protocol ActionStore: Sendable {
    /// Pending actions that are due, oldest first.
    func pendingActions(dueBy now: Date, limit: Int) async throws -> [Action]
    /// Writes the new state of actions that were pending or held, with their ledger entries, in one transaction; an action that
    /// had become terminal meanwhile is left as it is and its entry is not written.
    func record(_ outcomes: [ActionOutcome]) async throws
    func actions(of decision: DecisionID) async throws -> [Action]
    /// Newest first.
    func actions(in states: Set<ActionState>, limit: Int) async throws -> [Action]
    /// How many destructive actions each rule (by its id) has put into the outbox since a time: what quotas start from after a restart.
    func destructiveActions(since: Date) async throws -> [(rule: String, at: Date)]
}

package struct ActionOutcome: Hashable, Sendable {
    package var action: Action
    package var ledger: LedgerEntry?

    package init(action: Action, ledger: LedgerEntry?) {
        self.action = action
        self.ledger = ledger
    }
}
