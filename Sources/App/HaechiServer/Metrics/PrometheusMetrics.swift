// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CoreMetrics
import Synchronization

/// Keeps what the program counts and measures, and shows it as Prometheus reads it.
///
/// A label of swift-metrics becomes a family, its dimensions become labels. Timers are in seconds; timers and aggregating recorders
/// become histograms.
package final class PrometheusMetrics: MetricsFactory {
    /// Upper bounds of a histogram, for seconds from a fifth of a millisecond to ten.
    static let bounds: [Double] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

    private struct Key: Hashable {
        var label: String
        var labels: [String]
    }

    private let metrics = Mutex<[Key: PrometheusMetric]>([:])

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        metric(label, dimensions, .counter)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label, dimensions, .gauge)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        metric(label, dimensions, aggregate ? .histogram : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label, dimensions, .histogram)
    }

    // What was measured stays: a family that comes and goes would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything, in the text format, sorted by name.
    package func text() -> String {
        let families = Dictionary(grouping: metrics.withLock { Array($0.values) }, by: \.name)
        var text = PrometheusText()
        for (name, members) in families.sorted(by: { $0.key < $1.key }) {
            // A name that was made with two types keeps the first: a second TYPE line would make the page unreadable.
            guard let type = members.first?.type else { continue }
            text.family(name, type: type.rawValue)
            for member in members.filter({ $0.type == type }).sorted(by: { $0.order < $1.order }) { member.write(to: &text) }
        }
        return text.text
    }

    private func metric(_ label: String, _ dimensions: [(String, String)], _ type: PrometheusMetric.Kind) -> PrometheusMetric {
        let key = Key(label: label, labels: [type.rawValue] + dimensions.flatMap { [$0.0, $0.1] })
        return metrics.withLock { metrics in
            if let known = metrics[key] { return known }
            let new = PrometheusMetric(name: PrometheusText.name(label), labels: dimensions, type: type)
            metrics[key] = new
            return new
        }
    }
}
