// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// What rules that did not act yet said of the events of the day: the same numbers as a back-test, from what was recorded,
/// without judging anything again. One outcome for each version that was found.
///
/// Which rules were loaded when is not recorded: a version is taken to have looked at every event of its kinds.
package struct ShadowReport {
    private struct Known {
        var kinds: [EventKind]
        var isDestructive: Bool
        var atMost: Double?
        var policy: String
    }

    private let only: Set<String>?
    private let version: String?
    private let known: [String: Known]
    private let terms: StopTerms
    private var runs: [RuleRun] = []
    private var numbers: [RuleKey: Int] = [:]
    private var set = SetRun()
    private var seen: SeenWindow
    private var ids: Set<UInt64> = []

    /// - Parameters:
    ///   - policies: say at which kinds of events a rule looks, and what it may do at most; a rule that is not in them is
    ///     taken to look at all kinds.
    ///   - only: ids of rules; nil for all that are found.
    ///   - version: of these rules; nil for all versions.
    package init(
        _ policies: PolicySet? = nil, only: Set<String>? = nil, version: String? = nil, stop: StopTerms = StopTerms()
    ) {
        self.only = only
        self.version = version
        terms = stop
        seen = SeenWindow(minutes: stop.windowMinutes)
        known = Dictionary(
            (policies?.rules ?? []).map {
                let known = Known(
                    kinds: $0.events, isDestructive: $0.isDestructive, atMost: $0.atMost, policy: $0.reference.policy)
                return ($0.reference.id, known)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The next event, in the order of arrival.
    /// - Parameter judged: what people said last of its item.
    package mutating func take(_ recorded: RecordedEvent, judged: Judgement? = nil) {
        guard ids.insert(recorded.event.identity(SipHash(key0: 0, key1: 0))).inserted else {
            set.duplicates += 1
            return
        }
        let moment = Moment(recorded.event, judged: judged)
        set.saw(moment)
        seen.saw(moment)
        var then = RuleRun.Then()
        for finding in recorded.findings where finding.acted {
            then.acted.append(finding.key.rule)
            if finding.destroyed { then.destroyed = true }
        }
        var destroys = false
        for finding in recorded.findings where isWanted(finding) {
            let run = run(of: finding)
            switch finding.result {
            case .fired:
                if finding.effects.contains(where: \.isDestructive) { destroys = true }
                runs[run].fires(recorded.event, moment, acting: finding.effects, then: then, seen: seen, terms)
            case .unknown(let why): runs[run].cannotTell(moment, UnknownReason(recorded: why), then: then)
            }
        }
        set.compared(destroys, then.destroyed)
    }

    package func finish() -> BacktestOutcome { BacktestOutcome(set, runs, kind: .shadow, policies: nil, terms: terms) }

    private func isWanted(_ finding: RecordedEvent.Finding) -> Bool {
        (finding.stage == .shadow || finding.stage == .canary) && only?.contains(finding.key.rule) ?? true
            && version.map { $0 == finding.key.version } ?? true
    }

    private mutating func run(of finding: RecordedEvent.Finding) -> Int {
        if let run = numbers[finding.key] { return run }
        let known = known[finding.key.rule]
        runs.append(
            RuleRun(
                key: finding.key, policy: known?.policy ?? "", stage: finding.stage, kinds: known?.kinds ?? EventKind.allCases,
                isDestructive: known?.isDestructive ?? finding.effects.contains(where: \.isDestructive), atMost: known?.atMost))
        numbers[finding.key] = runs.count - 1
        return runs.count - 1
    }
}
