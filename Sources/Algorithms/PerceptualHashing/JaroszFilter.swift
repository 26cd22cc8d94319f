// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The blur before reduction to 64 x 64: two repetitions of a box filter along rows, then along columns.
///
/// Each sum is a running one: the new value is added, the old one subtracted, in Float. The order is part of the hash: where
/// rounding differs, bits differ. It holds for a window of 1 as well, where `sum + new - old` is not always `new`.
///
/// This is the plain form, which pictures are not hashed with: the kernel takes the same sums in the same order, many rows at a
/// time, and tests compare the two.
package struct JaroszFilter {
    let rows: Int
    let columns: Int
    let rowWindow: Int
    let columnWindow: Int

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
        rowWindow = (columns + 127) / 128
        columnWindow = (rows + 127) / 128
    }

    package func apply(to luma: inout [Float]) {
        var other = [Float](repeating: 0, count: luma.count)
        var sums = [Float](repeating: 0, count: columns)
        for _ in 0..<2 {
            alongRows(from: luma.span, to: other.mutableSpan)
            alongColumns(from: other.span, to: luma.mutableSpan, sums: sums.mutableSpan)
        }
    }

    /// Step `t` of a box filter adds element `t`, subtracts element `t - window`, and writes element `t - lead`; at both ends
    /// one of them is missing and fewer elements are in the sum.
    private func alongRows(from input: Span<Float>, to output: consuming MutableSpan<Float>) {
        let (window, lead) = (rowWindow, (rowWindow + 2) / 2 - 1)
        let divisor = Float(window)
        for row in 0..<rows {
            let start = row * columns
            var sum: Float = 0
            for step in 0..<lead { sum += input[start + step] }
            for step in lead..<window {
                sum += input[start + step]
                output[start + step - lead] = sum / Float(step + 1)
            }
            for step in window..<columns {
                sum += input[start + step]
                sum -= input[start + step - window]
                output[start + step - lead] = sum / divisor
            }
            for step in columns..<columns + lead {
                sum -= input[start + step - window]
                output[start + step - lead] = sum / Float(columns - 1 - step + window)
            }
        }
    }

    /// All columns at once, so that memory is read in order; each column keeps its own running sum.
    private func alongColumns(
        from input: Span<Float>, to output: consuming MutableSpan<Float>, sums: consuming MutableSpan<Float>
    ) {
        let (window, lead) = (columnWindow, (columnWindow + 2) / 2 - 1)
        for column in 0..<columns { sums[column] = 0 }
        for step in 0..<rows + lead {
            if step < rows {
                let right = step * columns
                for column in 0..<columns { sums[column] += input[right + column] }
            }
            if step >= window {
                let left = (step - window) * columns
                for column in 0..<columns { sums[column] -= input[left + column] }
            }
            if step >= lead {
                let target = (step - lead) * columns
                let divisor = Float(min(step + 1, rows) - max(0, step - window + 1))
                for column in 0..<columns { output[target + column] = sums[column] / divisor }
            }
        }
    }
}
