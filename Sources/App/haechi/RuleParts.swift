// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Policies
import ServiceLifecycle
import Signals
import Storage

/// What the signals mean, which rules may act on it, and what they count, in this process.
struct RuleParts {
    let board: RuleBoard
    let keeper: RuleKeeper
    /// The set that is judged by; replaced as a whole when the files change.
    let live: LiveRulebook
    let counters: CounterKeeper
    let watch: PolicyWatch
    private let options: RuleService.Options
    private let ground: Ground

    /// Reads the policies and registers them; the switch is turned on when the setting says so.
    init(_ settings: Settings, signals: SignalParts, on ground: Ground) async throws {
        let options = RuleService.Options(settings)
        let (store, logger, now) = (ground.store, ground.logger, ground.now)
        let policies = try PolicyFiles.loadForServing(settings, logger: logger)
        let live = LiveRulebook(try signals.rulebook(policies))
        board = RuleBoard(approval: options.approval, terms: options.terms, startMode: options.startMode, now: now)
        let keeper = RuleKeeper(
            store: store, board: board, approval: options.approval, terms: options.terms, makeID: Digest.timeOrderedID,
            feed: ground.feed, logger: logger, now: now)
        try await keeper.use(policies.terms, mode: options.startMode)
        let counters = CounterKeeper(store: store, logger: logger, now: now)
        counters.use(policies)
        try await counters.step()
        watch = PolicyWatch(path: settings.text("policies.path"), logger: logger) { policies in
            let rulebook = try signals.rulebook(policies)
            try await keeper.use(policies.terms)
            counters.use(policies)
            live.replace(with: rulebook)
        }
        (self.keeper, self.live, self.counters) = (keeper, live, counters)
        (self.options, self.ground) = (options, ground)
    }

    var services: [any Service] { [keeper, counters, watch] }

    func undoer(_ desk: any DecisionReversal) -> RuleUndoer {
        RuleUndoer(
            store: ground.store, desk: desk, holder: Digest.timeOrderedID(), feed: ground.feed, logger: ground.logger,
            now: ground.now)
    }

    func desk(_ connectors: ConnectorRegistry, undoer: RuleUndoer) -> RuleService {
        let (keeper, store) = (keeper, ground.store)
        return RuleService(
            store: store, reports: store, decisions: store, options: options,
            canPerform: { effect, platform in connectors.canPerform(effect, on: platform) },
            changed: {
                await keeper.round()
                undoer.signal()
            }, makeID: Digest.timeOrderedID, now: ground.now)
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
