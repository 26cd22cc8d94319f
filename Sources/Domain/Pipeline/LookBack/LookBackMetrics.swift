// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Metrics
import Moderation

/// What the look-back counts; numbers only.
enum LookBackMetrics {
    static func moved(_ count: Int) {
        Counter(label: "haechi_lookback_sightings_total").increment(by: Int64(count))
    }

    static func kept(sightings: Int, bytes: Int, missing: Int) {
        Gauge(label: "haechi_lookback_sightings").record(sightings)
        Gauge(label: "haechi_lookback_bytes").record(bytes)
        Gauge(label: "haechi_lookback_unreadable_files").record(missing)
    }

    static func swept(seconds: Double, items: Int) {
        Recorder(label: "haechi_lookback_sweep_seconds", aggregate: true).record(seconds)
        Counter(label: "haechi_lookback_items_found_total").increment(by: Int64(items))
    }

    /// `applied`, `skipped`, `failed` or `undone`.
    static func item(_ result: String) {
        Counter(label: "haechi_lookback_items_total", dimensions: [("result", result)]).increment()
    }

    static func bulk(_ state: BulkDecision.State) {
        Counter(label: "haechi_lookback_bulk_decisions_total", dimensions: [("state", state.rawValue)]).increment()
    }
}
