// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Connectors
import Foundation
import Moderation
import Pipeline
import ServiceLifecycle
import Signals
import Storage

/// From event to commit to outcome: taking in, judging, acting, and the review of what needs judgement.
struct FlowParts {
    let connectors = ConnectorRegistry()
    let webhooks: WebhookConnector
    let media: MediaSource
    let preservation: Preservation
    let enforcement: Enforcement
    let commits: GroupCommit<Commit, CommitResult>
    let intake: IntakeService
    let desk: ReviewService
    let outboxWake = Wake()
    private let worker: EventWorker
    private let outbox: Outbox
    private let caseExaminer: CaseExaminer

    /// - Parameter forget: what is kept of a space that closes, or a person who leaves, goes by this.
    init(
        _ settings: Settings, signals: SignalParts, rules: RuleParts,
        forget: @escaping @Sendable (LookBackSubject) async throws -> Void, on ground: Ground
    ) async throws {
        let (store, feed, logger, now) = (ground.store, ground.feed, ground.logger, ground.now)
        let (live, models, lookAlikes, eventWake) = (rules.live, signals.models, signals.lookAlikes, Wake())
        media = MediaSource(connectors: connectors, examiner: signals.examiner, options: .init(settings))
        preservation = Preservation(makeID: Digest.timeOrderedID, hash: { Digest.sha256(Array($0.utf8)) })
        let quotas = Quotas(
            board: rules.board, spent: try await store.destructiveActions(since: now().addingTimeInterval(-24 * 3600)))
        let keeper = rules.keeper
        enforcement = Enforcement(
            board: rules.board, quotas: quotas, connectors: connectors, preservation: preservation,
            stopped: { await keeper.writeTrips() }, now: now)
        commits = GroupCommit { try await store.commit($0) }
        let state = StateReader(counters: rules.counters, labels: store)
        intake = IntakeService(
            events: store, commits: commits, media: media, rules: live, state: state, enforcement: enforcement,
            preservation: preservation, wake: eventWake, feed: feed, forget: forget, now: now)
        let pipeline = EventPipeline(
            events: store, media: media, rules: live, enforcement: enforcement, state: state, keeping: .init(settings),
            seen: { lookAlikes.service?.note($0, media: $1, because: .seen) })
        worker = EventWorker(
            events: store, pipeline: pipeline, commits: commits, wake: eventWake, outboxWake: outboxWake, feed: feed,
            ready: { await models.waitUntilReady(for: live) }, logger: logger, now: now)
        outbox = Outbox(
            actions: store, commits: commits, connectors: connectors, wake: outboxWake, feed: feed,
            removed: { try await store.note(.item($0, $1)) }, logger: logger, now: now)
        desk = ReviewService(
            cases: store, store: store, actions: store, evidence: store, ledger: store, commits: commits,
            enforcement: enforcement, preservation: preservation, clauses: { live.current.clauses }, outboxWake: outboxWake,
            feed: feed, now: now)
        caseExaminer = CaseExaminer(
            store: store, cases: store, evidence: store, events: store, commits: commits, preservation: preservation,
            examiner: signals.examiner, rules: live, feed: feed,
            looked: { lookAlikes.service?.note($0, media: $1, because: .reported) }, logger: logger, now: now)
        webhooks = WebhookConnector(.init(settings), uploads: store, fetcher: SafeFetcher(.init(settings)), logger: logger)
        connectors.registerGeneral(webhooks)
    }

    /// In the order of starting.
    var services: [any Service] { [caseExaminer, worker, outbox] }
}
