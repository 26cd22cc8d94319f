// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HaechiServer
import Moderation
import Pipeline
import Records

/// What only the console asks for: empty.
extension MemoryHaechi: CaseStore, LedgerStore, AccountStore, ReviewDesk {
    func leaseNext(holder: AccountID, at now: Date, until: Date) async throws -> WorkItem? { nil }
    func lease(_ id: CaseID, holder: AccountID, at now: Date, until: Date) async throws -> WorkItem {
        throw CaseworkError.noSuchCase(id)
    }
    func heartbeat(_ lease: LeaseGuard, until: Date) async throws {}
    func release(_ lease: LeaseGuard) async throws {}
    func caseFile(_ id: CaseID) async throws -> CaseFile? { nil }
    func cases(_ state: Case.State, limit: Int) async throws -> [CaseFile] { [] }
    func decisionsElsewhere(about target: Target, than id: CaseID) async throws -> DecisionsElsewhere { DecisionsElsewhere() }

    func append(_ entries: [LedgerEntry]) async throws {}
    func links(after sequence: Int64, limit: Int) async throws -> [LedgerLink] { [] }
    func head() async throws -> (sequence: Int64, hash: String)? { nil }

    func account(_ id: AccountID) async throws -> ModeratorAccount? { nil }
    func accounts() async throws -> [ModeratorAccount] { [] }
    func putAccount(_ account: ModeratorAccount, ledger: LedgerEntry) async throws {}
    func putSession(_ session: Session, ledger: LedgerEntry) async throws {}
    func session(tokenHash: String) async throws -> Session? { nil }
    func extendSession(tokenHash: String, until: Date) async throws {}
    func deleteSession(tokenHash: String, ledger: LedgerEntry) async throws {}
    func deleteSessions(endedBefore: Date) async throws {}

    func decide(_ judgement: Judgement) async throws -> Decision { throw ReviewError.verdictNotAllowed(judgement.verdict) }
    func undo(_ decision: DecisionID, by account: AccountID, reason: String) async throws -> Decision {
        throw ReviewError.noSuchDecision(decision)
    }
    func view(_ evidence: EvidenceID, under lease: LeaseGuard, case: CaseID) async throws -> ViewedEvidence {
        throw ReviewError.noSuchEvidence(evidence)
    }
    func resolveHeld(_ action: ActionID, carryOut: Bool, by account: AccountID) async throws {
        throw ReviewError.noSuchAction(action)
    }
}

extension MemoryHaechi {
    nonisolated func ports(
        endpoints: [any InboundEndpoint] = [], readiness: @escaping @Sendable () async -> [String] = { [] }
    ) -> ServerPorts {
        ServerPorts(
            intake: self, desk: self, events: self, commits: self, actions: self, cases: self, ledger: self, banks: banks,
            inspector: NoPictures(), fetch: { _, _ throws(ConnectorError) in throw .permanent("nothing is fetched here") },
            uploads: self, accounts: self, feed: LiveFeed(), clauses: ClauseCatalogue(entries: []), endpoints: endpoints,
            readiness: readiness, now: { Date(timeIntervalSince1970: 1_800_000_000) })
    }
}
