// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Connectors
import Foundation
import HaechiServer
import Logging
import Moderation
import Pipeline
import Policies
import ServiceLifecycle
import Signals
import Storage

/// What all parts stand on.
struct Ground: Sendable {
    /// One store behind all ports.
    let store: Store
    let feed = LiveFeed()
    let logger: Logger
    let now: @Sendable () -> Date
}

/// All parts, wired: read from top to bottom, this is what Haechi consists of.
struct HaechiSystem {
    let ports: ServerPorts
    /// What runs until the end, in the order of starting; stopping goes the other way.
    let services: [any Service]
    private let store: Store
    private let signals: SignalParts

    init(_ settings: Settings, logger: Logger) async throws {
        let store = try await Store.open(settings, access: .server)
        logger.info("database open", metadata: ["at": "\(store.location)"])
        let ground = Ground(store: store, logger: logger, now: { Date() })

        // What is seen, what it means, and what follows.
        let signals = try await SignalParts(settings, on: ground)
        let rules = try await RuleParts(settings, signals: signals, on: ground)
        let lookBack = try await LookBackParts.open(settings, store: store, logger: logger, now: ground.now)
        let forget = Self.forgetting(lookBack, signals.lookAlikes, store)
        let flow = try await FlowParts(settings, signals: signals, rules: rules, forget: forget, on: ground)

        // What was seen in public, for what becomes known later.
        let bulk = lookBack?.bulk(signals: signals, rules: rules, flow: flow, on: ground)
        let follower = try bulk.flatMap {
            try VerifiedFollower(settings, bulk: $0, clauses: rules.live.current.clauses, on: ground)
        }

        // The platforms that have a connection of their own, and who shares lists.
        let exchanges = try ExchangeParts.services(settings, store: store, desk: signals.bankService, logger: logger)
        let matrixOptions = MatrixOptions(settings)
        let matrix = matrixOptions.map { MatrixConnector($0, intake: flow.intake, state: store, logger: logger) }
        if let matrix, let matrixOptions {
            flow.connectors.register(matrix)
            let metadata: Logger.Metadata = ["homeserver": "\(matrixOptions.homeserverURL)", "bot": "\(matrixOptions.botUserID)"]
            logger.info("Matrix is on", metadata: metadata)
        }
        let undoer = rules.undoer(flow.desk)
        try await Capabilities.note(flow.connectors.all, in: store)

        let housekeeping = Housekeeping(
            store: store, banks: signals.bankService, historyDays: settings.number("history.days"), logger: logger,
            now: ground.now)
        var services: [any Service] = signals.services + rules.services + flow.services
        services += [BankFollower(banks: signals.banks), housekeeping] as [any Service]
        let perhaps: [(any Service)?] = [lookBack?.mover, bulk, follower, matrix]
        services += perhaps.compactMap(\.self) + (exchanges as [any Service]) + [undoer]
        (self.store, self.signals, self.services) = (store, signals, services)
        ports = Self.ports(
            signals: signals, rules: rules, flow: flow, bulk: bulk, forget: forget, undoer: undoer,
            endpoints: matrix.map { [$0.endpoint] } ?? [], on: ground)
    }

    func close() async {
        await signals.shutdown()
        await store.close()
    }

    /// What is kept of a space that closes, or a person who leaves, goes.
    private static func forgetting(
        _ lookBack: LookBackParts?, _ lookAlikes: LookAlikeParts, _ store: Store
    ) -> @Sendable (LookBackSubject) async throws -> Void {
        let forgetSeen = lookBack?.mover.forgetting ?? LookBackParts.forgetting(in: store)
        return { subject in
            try await forgetSeen(subject)
            _ = try await store.deleteHistory(of: subject)
            // Written down, and done soon: an index that does not obey must keep nobody from leaving.
            try await store.note(LookAlikeSubject(subject))
            lookAlikes.keeper?.signal()
        }
    }

    private static func ports(
        signals: SignalParts, rules: RuleParts, flow: FlowParts, bulk: BulkService?,
        forget: @escaping @Sendable (LookBackSubject) async throws -> Void, undoer: RuleUndoer,
        endpoints: [any InboundEndpoint], on ground: Ground
    ) -> ServerPorts {
        let (store, live, webhooks, lookAlikes) = (ground.store, rules.live, flow.webhooks, signals.lookAlikes)
        var ports = ServerPorts(
            intake: flow.intake, desk: flow.desk, events: store, commits: store, actions: store, cases: store, ledger: store,
            banks: signals.bankService, inspector: signals.decoder,
            fetch: { address, limit throws(ConnectorError) in
                try await webhooks.fetch(Media(id: MediaID(address), url: address), limit: limit)
            }, bulks: bulk, forget: forget, uploads: store, accounts: store, feed: ground.feed, clauses: live.current.clauses,
            endpoints: endpoints, readiness: Readiness(store: store, decoder: signals.decoder).problems, now: ground.now)
        ports.rules = rules.desk(flow.connectors, undoer: undoer)
        ports.labels = LabelService(store: store, declared: { live.current.policies.labels }, now: ground.now)
        ports.policyProblems = rules.watch.problems
        ports.examinations = store
        ports.signals = { await signals.standing() }
        ports.lookAlikes = { await lookAlikes.numbers() }
        ports.workers = { signals.models.workers }
        if let service = lookAlikes.service {
            ports.similar = { item, platform in try await service.similar(to: item, on: platform, limit: 24) }
        }
        return ports
    }
}
