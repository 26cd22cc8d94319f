// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Metrics
import Policies

/// What is counted of rules themselves; names of rules are the operator's own and no content.
enum RuleMetrics {
    static func stopped(_ rule: String, _ cause: RuleStop.Cause) {
        Counter(label: "haechi_rule_stops_total", dimensions: [("rule", rule), ("cause", cause.rawValue)]).increment()
    }

    /// How it stands now.
    static func standing(stops: Int, requests: Int, shortfalls: Int, mode: RuleMode) {
        Gauge(label: "haechi_rules_stopped").record(stops)
        Gauge(label: "haechi_rule_promotions_waiting").record(requests)
        Gauge(label: "haechi_rules_below_their_stage").record(shortfalls)
        Gauge(label: "haechi_rules_case_only").record(mode == .caseOnly ? 1 : 0)
    }

    /// `undone`, `kept` or `failed`.
    static func undone(_ result: String, _ count: Int) {
        guard count > 0 else { return }
        Counter(label: "haechi_rule_undo_decisions_total", dimensions: [("result", result)]).increment(by: Int64(count))
    }
}
