// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Policies

package import struct Foundation.Date

/// How much each rule may do in its window, and the one switch.
package actor Quotas {
    /// What keeps a plan from acting at once, with the reason.
    package enum Restraint: Hashable, Sendable {
        /// Its destructive effects wait for a person.
        case hold(String)
        /// They do not happen.
        case drop(String)
    }

    private let board: RuleBoard
    private var spent: [String: [Date]]

    /// - Parameters:
    ///   - board: knows how the switch stands.
    ///   - spent: destructive actions of the time before, by rule, so that a restart does not reset the quotas.
    package init(board: RuleBoard, spent: [(rule: String, at: Date)] = []) {
        self.board = board
        self.spent = Dictionary(grouping: spent, by: \.rule).mapValues { $0.map(\.at).sorted() }
    }

    /// Counts a plan against the quotas of its rules; nil when it may act.
    package func admit(_ plan: Merge.Plan, at now: Date) -> Restraint? {
        guard plan.isDestructive else { return nil }
        if board.mode == .caseOnly { return .hold("the emergency stop is on: rules open cases only") }
        var restraint: Restraint?
        for finding in plan.findings where finding.result == .fired && finding.effects.contains(where: { $0.kind.isDestructive })
        {
            guard let quota = finding.quota else { continue }
            var times = (spent[finding.rule.id] ?? []).filter { now.timeIntervalSince($0) < quota.seconds }
            if times.count >= quota.maximum {
                let why = "rule \(finding.rule.id) has reached its quota of \(quota.maximum) in \(Int(quota.seconds)) s"
                // Waiting for a person is the safer of two answers.
                if quota.exceeded == .hold || restraint == nil { restraint = quota.exceeded == .hold ? .hold(why) : .drop(why) }
            } else {
                times.append(now)
            }
            spent[finding.rule.id] = times
        }
        return restraint
    }
}
