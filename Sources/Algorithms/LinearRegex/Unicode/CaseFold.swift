// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Simple case folding of Unicode: the letters that `(?i)` takes for the same, as `k`, `K` and the Kelvin sign.
enum CaseFold {
    /// Every `stride`th scalar of `low...high` is followed in its ring of equal letters by itself plus `delta`.
    private struct Run {
        let low: UInt32
        let high: UInt32
        let stride: UInt32
        let delta: Int32
        /// The highest scalar of this run and all before: runs with a stride interleave, so their ends are not sorted, these are.
        let reach: UInt32
    }

    private static let runs: [Run] = {
        var low: UInt32 = 0
        var reach: UInt32 = 0
        return table.split(separator: " ").compactMap { entry in
            let stride: UInt32 = entry.contains("/") ? 2 : 1
            let parts = entry.split { $0 == "." || $0 == "/" }
            guard parts.count == 3, let gap = UInt32(parts[0], radix: 36), let count = UInt32(parts[1], radix: 36),
                let delta = Int32(parts[2], radix: 36)
            else { return nil }
            low += gap
            let high = low + (count - 1) * stride
            reach = max(reach, high)
            return Run(low: low, high: high, stride: stride, delta: delta, reach: reach)
        }
    }()

    /// The first run that could hold a scalar of at least `scalar`.
    private static func firstRun(reaching scalar: UInt32) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].reach < scalar { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether a letter of ASCII is its own ring but for upper and lower case: all but k and s.
    static func isPlainLetter(_ scalar: UInt32) -> Bool {
        let lower = scalar | 0x20
        return scalar < 0x80 && (0x61...0x7A).contains(lower) && lower != 0x6B && lower != 0x73
    }

    private static func next(_ scalar: UInt32) -> UInt32 {
        var index = firstRun(reaching: scalar)
        while index < runs.count, runs[index].low <= scalar {
            let run = runs[index]
            if scalar <= run.high, (scalar - run.low) % run.stride == 0 {
                return UInt32(truncatingIfNeeded: Int32(bitPattern: scalar) + run.delta)
            }
            index += 1
        }
        return scalar
    }

    /// The other scalars that fold to the same.
    static func equals(of scalar: UInt32) -> [UInt32] {
        if isPlainLetter(scalar) { return [scalar ^ 0x20] }
        if scalar < 0x80, !(0x41...0x5A).contains(scalar & ~0x20) { return [] }
        var found: [UInt32] = []
        var other = next(scalar)
        // No ring has more than four letters.
        while other != scalar, found.count < 8 {
            found.append(other)
            other = next(other)
        }
        return found
    }

    /// The set and all that folds like one of it.
    static func closure(of set: ScalarSet) -> ScalarSet {
        var spans = set.spans
        var round = spans
        // Rings of four are closed after three rounds.
        for _ in 0..<3 {
            round = round.flatMap(image)
            if round.isEmpty { break }
            spans += round
        }
        return ScalarSet(spans)
    }

    private static func image(of span: ScalarSet.Span) -> [ScalarSet.Span] {
        var result: [ScalarSet.Span] = []
        var index = firstRun(reaching: span.low)
        while index < runs.count, runs[index].low <= span.high {
            let run = runs[index]
            index += 1
            var low = max(span.low, run.low)
            let high = min(span.high, run.high)
            guard low <= high else { continue }
            func moved(_ scalar: UInt32) -> UInt32 { UInt32(truncatingIfNeeded: Int32(bitPattern: scalar) + run.delta) }
            if run.stride == 1 {
                result.append(ScalarSet.Span(low: moved(low), high: moved(high)))
                continue
            }
            low += (low - run.low) % run.stride
            while low <= high {
                result.append(ScalarSet.Span(low: moved(low), high: moved(low)))
                low += run.stride
            }
        }
        return result
    }
}
