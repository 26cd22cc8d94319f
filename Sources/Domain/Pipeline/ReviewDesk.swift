// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation

/// What a person in the console may do; every way of deciding takes the same road as a rule's decision.
package protocol ReviewDesk: Sendable {
    /// Writes a moderator's judgement and puts its effects into the outbox.
    /// Throws `CaseworkError.leaseLost` when somebody else has taken the case over.
    func decide(_ judgement: Judgement) async throws -> Decision
    /// Takes a decision back: what is not yet done is cancelled, what is done is reversed where the platform can.
    func undo(_ decision: DecisionID, by account: AccountID, reason: String) async throws -> Decision
    /// Opens one piece of evidence of a case that the viewer holds; the look is in the ledger before the bytes are returned.
    func view(_ evidence: EvidenceID, under lease: LeaseGuard, case: CaseID) async throws -> ViewedEvidence
    /// Releases a held action, or gives it up.
    func resolveHeld(_ action: ActionID, carryOut: Bool, by account: AccountID) async throws
}

/// A moderator's judgement of a case.
package struct Judgement: Hashable, Sendable {
    package var caseID: CaseID
    package var lease: LeaseGuard
    /// `remove`, `restrict`, `noViolation` or `escalate`.
    package var verdict: Verdict
    /// Needed for `remove` and `restrict`.
    package var clause: ClauseID?
    package var reason: String

    package init(caseID: CaseID, lease: LeaseGuard, verdict: Verdict, clause: ClauseID?, reason: String) {
        self.caseID = caseID
        self.lease = lease
        self.verdict = verdict
        self.clause = clause
        self.reason = reason
    }
}

package struct ViewedEvidence: Hashable, Sendable {
    package var type: String
    package var bytes: [UInt8]

    package init(type: String, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }
}

/// Why a judgement, an undo or a look was refused.
package enum ReviewError: Error, Hashable, Sendable {
    case clauseMissing
    case unknownClause(ClauseID)
    case verdictNotAllowed(Verdict)
    case noSuchDecision(DecisionID)
    case alreadyUndone(DecisionID)
    case nothingToUndo(DecisionID)
    case noSuchEvidence(EvidenceID)
    case noSuchAction(ActionID)
    case notWritten(String)

    package var message: String {
        switch self {
        case .clauseMissing: "say which clause was violated"
        case .unknownClause(let id): "there is no clause \(id)"
        case .verdictNotAllowed(let verdict): "a person cannot decide '\(verdict.rawValue)' here"
        case .noSuchDecision(let id): "there is no decision \(id)"
        case .alreadyUndone(let id): "decision \(id) has been undone before"
        case .nothingToUndo(let id): "decision \(id) had no effect on the platform"
        case .noSuchEvidence(let id): "there is no evidence \(id), or it has been deleted"
        case .noSuchAction(let id): "there is no held action \(id)"
        case .notWritten(let why): "it could not be written: \(why)"
        }
    }
}
