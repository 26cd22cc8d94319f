// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
import Moderation
package import Policies
import ServiceLifecycle

/// Keeps the board of this process and the registry in the database in step: reads what others changed, writes what was counted and
/// what was stopped here, and stops versions that people have overturned too often.
package actor RuleKeeper: Service {
    package struct Options: Sendable {
        package var interval: Duration = .seconds(1)
        /// Counts are written this often, in rounds.
        package var roundsPerFlush = 3
        /// Counts are kept for so long, in seconds.
        package var keepsCounts: Double = 8 * 86_400

        package init() {}
    }

    private let store: any RuleStore
    private let board: RuleBoard
    private let approval: RuleApproval
    private let terms: StopTerms
    private let options: Options
    private let makeID: @Sendable () -> String
    private let feed: LiveFeed
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let wake = Wake()
    private var rounds = 0
    /// Of the set that is in use.
    private var rules: [RuleTerms] = []

    package init(
        store: any RuleStore, board: RuleBoard, approval: RuleApproval, terms: StopTerms, options: Options = Options(),
        makeID: @escaping @Sendable () -> String, feed: LiveFeed, logger: Logger, now: @escaping @Sendable () -> Date
    ) {
        self.store = store
        self.board = board
        self.approval = approval
        self.terms = terms
        self.options = options
        self.makeID = makeID
        self.feed = feed
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            while !Task.isCancelled, !Task.isShuttingDownGracefully {
                await round()
                await wake.wait(atMost: options.interval)
            }
            await flush()
        } onGracefulShutdown: {
            self.wake.signal()
        }
    }

    /// Notes a set of rules in the registry, and has the board judge by it from the next event on.
    ///
    /// - Parameter mode: turns the switch on at the start when the setting says so; a setting never turns it off.
    package func use(_ rules: [RuleTerms], mode: RuleMode? = nil) async throws {
        let (approval, now) = (approval, now())
        let texts = Dictionary(rules.map { ($0.key, $0.text) }, uniquingKeysWith: { one, _ in one })
        let state = try await store.changeRules(texts: texts) { state in
            var entries = state.load(rules, approval: approval, at: now)
            if mode == .caseOnly {
                entries += try state.turn(to: .caseOnly, by: "system", reason: "enforcement.mode says so at the start", at: now)
            }
            return entries
        }
        self.rules = rules
        board.take(state, rules: rules)
        sayWhatIsHeldBack(state)
        await feed.publish(.rulesChanged)
    }

    /// Does now what it does every second; for tests and after a change in this process.
    package func round() async {
        await writeTrips()
        do {
            try await refresh()
            if rounds % max(1, options.roundsPerFlush) == 0 { await flush() }
            if rounds % 3_600 == 0 { try await store.deleteCounts(before: now().addingTimeInterval(-options.keepsCounts)) }
        } catch {
            logger.error("the registry of rules cannot be read, trying again", metadata: ["error": "\(error)"])
        }
        rounds += 1
        tellMetrics()
    }

    /// Writes stops that were found here; they hold here already.
    package func writeTrips() async {
        for trip in board.trips {
            let (id, now) = (makeID(), now())
            do {
                let state = try await store.changeRules { state in
                    try state.stop(trip.key, .share, reason: trip.reason, by: "system", id: id, at: now)
                }
                board.take(state)
                await announce(trip.key, .share, trip.reason)
            } catch {
                logger.error(
                    "a stop of a rule cannot be written; it holds in this process, and is tried again",
                    metadata: ["rule": "\(trip.key)", "error": "\(error)"])
            }
        }
    }

    /// Takes over what other processes and people changed.
    package func refresh() async throws {
        guard try await store.rulesRevision() != board.revision else { return }
        let before = board.state
        var state = try await store.ruleState()
        var probe = state
        // Looked at here first, since it is seldom so.
        if !probe.stopImprecise(terms, makeID: { "" }, at: now()).isEmpty {
            let (terms, makeID, now) = (terms, makeID, now())
            state = try await store.changeRules { state in state.stopImprecise(terms, makeID: makeID, at: now) }
        }
        board.take(state)
        for stop in state.stops where !before.stops.contains(where: { $0.id == stop.id }) && stop.cause != .share {
            await announce(stop.key, stop.cause, stop.reason)
        }
        if state.mode != before.mode, let mode = state.mode {
            logger.notice("the switch of all rules was turned", metadata: ["mode": "\(mode.rawValue)"])
        }
        await feed.publish(.rulesChanged)
    }

    /// Writes what was counted here.
    package func flush() async {
        let counts = board.takeCounts()
        guard !counts.isEmpty else { return }
        do {
            try await store.add(counts)
        } catch {
            board.giveBack(counts)
            logger.error("counts of rules cannot be written, trying again", metadata: ["error": "\(error)"])
        }
    }

    private func announce(_ key: RuleKey, _ cause: RuleStop.Cause, _ reason: String) async {
        RuleMetrics.stopped(key.rule, cause)
        logger.error(
            "a rule was stopped: its destructive effects wait for a person from now on",
            metadata: ["rule": "\(key)", "cause": "\(cause.rawValue)", "why": "\(reason)"])
        await feed.publish(.rulesChanged)
    }

    private func sayWhatIsHeldBack(_ state: RuleState) {
        for rule in rules {
            let standing = state.standing(of: rule.key, asking: rule.stage, approval: approval)
            guard let shortfall = standing.shortfall else { continue }
            logger.warning(
                "a rule runs at a lower stage than its file asks for",
                metadata: [
                    "rule": "\(rule.key)", "asked": "\(rule.stage.rawValue)", "stage": "\(standing.stage.rawValue)",
                    "why": "\(shortfall.text)",
                ])
        }
    }

    private func tellMetrics() {
        let state = board.state
        let short = rules.count { state.standing(of: $0.key, asking: $0.stage, approval: approval).shortfall != nil }
        RuleMetrics.standing(
            stops: state.stops.count, requests: state.requests.count, shortfalls: short, mode: board.mode)
    }
}
