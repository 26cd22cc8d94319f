// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation
package import Policies
package import Records
package import Signals

/// Port: the one place where decisions become durable.
package protocol CommitStore: Sendable {
    /// Writes each commit in a transaction: all of it, or nothing. Several may share one transaction, but one that is refused
    /// leaves the others untouched.
    func commit(_ commits: [Commit]) async throws -> [CommitResult]

    func decision(_ id: DecisionID) async throws -> Decision?
    /// Newest first.
    func decisions(limit: Int) async throws -> [Decision]
    func decisions(for case: CaseID) async throws -> [Decision]
    /// Those whose ids begin with a text, in the order of their ids, from behind a place.
    func decisions(idPrefix: String, after: DecisionID?, limit: Int) async throws -> [Decision]
}

/// Everything that one conclusion changes: the decision, its outbox, the case, the evidence and the ledger.
package struct Commit: Sendable {
    /// The queued event that this concludes; refused when it is no longer queued.
    package var event: (sequence: Int64, state: EventState, note: String)?
    /// Refused unless this lease still holds; the work item is done afterwards and its case closes unless `keepsCaseOpen`.
    package var lease: LeaseGuard?
    package var keepsCaseOpen: Bool
    /// Refused when a decision with this id exists.
    package var decision: Decision?
    package var actions: [Action]
    /// Pending or held actions that are no longer wanted; refused (`outdated`) when one of them is neither any more.
    package var cancels: [ActionID]
    /// Opens this case, or joins the open one with the same target (`Case.key`): the higher priority wins.
    package var opens: Case?
    /// The existing case that decision and evidence belong to, when none is opened.
    package var caseID: CaseID?
    /// Opens the closed case that this decision belongs to again, with its evidence, unless it is open; its work item becomes free.
    package var reopensCaseOf: DecisionID?
    /// Refused when (platform, externalID) exists.
    package var report: Report?
    package var evidence: [Preserved]
    /// What the evidence was made of; refused when that is gone.
    package var original: EvidenceID? = nil
    package var ledger: [LedgerEntry]
    /// Pictures seen in the event that this concludes; they wait here for the look-back.
    package var sightings: [Sighting]
    /// How the matches that this rests on turned out.
    package var outcomes: [MatchOutcome]
    /// What the event counts.
    package var counts: [CounterIncrement] = []
    /// What rules were given of the event; nil where no history is kept.
    package var history: HistoryRecord?
    /// Which versions of rules have a part in the decision.
    package var uses: [RuleUse]
    /// What people found of decisions that versions of rules had a part in.
    package var ruleOutcomes: [RuleOutcome]

    package init(
        event: (sequence: Int64, state: EventState, note: String)? = nil, lease: LeaseGuard? = nil, keepsCaseOpen: Bool = false,
        decision: Decision? = nil, actions: [Action] = [], cancels: [ActionID] = [], opens: Case? = nil, caseID: CaseID? = nil,
        reopensCaseOf: DecisionID? = nil, report: Report? = nil, evidence: [Preserved] = [], ledger: [LedgerEntry] = [],
        sightings: [Sighting] = [], outcomes: [MatchOutcome] = [], uses: [RuleUse] = [], ruleOutcomes: [RuleOutcome] = []
    ) {
        self.event = event
        self.lease = lease
        self.keepsCaseOpen = keepsCaseOpen
        self.decision = decision
        self.actions = actions
        self.cancels = cancels
        self.opens = opens
        self.caseID = caseID
        self.reopensCaseOf = reopensCaseOf
        self.report = report
        self.evidence = evidence
        self.ledger = ledger
        self.sightings = sightings
        self.outcomes = outcomes
        self.uses = uses
        self.ruleOutcomes = ruleOutcomes
    }
}

/// Sealed bytes and what they are of.
package struct Preserved: Sendable {
    package var sealed: SealedEvidence
    package var reference: EvidenceReference

    package init(sealed: SealedEvidence, reference: EvidenceReference) {
        self.sealed = sealed
        self.reference = reference
    }
}

package enum CommitResult: Hashable, Sendable {
    /// Written; the case it opened or joined.
    case applied(CaseID?)
    /// Nothing written: it had been concluded, decided or reported before, or its event was withdrawn.
    case superseded
    /// Nothing written: somebody else holds the work item.
    case leaseLost
    /// Nothing written: an action that it cancels has been carried out meanwhile. Look again and lay out another commit.
    case outdated
    /// Nothing written: the database refuses it, for a reason of its own; the others of its batch are written.
    case refused(String)
}
