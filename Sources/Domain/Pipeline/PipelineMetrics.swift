// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Metrics
import Moderation
package import Signals

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

    /// One file that was looked at: `read`, `not-a-picture`, `unreadable`; its format where it was read.
    static func media(_ file: ExaminedMedia) {
        let outcome =
            switch file.problem {
            case nil: "read"
            case .notAPicture: "not-a-picture"
            case .unreadable: "unreadable"
            }
        Counter(
            label: "haechi_media_files_total", dimensions: [("outcome", outcome), ("format", file.facts?.format ?? "none")]
        ).increment()
    }

    /// `answered`, else why there is no answer; names of models are the operator's own and no content.
    static func model(_ happening: ModelQueue.Happening) {
        switch happening {
        case .answered(let model, let seconds):
            Recorder(label: "haechi_model_seconds", dimensions: [("model", model)], aggregate: true).record(seconds)
        case .failed(let model, let reason):
            Counter(label: "haechi_model_failures_total", dimensions: [("model", model), ("reason", reason)]).increment()
        case .shed(let model):
            Counter(label: "haechi_model_shed_total", dimensions: [("model", model)]).increment()
        }
    }

    static func inlineVerdict(_ result: String) {
        Counter(label: "haechi_inline_judgements_total", dimensions: [("result", result)]).increment()
    }
}

/// What is counted of models, as their queue tells it.
package enum ModelMetrics {
    package static let observe: @Sendable (ModelQueue.Happening) -> Void = { PipelineMetrics.model($0) }
}
