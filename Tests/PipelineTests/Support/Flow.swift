// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Crypto
import Foundation
import Logging
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Records
import Signals
import Storage
import Synchronization

/// The whole flow on a real SQLite file, with a platform in memory and a clock that the test moves.
struct Flow {
    let clock: ManualClock
    let connector: ScriptedConnector
    let store: Store
    let banks: Banks
    let intake: IntakeService
    let worker: EventWorker
    let outbox: Outbox
    let desk: ReviewService
    let caseExaminer: CaseExaminer
    /// As on another node.
    let anotherExaminer: @Sendable (any MediaInspector) -> CaseExaminer
    let path: String

    /// - Parameters:
    ///   - path: an existing database to go on with, as after a restart.
    ///   - scripted: stands in for models, marks of origin and the like.
    init(
        policy: String = Flow.policy, connector: ScriptedConnector = ScriptedConnector(), mode: RuleMode = .normal,
        board: RuleBoard? = nil, spent: [(rule: String, at: Date)] = [], path: String? = nil,
        keeping: EventPipeline.Keeping = .sightings, clock: ManualClock = ManualClock(), scripted: ScriptedDetector? = nil,
        inspector: any MediaInspector = PictureBook(),
        seen: @escaping @Sendable (PublicEvent, [ExaminedMedia]) -> Void = { _, _ in },
        looked: @escaping @Sendable (PublicEvent, [ExaminedMedia]) -> Void = { _, _ in },
        ready: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let path = path ?? flowFolder.appending(path: "\(UUID().uuidString).db").path
        self.clock = clock
        let store = try await Store.open(url: "sqlite:\(path)", access: .tool, now: { clock.now })
        let connectors = ConnectorRegistry([connector])
        let now: @Sendable () -> Date = { clock.now }
        let banks = try await Banks.open(store, now: now)
        let policies = try PolicySet.load(files: [("test.yaml", policy)])
        let lists = Dictionary(uniqueKeysWithValues: policies.lists.map { ($0.name, $0.entries) })
        let detectors = Detectors(
            [
                HashDetector(policies.signals, banks: banks), try TextDetector(policies.signals, lists: lists),
                try LinkDetector(policies.signals, lists: lists),
            ], dear: scripted.map { [$0] } ?? [])
        let wishes = MediaWishes(rasters: [.stretch(width: 16, height: 16)], preview: true, provenance: true)
        let rules = LiveRulebook(
            Rulebook(
                detectors: detectors, policies: policies,
                review: .init(
                    detectors: detectors, declarations: policies.signals.filter { $0.cost != .cheap }, wishes: wishes)))
        let examiner = MediaExaminer(inspector: inspector, sha256: sha256Hex)
        let media = MediaSource(connectors: connectors, examiner: examiner)
        let counter = Mutex(0)
        let preservation = Preservation(
            makeID: {
                counter.withLock {
                    $0 += 1; return "\(UUID().uuidString)-\($0)"
                }
            }, hash: { sha256Hex(Array($0.utf8)) })
        let board = board ?? .withoutRegistry(mode: mode)
        let enforcement = Enforcement(
            board: board, quotas: Quotas(board: board, spent: spent), connectors: connectors, preservation: preservation, now: now
        )
        let commits = GroupCommit<Commit, CommitResult> { try await store.commit($0) }
        let (wake, outboxWake, feed) = (Wake(), Wake(), LiveFeed())
        let logger = Logger(label: "flow") { _ in SwiftLogNoOpLogHandler() }
        self.path = path
        self.connector = connector
        self.store = store
        self.banks = banks
        intake = IntakeService(
            events: store, commits: commits, media: media, rules: rules, enforcement: enforcement, preservation: preservation,
            wake: wake, feed: feed, now: now)
        worker = EventWorker(
            events: store,
            pipeline: EventPipeline(
                events: store, media: media, rules: rules, enforcement: enforcement, keeping: keeping, seen: seen),
            commits: commits, wake: wake, outboxWake: outboxWake, feed: feed, ready: ready, logger: logger, now: now)
        outbox = Outbox(
            actions: store, commits: commits, connectors: connectors, wake: outboxWake, feed: feed,
            removed: { try await store.note(.item($0, $1)) }, logger: logger, now: now)
        desk = ReviewService(
            cases: store, store: store, actions: store, evidence: store, ledger: store, commits: commits,
            enforcement: enforcement,
            preservation: preservation, clauses: { policies.clauses }, outboxWake: outboxWake, feed: feed, now: now)
        let makeExaminer: @Sendable (MediaExaminer) -> CaseExaminer = { examiner in
            CaseExaminer(
                store: store, cases: store, evidence: store, events: store, commits: commits, preservation: preservation,
                examiner: examiner, rules: rules, feed: feed, looked: looked, logger: logger, now: now)
        }
        caseExaminer = makeExaminer(examiner)
        anotherExaminer = { makeExaminer(MediaExaminer(inspector: $0, sha256: sha256Hex)) }
    }

    /// An outbox that begins now, as after a restart.
    func restartedOutbox() -> Outbox {
        let clock = self.clock
        return Outbox(
            actions: store, commits: GroupCommit { [store] in try await store.commit($0) },
            connectors: ConnectorRegistry([connector]),
            wake: Wake(), feed: LiveFeed(),
            logger: Logger(label: "flow") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now })
    }

    /// Everything that is due now.
    func settle() async {
        await worker.drain()
        await outbox.drain()
    }

    /// Puts a picture on the platform and, when a trust is given, its hash into the bank.
    func picture(_ name: String, bytes: String, trust: Trust? = nil) async throws -> Media {
        let id = MediaID(name)
        connector.state.withLock { $0.media[id] = Array(bytes.utf8) }
        if let trust {
            try await know(sha256Hex(Array(bytes.utf8)), trust: trust)
        }
        return Media(id: id, type: "image/png", url: "test:\(name)")
    }

    /// Puts a hash into the bank without a word in the ledger, which is for what the flow itself writes.
    private func know(_ value: String, trust: Trust) async throws {
        if try await store.banks().isEmpty {
            try await store.put(Bank(name: "known", addedAt: clock.now), ledger: [])
            try await store.put(FingerprintSource(name: "test", addedAt: clock.now), ledger: [])
        }
        let delivery = FingerprintImport(
            id: ImportID(UUID().uuidString), bank: "known", source: "test", by: "test", at: clock.now, state: .applied)
        _ = try await store.write(
            [FingerprintRecord(kind: .sha256, value: value, trust: trust)], of: delivery, checkpoint: nil, ledger: [])
        try await banks.follow()
    }

    func state(of event: String) async throws -> EventState? {
        try await store.status(of: EventID(event), on: "test")?.state
    }

    /// Kinds of the ledger's entries, in order; throws when the chain is broken.
    func ledgerKinds() async throws -> [String] {
        guard case .intact = try await store.verifyLedger() else { throw LedgerBroken() }
        return try await store.links(after: 0, limit: 10_000).map { link in
            let object = try JSONSerialization.jsonObject(with: Data(link.canonical.utf8)) as? [String: Any]
            return object?["kind"] as? String ?? "?"
        }
    }

    struct LedgerBroken: Error {}

    static let policy = """
        policy: test
        owner: tests
        clauses:
          t.1: { en: "A test clause", ko: "시험 조항" }
        state:
          lists:
            phrases: { kind: text, entries: ["test solicitation phrase"] }
          signals:
            known_file: { kind: sha256, bank: known }
            near_picture: { kind: pdq, bank: known, radius: 31 }
            solicitation: { kind: text, list: phrases }
        rules:
          - id: known-file
            stage: live
            events: [message.posted, message.edited]
            when: known_file.matched
            then: [ { preserve: {} }, { remove: { clause: t.1 } } ]
            quota: { per: 1h, max: 3, exceeded: hold }
            unknown: hold
          - id: near
            stage: live
            events: [message.posted]
            when: near_picture.matched
            then: [ { review: {} } ]
            unknown: hold
          - id: solicitation
            stage: live
            events: [message.posted]
            when: solicitation.matched
            then: [ { review: { clause: t.1 } } ]
            unknown: skip
        """
}

func sha256Hex(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String(UInt16($0) + 256, radix: 16).suffix(2) }.joined()
}

/// Where the databases of this run lie; it goes when the run ends.
let flowFolder: URL = {
    let folder = FileManager.default.temporaryDirectory.appending(
        path: "haechi-flows-\(ProcessInfo.processInfo.processIdentifier)")
    // A folder that cannot be made shows when the first database is opened.
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: flowFolder) }
    return folder
}()
