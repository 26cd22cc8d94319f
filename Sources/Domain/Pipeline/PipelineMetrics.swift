// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Metrics
import Moderation

/// What the pipeline counts; numbers only, never content or names of people and spaces.
enum PipelineMetrics {
    static func accepted(_ result: String, _ count: Int) {
        guard count > 0 else { return }
        Counter(label: "haechi_events_received_total", dimensions: [("result", result)]).increment(by: Int64(count))
    }

    static func concluded(_ state: EventState) {
        Counter(label: "haechi_events_concluded_total", dimensions: [("state", state.rawValue)]).increment()
    }

    static func fired(_ rule: String, stage: String, result: String) {
        Counter(label: "haechi_rules_total", dimensions: [("rule", rule), ("stage", stage), ("result", result)]).increment()
    }

    static func action(_ effect: EffectKind, _ state: ActionState) {
        Counter(label: "haechi_actions_total", dimensions: [("effect", effect.rawValue), ("state", state.rawValue)]).increment()
    }

    /// From the platform's time of the event to the moment when its removal was read back.
    static func timeToRemoval(seconds: Double) {
        Recorder(label: "haechi_time_to_removal_seconds", aggregate: true).record(seconds)
    }

    static func inlineVerdict(_ result: String) {
        Counter(label: "haechi_inline_judgements_total", dimensions: [("result", result)]).increment()
    }
}
