// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CoreMetrics
import Synchronization

/// One row (or, as a histogram, one set of rows) of the metrics page.
final class PrometheusMetric: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    enum Kind: String { case counter, gauge, histogram }

    private struct Value {
        var sum = 0.0
        var count = 0
        /// One for each of `PrometheusMetrics.bounds`, not cumulative.
        var buckets: [Int] = []
    }

    let name: String
    let labels: [(String, String)]
    let type: Kind
    private let value: Mutex<Value>

    init(name: String, labels: [(String, String)], type: Kind) {
        self.name = name
        self.labels = labels
        self.type = type
        let buckets = type == .histogram ? Array(repeating: 0, count: PrometheusMetrics.bounds.count) : []
        value = Mutex(Value(buckets: buckets))
    }

    var order: String { labels.map { "\($0.0)=\($0.1)" }.joined(separator: ",") }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0.sum += amount } }
    func decrement(by amount: Double) { increment(by: -amount) }
    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0.sum = new } }
    func reset() { set(0.0) }
    func record(_ amount: Int64) { record(Double(amount)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ amount: Double) {
        guard type == .histogram else { return set(amount) }
        let bucket = PrometheusMetrics.bounds.firstIndex { amount <= $0 }
        value.withLock { value in
            value.sum += amount
            value.count += 1
            if let bucket { value.buckets[bucket] += 1 }
        }
    }

    func write(to text: inout PrometheusText) {
        let value = value.withLock { $0 }
        guard type == .histogram else { return text.sample(name, labels, value.sum) }
        var below = 0
        for (bound, count) in zip(PrometheusMetrics.bounds, value.buckets) {
            below += count
            text.sample(name + "_bucket", labels + [("le", String(bound))], Double(below))
        }
        text.sample(name + "_bucket", labels + [("le", "+Inf")], Double(value.count))
        text.sample(name + "_sum", labels, value.sum)
        text.sample(name + "_count", labels, Double(value.count))
    }
}
