// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Judges recorded events again with another set of rules, and counts what would have been different.
///
/// Pure and deterministic: time is that of the events, counters are counted again from the same events, and the same events
/// in the same order give the same outcome to the byte. An event counts once, however often it comes.
package struct Backtest {
    /// A set of rules with what it needs to see.
    package struct Side {
        let policies: PolicySet
        let notice: (PublicEvent) -> [Signal]

        /// - Parameter notice: the signals of texts and links that this set declares, and `links`: those that are noticed
        ///    again.
        package init(_ policies: PolicySet, notice: @escaping (PublicEvent) -> [Signal]) {
            self.policies = policies
            self.notice = notice
        }
    }

    private let version: String
    private let terms: StopTerms
    private var now: Replay
    private var then: Replay?
    private var runs: [RuleRun]
    private let numbers: [String: Int]
    /// Rules that end some day, by the kinds at which they look.
    private let ending: [Int]
    private var set = SetRun()
    private var seen: SeenWindow
    private var ids: Set<UInt64> = []

    /// - Parameters:
    ///   - rules: taken as if live for every event, whatever their stage.
    ///   - only: ids of rules; nil for all but the retired ones.
    ///   - against: judges the same events as if live too, and is what `then` means; nil where that is what the rules of the
    ///     day said.
    package init(_ rules: Side, only: Set<String>? = nil, against: Side? = nil, stop: StopTerms = StopTerms()) {
        version = rules.policies.version
        terms = stop
        now = Replay(rules, only: only)
        then = against.map { Replay($0, only: nil) }
        let asWritten = Dictionary(rules.policies.rules.map { ($0.reference.id, $0) }, uniquingKeysWith: { first, _ in first })
        runs = now.rules.map { RuleRun(asWritten[$0.reference.id] ?? $0) }
        numbers = Dictionary(runs.enumerated().map { ($1.key.rule, $0) }, uniquingKeysWith: { first, _ in first })
        ending = now.rules.indices.filter { [rules = now.rules] in rules[$0].expires != nil }
        seen = SeenWindow(minutes: stop.windowMinutes)
    }

    /// The next event, in the order of arrival.
    /// - Parameter judged: what people said last of its item.
    package mutating func take(_ recorded: RecordedEvent, judged: Judgement? = nil) {
        guard let event = PublicEvent(recorded.event, whileSpaceIs: .public) else { return }
        let hash = event.event.identity(SipHash(key0: 0, key1: 0))
        guard ids.insert(hash).inserted else {
            set.duplicates += 1
            return
        }
        let moment = Moment(event.event, judged: judged)
        set.saw(moment)
        seen.saw(moment)
        for rule in ending where now.rules[rule].isOver(at: event.event.at) && now.rules[rule].events.contains(event.event.kind) {
            runs[rule].over.saw(moment)
        }
        let before = before(event, recorded, hash)
        compare(now.judge(event, recorded, hash: hash), with: before, event.event, moment)
    }

    package func finish() -> BacktestOutcome {
        BacktestOutcome(set, runs, kind: .backtest, policies: version, terms: terms)
    }

    // MARK: - Then and now

    private mutating func before(_ event: PublicEvent, _ recorded: RecordedEvent, _ hash: UInt64) -> RuleRun.Then {
        var before = RuleRun.Then()
        guard let said = then?.judge(event, recorded, hash: hash) else {
            for finding in recorded.findings where finding.acted {
                before.acted.append(finding.key.rule)
                if finding.destroyed { before.destroyed = true }
            }
            return before
        }
        for one in said {
            guard case .fired(let acting) = one.result else { continue }
            if let rule = then?.rules[one.rule].reference.id { before.acted.append(rule) }
            if acting.contains(where: \.isDestructive) { before.destroyed = true }
        }
        return before
    }

    private mutating func compare(_ said: [Replay.Said], with then: RuleRun.Then, _ event: Event, _ moment: Moment) {
        var destroys = false
        for one in said {
            switch one.result {
            case .fired(let acting):
                if acting.contains(where: \.isDestructive) { destroys = true }
                runs[one.rule].fires(event, moment, acting: acting, then: then, seen: seen, terms)
            case .unknown(let why): runs[one.rule].cannotTell(moment, why, then: then)
            }
        }
        set.compared(destroys, then.destroyed)
        for rule in then.acted {
            guard let number = numbers[rule], !said.contains(where: { $0.rule == number }) else { continue }
            runs[number].loses(event)
        }
    }
}

/// What is counted of all rules together.
struct SetRun {
    var totals = EventTotals()
    var duplicates = 0
    /// When the first and the last event happened: milliseconds since 1970.
    var from: Int64?
    var until: Int64?
    /// Events on which something destructive would be done: newly, as then, and then but not now.
    var newlyActing = 0
    var same = 0
    var lost = 0

    mutating func saw(_ moment: Moment) {
        totals.saw(moment)
        from = min(from ?? moment.at, moment.at)
        until = max(until ?? moment.at, moment.at)
    }

    mutating func compared(_ now: Bool, _ then: Bool) {
        switch (now, then) {
        case (true, true): same += 1
        case (true, false): newlyActing += 1
        case (false, true): lost += 1
        case (false, false): break
        }
    }
}
