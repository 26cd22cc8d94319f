// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import ModerationTesting
import Pipeline
import Policies
import Storage

/// A flow whose rules are registered, as in a running server; `version` tells apart what the rule does.
struct RuleWorld {
    let flow: Flow
    let board: RuleBoard
    let keeper: RuleKeeper
    let rules: RuleService
    let undoer: RuleUndoer
    let key: RuleKey

    /// - Parameters:
    ///   - policy: the policy that is in use now.
    ///   - before: one that was in use before on an empty database; without it the policy itself is adopted.
    init(
        _ policy: String = Self.policy(), before: String? = Self.policy(quota: 9), approval: RuleApproval = .onePerson,
        path: String? = nil, keeping: EventPipeline.Keeping = .sightings, connector: ScriptedConnector = ScriptedConnector(),
        clock: ManualClock = ManualClock()
    ) async throws {
        var terms = StopTerms()
        terms.events = 50
        let now: @Sendable () -> Date = { clock.now }
        let board = RuleBoard(approval: approval, terms: terms, now: now)
        let flow = try await Flow(policy: policy, connector: connector, board: board, path: path, keeping: keeping, clock: clock)
        let store = flow.store
        let logger = Logger(label: "rules") { _ in SwiftLogNoOpLogHandler() }
        let keeper = RuleKeeper(
            store: store, board: board, approval: approval, terms: terms, makeID: { UUID().uuidString }, feed: LiveFeed(),
            logger: logger, now: now)
        if path == nil, let before { try await keeper.use(try PolicySet.load(files: [("before.yaml", before)]).terms) }
        let set = try PolicySet.load(files: [("test.yaml", policy)])
        try await keeper.use(set.terms)
        self.flow = flow
        self.board = board
        self.keeper = keeper
        key = try await RuleWorld.service(store, approval, connector, now).key("flood")
        rules = RuleWorld.service(store, approval, connector, now) { await keeper.round() }
        undoer = RuleUndoer(store: store, desk: flow.desk, holder: UUID().uuidString, logger: logger, now: now)
    }

    private static func service(
        _ store: Store, _ approval: RuleApproval, _ connector: ScriptedConnector, _ now: @escaping @Sendable () -> Date,
        changed: @escaping @Sendable () async -> Void = {}
    ) -> RuleService {
        RuleService(
            store: store, reports: store, decisions: store, options: .init(approval: approval),
            canPerform: { effect, _ in connector.capabilities.contains(effect) }, changed: changed,
            makeID: { UUID().uuidString }, now: now)
    }

    /// Promotes the version on the strength of a back-test.
    func promote(_ stage: RuleFinding.Stage = .live, percent: Int? = nil) async throws {
        try await flow.store.put(
            BacktestReport(id: UUID().uuidString, key: key, at: flow.clock.now, by: "hana", events: 10, hash: "00"), ledger: [])
        try await rules.promote(Promotion(key: key, stage: stage, percent: percent, by: "hana", reason: "tested"))
    }

    /// Posts so many events with a known picture, each by somebody else, and settles them.
    func post(_ count: Int, bad: Bool = true, prefix: String = "e") async throws {
        let picture = try await flow.picture("p", bytes: "pattern", trust: .verified)
        for number in 0..<count {
            _ = try await flow.intake.accept([.sample(id: "\(prefix)\(number)", media: bad ? [picture] : [])])
        }
        await flow.settle()
        await keeper.round()
    }

    func actions(_ states: ActionState...) async throws -> [Action] {
        try await flow.store.actions(in: Set(states), limit: 10_000)
    }

    static func policy(
        stage: String = "live", quota: Int = 100_000, effects: String = "{ quarantine: { clause: t.1 } }", more: String = ""
    ) -> String {
        """
        policy: test
        owner: tests
        clauses:
          t.1: { en: "A test clause" }
        state:
          signals:
            known_file: { kind: sha256, bank: known }
        rules:
          - id: flood
            stage: \(stage)
            events: [message.posted]
            when: known_file.matched
            then: [ \(effects) ]
            quota: { per: 1h, max: \(quota) }
        \(more)
        """
    }
}
