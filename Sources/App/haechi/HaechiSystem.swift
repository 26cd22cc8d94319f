// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Connectors
import Crypto
import Foundation
import HaechiServer
import Logging
import MediaDecoding
import Moderation
import Pipeline
import Policies
import ServiceLifecycle
import Signals
import Storage

/// All parts, wired: read from top to bottom, this is what Haechi consists of.
struct HaechiSystem {
    let ports: ServerPorts
    /// What runs until the end, in the order of starting; stopping goes the other way.
    let services: [any Service]
    let store: Store
    let decoder: MediaWorkerPool
    let models: ModelParts

    init(_ settings: Settings, logger: Logger) async throws {
        let now: @Sendable () -> Date = { Date() }

        // Storage: one store behind all ports.
        let store = try await Store.open(settings, access: .server)
        logger.info("database open", metadata: ["at": "\(store.location)"])

        // Signals: banks, lists, and the box in which pictures are decoded.
        let banks = try await BankIndexFolder.open(settings, store: store, logger: logger, now: now)
        let bankService = BankService(store, live: banks, settings)
        let decoder = MediaWorkerPool(
            executable: MediaWorkerPool.locate() ?? "haechi-media-worker", options: .init(settings), logger: logger)
        let examiner = MediaExaminer(inspector: decoder, sha256: Digest.sha256)

        // Models: what is installed, in processes of their own or on a server.
        let models = ModelParts(settings, decoder: decoder, logger: logger)
        let lookAlikes = await LookAlikeParts.open(settings, models: models, logger: logger)

        // Policies: what the signals mean, and which rules may act on it.
        let policies = try PolicyFiles.loadForServing(settings, logger: logger)
        let makeRulebook: @Sendable (PolicySet) throws -> Rulebook = { try models.rulebook($0, banks: banks) }
        let rules = LiveRulebook(try makeRulebook(policies))
        let (eventWake, outboxWake, feed) = (Wake(), Wake(), LiveFeed())
        let registry = RuleParts(settings, store: store, feed: feed, logger: logger, now: now)
        try await registry.begin(with: policies)
        let counters = CounterKeeper(store: store, logger: logger, now: now)
        counters.use(policies)
        try await counters.step()
        let policyWatch = PolicyWatch(path: settings.text("policies.path"), logger: logger) { policies in
            let rulebook = try makeRulebook(policies)
            try await registry.keeper.use(policies.terms)
            counters.use(policies)
            rules.replace(with: rulebook)
        }

        // Look-back: what was seen in public, for what becomes known later.
        let lookBack = try await LookBackParts.open(settings, store: store, logger: logger, now: now)

        // What is kept of a space that closes, or a person who leaves, goes.
        let forgetSeen = lookBack?.mover.forgetting ?? LookBackParts.forgetting(in: store)
        let forget: @Sendable (LookBackSubject) async throws -> Void = { subject in
            try await forgetSeen(subject)
            _ = try await store.deleteHistory(of: subject)
            _ = try await lookAlikes?.service.forget(LookAlikeSubject(subject))
        }

        // Pipeline: from event to commit to outcome.
        let connectors = ConnectorRegistry()
        let media = MediaSource(connectors: connectors, examiner: examiner, options: .init(settings))
        let preservation = Preservation(makeID: Digest.timeOrderedID, hash: { Digest.sha256(Array($0.utf8)) })
        let quotas = Quotas(
            board: registry.board, spent: try await store.destructiveActions(since: now().addingTimeInterval(-24 * 3600)))
        let enforcement = Enforcement(
            board: registry.board, quotas: quotas, connectors: connectors, preservation: preservation,
            stopped: { await registry.keeper.writeTrips() }, now: now)
        let commits = GroupCommit<Commit, CommitResult> { try await store.commit($0) }
        let state = StateReader(counters: counters, labels: store)
        let intake = IntakeService(
            events: store, commits: commits, media: media, rules: rules, state: state, enforcement: enforcement,
            preservation: preservation, wake: eventWake, feed: feed, forget: forget, now: now)
        let worker = EventWorker(
            events: store,
            pipeline: EventPipeline(
                events: store, media: media, rules: rules, enforcement: enforcement, state: state,
                keeping: .init(settings), seen: { lookAlikes?.service.note($0, media: $1, because: .seen) }),
            commits: commits, wake: eventWake, outboxWake: outboxWake, feed: feed, logger: logger, now: now)
        let outbox = Outbox(
            actions: store, commits: commits, connectors: connectors, wake: outboxWake, feed: feed, logger: logger, now: now)
        let desk = ReviewService(
            cases: store, store: store, actions: store, evidence: store, ledger: store, commits: commits,
            enforcement: enforcement,
            preservation: preservation, clauses: { rules.current.clauses }, outboxWake: outboxWake, feed: feed, now: now)

        // Connectors: the platforms.
        let webhooks = WebhookConnector(
            .init(settings), uploads: store, fetcher: SafeFetcher(.init(settings)), logger: logger)
        connectors.registerGeneral(webhooks)
        let caseExaminer = CaseExaminer(
            store: store, cases: store, evidence: store, events: store, commits: commits, preservation: preservation,
            examiner: examiner, rules: rules, feed: feed,
            looked: { lookAlikes?.service.note($0, media: $1, because: .reported) }, logger: logger, now: now)
        var services: [any Service] = models.services
        if let lookAlikes { services.append(lookAlikes) }
        services +=
            [
                registry.keeper, counters, caseExaminer, worker, outbox, BankFollower(banks: banks), policyWatch,
                Housekeeping(
                    store: store, banks: bankService, historyDays: settings.number("history.days"), logger: logger, now: now),
            ] as [any Service]
        var bulk: BulkService?
        if let lookBack {
            let service = BulkService(
                lookBack: lookBack.files, queue: store, store: store, decisions: store, events: store, media: media,
                connectors: connectors, standing: BulkStanding(banks), enforcement: enforcement, preservation: preservation,
                commits: commits, desk: desk, outboxWake: outboxWake, board: registry.board, logger: logger, now: now)
            bulk = service
            services += [lookBack.mover, service]
            if let watch = try VerifiedWatch(
                settings, bulk: service, store: store, clauses: policies.clauses, logger: logger, now: now)
            {
                services.append(VerifiedFollower(store: store, watch: watch, logger: logger))
            }
        }
        services += try ExchangeParts.services(settings, store: store, desk: bankService, logger: logger) as [any Service]
        var endpoints: [any InboundEndpoint] = []
        if let options = MatrixOptions(settings) {
            let matrix = MatrixConnector(options, intake: intake, state: store, logger: logger)
            connectors.register(matrix)
            services.append(matrix)
            endpoints.append(matrix.endpoint)
            logger.info("Matrix is on", metadata: ["homeserver": "\(options.homeserverURL)", "bot": "\(options.botUserID)"])
        }

        let undoer = registry.undoer(desk)
        services.append(undoer)
        try await Capabilities.note(connectors.all, in: store)

        self.store = store
        self.decoder = decoder
        self.models = models
        self.services = services
        var ports = ServerPorts(
            intake: intake, desk: desk, events: store, commits: store, actions: store, cases: store, ledger: store,
            banks: bankService, inspector: decoder,
            fetch: { address, limit throws(ConnectorError) in
                try await webhooks.fetch(Media(id: MediaID(address), url: address), limit: limit)
            }, bulks: bulk, forget: forget, uploads: store, accounts: store, feed: feed,
            clauses: rules.current.clauses,
            endpoints: endpoints, readiness: Readiness(store: store, decoder: decoder).problems, now: now)
        ports.rules = registry.desk(connectors, undoer: undoer)
        ports.labels = LabelService(store: store, declared: { rules.current.policies.labels }, now: now)
        ports.policyProblems = policyWatch.problems
        ports.examinations = store
        ports.signals = { models.standing }
        ports.workers = { models.workers }
        if let service = lookAlikes?.service {
            ports.similar = { item, platform in try await service.similar(to: item, on: platform, limit: 24) }
        }
        self.ports = ports
    }

    func close() async {
        await decoder.shutdown()
        await models.shutdown()
        await store.close()
    }
}

/// Hashes and names.
enum Digest {
    static let sha256: @Sendable ([UInt8]) -> String = { bytes in hex(SHA256.hash(data: bytes)) }

    /// 48 bits of milliseconds, then 80 random bits: sorts by time of making.
    static let timeOrderedID: @Sendable () -> String = {
        let milliseconds = UInt64(Date().timeIntervalSince1970 * 1000)
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        bytes += (0..<10).map { _ in UInt8.random(in: .min ... .max) }
        return hex(bytes)
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
