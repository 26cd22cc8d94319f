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

/// A clock that stands still until it is moved.
final class ConsoleClock: Sendable {
    private let time: Mutex<Date>

    init(_ start: Date = Date(timeIntervalSince1970: 1_772_400_000)) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }
    func advance(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
}

/// Everything that the console needs of Haechi, in memory: it keeps cases, leases, decisions and a ledger as the real parts do.
actor ConsoleWorld {
    let clock: @Sendable () -> Date
    nonisolated let feed = LiveFeed()
    nonisolated let bankStore = MemoryBankStore()
    nonisolated let bulks = MemoryBulkDesk()
    nonisolated let rules = MemoryRuleDesk()
    nonisolated let standing = Mutex<[SignalStanding]>([])
    var examinations: [CaseID: CaseExamination] = [:]
    var statuses: [EventStatus] = []
    var outbox: [Action] = []
    var decided: [Decision] = []
    var files: [CaseID: CaseFile] = [:]
    var order: [CaseID] = []
    var bytes: [EvidenceID: ViewedEvidence] = [:]
    var entries: [LedgerEntry] = []
    var people: [AccountID: ModeratorAccount] = [:]
    var sessions: [String: Session] = [:]
    /// Outlive the lease, so that no token is given twice.
    private var tokens: [CaseID: Int64] = [:]

    init(clock: @escaping @Sendable () -> Date) { self.clock = clock }

    nonisolated func ports(clauses: ClauseCatalogue) -> ServerPorts {
        let clock = clock
        var ports = ServerPorts(
            intake: self, desk: self, events: self, commits: self, actions: self, cases: self, ledger: self,
            banks: BankService(store: bankStore, live: nil, sha256: { "\($0.count)" }, makeID: { "i-1" }, now: clock),
            inspector: NoPictures(), fetch: { _, _ throws(ConnectorError) in throw .permanent("nothing is fetched here") },
            bulks: bulks, uploads: self, accounts: self, feed: feed, clauses: clauses, endpoints: [], readiness: { [] },
            now: clock)
        ports.rules = rules
        ports.examinations = self
        ports.signals = { self.standing.withLock { $0 } }
        ports.similar = { item, _ in item == "$item-seen" ? [] : nil }
        return ports
    }

    func makeAdmin(_ id: AccountID) { people[id]?.role = .admin }
    func add(_ account: ModeratorAccount) { people[account.id] = account }
    func add(_ status: EventStatus) { statuses.insert(status, at: 0) }
    func add(_ action: Action) { outbox.insert(action, at: 0) }
    func add(_ decision: Decision) { decided.insert(decision, at: 0) }

    func add(_ file: CaseFile, _ evidence: [EvidenceID: ViewedEvidence] = [:]) {
        files[file.case.id] = file
        order.append(file.case.id)
        decided.insert(contentsOf: file.decisions, at: 0)
        bytes.merge(evidence) { _, new in new }
    }

    func change(_ id: CaseID, _ change: @Sendable (inout CaseFile) -> Void) {
        if var file = files[id] {
            change(&file)
            files[id] = file
        }
    }

    func forgetEvidence() { bytes = [:] }
    func kinds() -> [String] { entries.map(\.kind) }
}

extension ConsoleWorld: ExaminationStore {
    func waitingExaminations(dueBy: Date, limit: Int) -> [CaseID] { [] }
    func record(_ examination: CaseExamination) { examinations[examination.caseID] = examination }
    func claimExamination(of id: CaseID, dueBy: Date, until: Date) -> Bool { true }
    func tellOnce(of id: CaseID) -> Bool { true }
    func postponeExamination(of id: CaseID, until: Date, attempts: Int?) -> Bool { false }
    func examination(of id: CaseID) -> CaseExamination? { examinations[id] }
}

extension ConsoleWorld: CaseStore {
    func leaseNext(holder: AccountID, at now: Date, until: Date) throws -> WorkItem? {
        let open = openFiles()
        let mine = open.first { $0.workItem.lease?.holder == holder && live($0.workItem.lease, now) }
        guard let file = mine ?? open.first(where: { !live($0.workItem.lease, now) }) else { return nil }
        return try lease(file.case.id, holder: holder, at: now, until: until)
    }

    func lease(_ id: CaseID, holder: AccountID, at now: Date, until: Date) throws -> WorkItem {
        guard var file = files[id] else { throw CaseworkError.noSuchCase(id) }
        guard file.case.state == .open else { throw CaseworkError.caseClosed(id) }
        let old = file.workItem.lease
        if let old, live(old, now), old.holder != holder { throw CaseworkError.leaseHeld(by: old.holder, until: old.until) }
        let isSame = old?.holder == holder && live(old, now)
        let token = isSame ? tokens[id] ?? 1 : (tokens[id] ?? 0) + 1
        tokens[id] = token
        file.workItem.lease = Lease(holder: holder, until: until, token: token)
        files[id] = file
        return file.workItem
    }

    func heartbeat(_ lease: LeaseGuard, until: Date) throws {
        var file = try held(lease)
        file.workItem.lease?.until = until
        files[file.case.id] = file
    }

    func release(_ lease: LeaseGuard) throws {
        var file = try held(lease)
        file.workItem.lease = nil
        files[file.case.id] = file
    }

    func caseFile(_ id: CaseID) -> CaseFile? { files[id] }

    func cases(_ state: Case.State, limit: Int) -> [CaseFile] {
        Array((state == .open ? openFiles() : files.values.filter { $0.case.state == .closed }).prefix(limit))
    }

    func decisionsElsewhere(about target: Target, than id: CaseID) -> DecisionsElsewhere {
        let inside = Set(files[id]?.decisions.map(\.id) ?? [])
        let found = decided.reversed().filter { Case.key(for: $0.target) == Case.key(for: target) && !inside.contains($0.id) }
        return DecisionsElsewhere(
            decisions: found, actions: outbox.filter { action in found.contains { $0.id == action.decision } })
    }

    private func openFiles() -> [CaseFile] {
        order.compactMap { files[$0] }.filter { $0.case.state == .open }
            .sorted { ($1.case.priority, $0.case.openedAt) < ($0.case.priority, $1.case.openedAt) }
    }

    private func live(_ lease: Lease?, _ now: Date) -> Bool { (lease?.until ?? .distantPast) > now }

    private func held(_ lease: LeaseGuard) throws -> CaseFile {
        guard let file = files.values.first(where: { $0.workItem.id == lease.workItem }),
            file.workItem.lease?.holder == lease.holder, file.workItem.lease?.token == lease.token
        else { throw CaseworkError.leaseLost }
        return file
    }
}

extension ConsoleWorld: ReviewDesk {
    func decide(_ judgement: Judgement) throws -> Decision {
        var file = try held(judgement.lease)
        if [.remove, .restrict].contains(judgement.verdict), judgement.clause == nil { throw ReviewError.clauseMissing }
        let effects = judgement.verdict == .remove ? [Effect(.remove, clause: judgement.clause)] : []
        let decision = Decision(
            id: DecisionID("d-\(decided.count + 1)"), at: clock(), by: .person(judgement.lease.holder),
            verdict: judgement.verdict,
            target: file.case.target, clause: judgement.clause, reason: judgement.reason, effects: effects)
        for effect in effects {
            let action = Action(
                id: ActionID("a-\(outbox.count + 1)"), decision: decision.id, effect: effect, target: file.case.target,
                state: .pending, createdAt: clock(), dueAt: clock(), eventAt: file.case.openedAt)
            outbox.insert(action, at: 0)
            file.actions.append(action)
        }
        decided.insert(decision, at: 0)
        file.decisions.append(decision)
        file.case.state = judgement.verdict == .escalate ? .open : .closed
        file.workItem.lease = nil
        files[file.case.id] = file
        record("decision.made", decision.by.label, file.case.id.rawValue)
        return decision
    }

    func undo(_ decision: DecisionID, by account: AccountID, reason: String) throws -> Decision {
        guard let old = decided.first(where: { $0.id == decision }) else { throw ReviewError.noSuchDecision(decision) }
        guard !decided.contains(where: { $0.undoes == decision }) else { throw ReviewError.alreadyUndone(decision) }
        let undo = Decision(
            id: DecisionID("d-\(decided.count + 1)"), at: clock(), by: .person(account), verdict: .undo, target: old.target,
            clause: nil, reason: reason, effects: [], undoes: decision)
        decided.insert(undo, at: 0)
        for index in outbox.indices where outbox[index].decision == decision && !outbox[index].state.isTerminal {
            outbox[index].state = .cancelled
        }
        record("decision.undone", "person:\(account)", decision.rawValue)
        return undo
    }

    func view(_ evidence: EvidenceID, under lease: LeaseGuard, case id: CaseID) throws -> ViewedEvidence {
        guard try held(lease).case.id == id else { throw CaseworkError.leaseLost }
        guard let viewed = bytes[evidence] else { throw ReviewError.noSuchEvidence(evidence) }
        record("evidence.viewed", "person:\(lease.holder)", evidence.rawValue)
        return viewed
    }

    func resolveHeld(_ action: ActionID, carryOut: Bool, by account: AccountID) throws {
        guard let index = outbox.firstIndex(where: { $0.id == action && $0.state == .held }) else {
            throw ReviewError.noSuchAction(action)
        }
        outbox[index].state = carryOut ? .pending : .cancelled
        record(carryOut ? "action.released" : "action.cancelled", "person:\(account)", action.rawValue)
    }

    private func record(_ kind: String, _ actor: String, _ subject: String) {
        entries.append(LedgerEntry(kind: kind, at: clock(), actor: actor, subject: subject))
    }
}

extension ConsoleWorld: AccountStore {
    func account(_ id: AccountID) -> ModeratorAccount? { people[id] }
    func accounts() -> [ModeratorAccount] { Array(people.values) }
    func putAccount(_ account: ModeratorAccount, ledger: LedgerEntry) {
        people[account.id] = account
        entries.append(ledger)
    }
    func putSession(_ session: Session, ledger: LedgerEntry) {
        sessions[session.tokenHash] = session
        entries.append(ledger)
    }
    func session(tokenHash: String) -> Session? { sessions[tokenHash] }
    func extendSession(tokenHash: String, until: Date) { sessions[tokenHash]?.expiresAt = until }
    func deleteSession(tokenHash: String, ledger: LedgerEntry) {
        sessions[tokenHash] = nil
        entries.append(ledger)
    }
    func deleteSessions(endedBefore: Date) { sessions = sessions.filter { $0.value.expiresAt >= endedBefore } }
}

extension ConsoleWorld: EventStore {
    func accept(_ events: [Event]) -> [Acceptance] { events.map { _ in .dropped } }
    func queued(_ lane: EventLane, dueBy now: Date, limit: Int) -> [QueuedEvent] { [] }
    func postpone(_ sequence: Int64, until: Date, reason: String) {}
    func record(_ space: Space, on platform: PlatformID, at: Date) -> Int { 0 }
    func privacy(of space: SpaceID, on platform: PlatformID) -> PrivacyClass? { nil }
    func status(of event: EventID, on platform: PlatformID) -> EventStatus? { statuses.first { $0.id == event } }
    func recent(limit: Int) -> [EventStatus] { Array(statuses.prefix(limit)) }
    func backlog() -> Backlog {
        let open = files.values.count { $0.case.state == .open }
        return Backlog(
            events: Dictionary(grouping: statuses, by: \.state).mapValues(\.count),
            actions: Dictionary(grouping: outbox, by: \.state).mapValues(\.count), openCases: open,
            oldestQueuedEvent: statuses.filter { $0.state == .queued }.map(\.receivedAt).min(),
            oldestPendingAction: outbox.filter { $0.state == .pending }.map(\.createdAt).min())
    }
}

extension ConsoleWorld: CommitStore {
    func commit(_ commits: [Commit]) -> [CommitResult] { commits.map { _ in .superseded } }
    func decision(_ id: DecisionID) -> Decision? { decided.first { $0.id == id } }
    func decisions(limit: Int) -> [Decision] { Array(decided.prefix(limit)) }
    func decisions(for id: CaseID) -> [Decision] { files[id]?.decisions ?? [] }
    func decisions(idPrefix: String, after: DecisionID?, limit: Int) -> [Decision] { [] }
}

extension ConsoleWorld: ActionStore {
    func pendingActions(dueBy now: Date, limit: Int, notOn excluded: Set<PlatformID>) -> [Action] { [] }
    func record(_ outcomes: [ActionOutcome]) -> [Bool] { outcomes.map { _ in true } }
    func actions(of decision: DecisionID) -> [Action] { outbox.filter { $0.decision == decision } }
    func actions(in states: Set<ActionState>, limit: Int) -> [Action] {
        Array(outbox.filter { states.contains($0.state) }.prefix(limit))
    }
    func destructiveActions(since: Date) -> [(rule: String, at: Date)] { [] }
}

extension ConsoleWorld: LedgerStore {
    func append(_ entries: [LedgerEntry]) { self.entries += entries }
    func links(after sequence: Int64, limit: Int) -> [LedgerLink] { [] }
    func head() -> (sequence: Int64, hash: String)? { nil }
}

extension ConsoleWorld: Intake, UploadStore {
    func spaceChanged(_ space: Space, on platform: PlatformID, at: Date) {}
    func accept(_ report: IncomingReport) -> CaseID? { nil }
    func verdict(on event: Event, until deadline: ContinuousClock.Instant) -> InlineVerdict { .allow }
    func putUpload(_ bytes: [UInt8], sha256: String, at: Date) {}
    func upload(sha256: String) -> [UInt8]? { nil }
    func deleteUploads(before: Date) -> Int { 0 }
}
