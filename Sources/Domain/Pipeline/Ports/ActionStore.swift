// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: the outbox. Actions enter it by commits only.
package protocol ActionStore: Sendable {
    /// Pending actions that are due, the longest due first, without those on certain platforms.
    func pendingActions(dueBy now: Date, limit: Int, notOn excluded: Set<PlatformID>) async throws -> [Action]
    /// Writes the new state of actions that were pending or held, with their ledger entries, in one transaction.
    ///
    /// An action that had become terminal meanwhile is left as it is and its entry is not written; but one that was cancelled while it
    /// was being carried out, and is done, is written down as done: that is what happened.
    /// - Returns: for each outcome, whether the action was still wanted.
    @discardableResult
    func record(_ outcomes: [ActionOutcome]) async throws -> [Bool]
    func actions(of decision: DecisionID) async throws -> [Action]
    /// Newest first.
    func actions(in states: Set<ActionState>, limit: Int) async throws -> [Action]
    /// When each rule (by its id) decided on something destructive since a time, held and cancelled decisions left out: what quotas
    /// start from after a restart.
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
