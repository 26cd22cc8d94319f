// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HaechiServer
import Moderation
import Pipeline
import Records
import Signals
import SignalsTesting
import Synchronization

/// A Haechi that lives in memory and does as little as the API needs: what was accepted can be asked for.
actor MemoryHaechi {
    private(set) var accepted: [Event] = []
    private(set) var spaces: [SpaceID: PrivacyClass] = [:]
    private(set) var reports: [String: IncomingReport] = [:]
    private(set) var ledger: [LedgerEntry] = []
    /// Behind the desk of banks.
    nonisolated let bankStore = MemoryBankStore()
    private var uploads: [String: [UInt8]] = [:]
    private var decisions: [DecisionID: Decision] = [:]
    private var actionsOf: [DecisionID: [Action]] = [:]
    private var decided: [EventID: DecisionID] = [:]
    private var failure: (any Error & Sendable)?
    private var verdict: @Sendable (Event) async throws -> InlineVerdict = { _ in .allow }
    private(set) var asked = 0

    /// Every acceptance fails like this from now on; nil ends it.
    func fail(with error: (any Error & Sendable)?) { failure = error }
    func answer(_ verdict: @escaping @Sendable (Event) async throws -> InlineVerdict) { self.verdict = verdict }

    func decide(_ decision: Decision, about event: EventID, actions: [Action]) {
        decisions[decision.id] = decision
        actionsOf[decision.id] = actions
        decided[event] = decision.id
    }
}

extension MemoryHaechi: Intake {
    func accept(_ events: [Event]) async throws -> [Acceptance] {
        if let failure { throw failure }
        return events.map { event in
            guard event.space.privacy == .public, spaces[event.space.id, default: .public] == .public else { return .dropped }
            if accepted.contains(where: { $0.id == event.id && $0.platform == event.platform }) { return .duplicate }
            accepted.append(event)
            return .accepted(sequence: Int64(accepted.count))
        }
    }

    func spaceChanged(_ space: Space, on platform: PlatformID, at: Date) async throws {
        if let failure { throw failure }
        spaces[space.id] = space.privacy
    }

    func accept(_ report: IncomingReport) async throws -> CaseID? {
        if let failure { throw failure }
        let key = "\(report.report.platform)|\(report.report.externalID)"
        guard reports[key] == nil else { return nil }
        reports[key] = report
        return CaseID("case-\(reports.count)")
    }

    func verdict(on event: Event, until deadline: ContinuousClock.Instant) async throws -> InlineVerdict {
        asked += 1
        return try await verdict(event)
    }
}

extension MemoryHaechi: EventStore {
    func queued(_ lane: EventLane, dueBy now: Date, limit: Int) async throws -> [QueuedEvent] { [] }
    func postpone(_ sequence: Int64, until: Date, reason: String) async throws {}
    func record(_ space: Space, on platform: PlatformID, at: Date) async throws -> Int { 0 }

    func privacy(of space: SpaceID, on platform: PlatformID) async throws -> PrivacyClass? {
        spaces[space] ?? (accepted.contains { $0.space.id == space } ? .public : nil)
    }

    func status(of event: EventID, on platform: PlatformID) async throws -> EventStatus? {
        guard let index = accepted.firstIndex(where: { $0.id == event && $0.platform == platform }) else { return nil }
        let event = accepted[index]
        let decision = decided[event.id]
        return EventStatus(
            sequence: Int64(index + 1), platform: platform, id: event.id, kind: event.kind, space: event.space.id,
            actor: event.actor.id, at: event.at, receivedAt: event.receivedAt, state: decision == nil ? .queued : .decided,
            attempts: 0, concludedAt: nil, note: "", decision: decision)
    }

    func recent(limit: Int) async throws -> [EventStatus] { [] }

    func backlog() async throws -> Backlog {
        Backlog(
            events: [.queued: accepted.count], actions: [:], openCases: reports.count,
            oldestQueuedEvent: accepted.map(\.receivedAt).min(), oldestPendingAction: nil)
    }
}

extension MemoryHaechi: UploadStore {
    func putUpload(_ bytes: [UInt8], sha256: String, at: Date) async throws { uploads[sha256] = bytes }
    func upload(sha256: String) async throws -> [UInt8]? { uploads[sha256] }
    func deleteUploads(before: Date) async throws -> Int { 0 }
}

extension MemoryHaechi: CommitStore, ActionStore {
    func commit(_ commits: [Commit]) async throws -> [CommitResult] { commits.map { _ in .superseded } }
    func decision(_ id: DecisionID) async throws -> Decision? { decisions[id] }
    func decisions(limit: Int) async throws -> [Decision] { [] }
    func decisions(for case: CaseID) async throws -> [Decision] { [] }
    func decisions(idPrefix: String, after: DecisionID?, limit: Int) async throws -> [Decision] { [] }
    func pendingActions(dueBy now: Date, limit: Int, notOn excluded: Set<PlatformID>) async throws -> [Action] { [] }
    func record(_ outcomes: [ActionOutcome]) async throws -> [Bool] { outcomes.map { _ in true } }
    func actions(of decision: DecisionID) async throws -> [Action] { actionsOf[decision] ?? [] }
    func actions(in states: Set<ActionState>, limit: Int) async throws -> [Action] { [] }
    func destructiveActions(since: Date) async throws -> [(rule: String, at: Date)] { [] }
}

/// Nothing can be decoded or fetched here: the tests of the API do not look at pictures.
struct NoPictures: MediaInspector {
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts { throw .unsupported("no pictures here") }
}

extension MemoryHaechi {
    nonisolated var banks: BankService {
        let numbers = Mutex(0)
        return BankService(
            store: bankStore, live: nil, sha256: { "\($0.count)" },
            makeID: {
                numbers.withLock {
                    $0 += 1; return "i-\($0)"
                }
            }, now: { Date(timeIntervalSince1970: 1_800_000_000) })
    }
}
