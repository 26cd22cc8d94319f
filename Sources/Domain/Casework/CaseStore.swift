// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: where cases and leases are kept. Cases are opened and closed by commits of the pipeline, never here.
package protocol CaseStore: Sendable {
    /// Leases the most urgent free work item, oldest first among equals; the one already held by this person if there is one.
    /// Never one that this person has passed on. Nil when the queue is empty.
    func leaseNext(holder: AccountID, at now: Date, until: Date) async throws -> WorkItem?
    /// Leases the work item of one case; throws `CaseworkError.leaseHeld` when somebody else holds it, `.caseClosed` when it is done.
    func lease(_ id: CaseID, holder: AccountID, at now: Date, until: Date) async throws -> WorkItem
    /// Keeps a lease alive; throws `CaseworkError.leaseLost` when it has passed to somebody else or ran out and was taken.
    func heartbeat(_ lease: LeaseGuard, until: Date) async throws
    /// Puts a work item back.
    func release(_ lease: LeaseGuard) async throws

    func caseFile(_ id: CaseID) async throws -> CaseFile?
    /// Open cases first by priority then age, or closed ones newest first.
    func cases(_ state: Case.State, limit: Int) async throws -> [CaseFile]
    /// What was decided about the item of a case outside of it, oldest first: by rules that needed no person, or in another case.
    func decisionsElsewhere(about target: Target, than id: CaseID) async throws -> DecisionsElsewhere
}

/// Decisions about an item that lie outside a case, with what they did.
package struct DecisionsElsewhere: Hashable, Sendable {
    package var decisions: [Decision]
    package var actions: [Action]

    package init(decisions: [Decision] = [], actions: [Action] = []) {
        self.decisions = decisions
        self.actions = actions
    }
}

/// A case with what lies in it, as a reviewer needs it.
package struct CaseFile: Hashable, Sendable {
    package var `case`: Case
    package var workItem: WorkItem
    package var reports: [Report]
    /// The evidence sealed for it, item first.
    package var evidence: [EvidenceReference]
    package var decisions: [Decision]
    package var actions: [Action]

    package init(
        case: Case, workItem: WorkItem, reports: [Report], evidence: [EvidenceReference], decisions: [Decision], actions: [Action]
    ) {
        self.`case` = `case`
        self.workItem = workItem
        self.reports = reports
        self.evidence = evidence
        self.decisions = decisions
        self.actions = actions
    }
}

/// A pointer to sealed bytes.
package struct EvidenceReference: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable {
        case item, media
        /// A small picture that we made of media, to be shown first.
        case preview
    }

    package var id: EvidenceID
    package var role: Role
    /// For media: the platform's id of it.
    package var media: MediaID?
    package var type: String
    package var sha256: String
    package var size: Int
    /// Nil where it is not asked for.
    package var sealedAt: Date?

    package init(
        id: EvidenceID, role: Role, media: MediaID? = nil, type: String, sha256: String, size: Int, sealedAt: Date? = nil
    ) {
        self.id = id
        self.role = role
        self.media = media
        self.type = type
        self.sha256 = sha256
        self.size = size
        self.sealedAt = sealedAt
    }
}

extension EvidenceID {
    /// The small picture that is made of it.
    package var preview: EvidenceID { EvidenceID(rawValue + "-preview") }
}

package enum CaseworkError: Error, Hashable, Sendable {
    case noSuchCase(CaseID)
    case caseClosed(CaseID)
    case leaseHeld(by: AccountID, until: Date)
    case leaseLost

    package var message: String {
        switch self {
        case .noSuchCase(let id): "there is no case \(id)"
        case .caseClosed(let id): "case \(id) is closed"
        case .leaseHeld(let holder, _): "\(holder) is working on this case"
        case .leaseLost: "your lease of this case has run out; take it again before you decide"
        }
    }
}
