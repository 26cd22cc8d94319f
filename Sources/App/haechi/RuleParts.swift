// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import Pipeline
import Policies
import ServiceLifecycle
import Signals
import Storage

/// What decides which rules may act, in this process.
struct RuleParts {
    let board: RuleBoard
    let keeper: RuleKeeper
    private let options: RuleService.Options
    private let store: Store
    private let feed: LiveFeed
    private let logger: Logger
    private let now: @Sendable () -> Date

    init(_ settings: Settings, store: Store, feed: LiveFeed, logger: Logger, now: @escaping @Sendable () -> Date) {
        options = RuleService.Options(settings)
        self.store = store
        self.feed = feed
        self.logger = logger
        self.now = now
        board = RuleBoard(approval: options.approval, terms: options.terms, startMode: options.startMode, now: now)
        keeper = RuleKeeper(
            store: store, board: board, approval: options.approval, terms: options.terms, makeID: Digest.timeOrderedID,
            feed: feed, logger: logger, now: now)
    }

    /// Registers the first set; the switch is turned on when the setting says so.
    func begin(with policies: PolicySet) async throws {
        try await keeper.use(policies.terms, mode: options.startMode)
    }

    func undoer(_ desk: any DecisionReversal) -> RuleUndoer {
        RuleUndoer(store: store, desk: desk, holder: Digest.timeOrderedID(), feed: feed, logger: logger, now: now)
    }

    func desk(_ connectors: ConnectorRegistry, undoer: RuleUndoer) -> RuleService {
        let keeper = keeper
        return RuleService(
            store: store, reports: store, decisions: store, options: options,
            canPerform: { effect, platform in connectors.canPerform(effect, on: platform) },
            changed: {
                await keeper.round()
                undoer.signal()
            }, makeID: Digest.timeOrderedID, now: now)
    }
}

/// Rules as the command line changes them, beside a server or without one.
struct RuleTools {
    let store: Store
    let desk: RuleService

    static func open(_ settings: Settings) async throws -> RuleTools {
        let store = try await Store.open(settings, access: .tool)
        return RuleTools(
            store: store,
            desk: RuleService(
                store: store, reports: store, decisions: store, options: RuleService.Options(settings),
                canPerform: { effect, platform in await Capabilities.known(effect, on: platform, in: store) },
                makeID: Digest.timeOrderedID, now: { Date() }))
    }
}

/// What the server's platforms can do, noted for commands that run beside it.
enum Capabilities {
    private static let key = "connectors.capabilities"
    private static let general = "*"

    static func note(_ connectors: [(platform: PlatformID?, capabilities: Set<EffectKind>)], in store: Store) async throws {
        let lines = connectors.map { one in
            ([one.platform?.rawValue ?? general] + one.capabilities.map(\.rawValue).sorted()).joined(separator: " ")
        }
        try await store.setState(key, to: lines.joined(separator: "\n"))
    }

    static func known(_ effect: EffectKind, on platform: PlatformID, in store: Store) async -> Bool {
        guard let text = try? await store.state(key) else { return false }
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let line = lines.first { $0.first == platform.rawValue } ?? lines.first { $0.first == general }
        return line?.dropFirst().contains(effect.rawValue) ?? false
    }
}
