// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A network in the ONNX format, written by hand: the mean of each channel, times a weight, summed up, through a sigmoid.
struct TinyNetwork {
    /// One for each channel that it reads.
    var weights: [Float]
    var bias: Float
    var hasSigmoid = true
    /// How many rows of weights it claims to have; nil for as many as there are.
    var claimedRows: Int?
    /// The height and width that it says it takes; nil for any.
    var sides: (height: Int?, width: Int?) = (8, 8)
    /// A file that the weights are said to be in.
    var weightsIn: String?

    var bytes: [UInt8] {
        let nodes =
            [
                node("GlobalAveragePool", ["x"], "pooled"), node("Flatten", ["pooled"], "flat"),
                node("Gemm", ["flat", "weights", "bias"], hasSigmoid ? "sum" : "y"),
            ] + (hasSigmoid ? [node("Sigmoid", ["sum"], "y")] : [])
        let graph =
            nodes.flatMap { field(1, $0) } + field(2, text("tiny"))
            + field(5, tensor("weights", [claimedRows ?? weights.count, 1], weights, file: weightsIn))
            + field(5, tensor("bias", [1], [bias])) + field(11, value("x", [nil, weights.count, sides.height, sides.width]))
            + field(12, value("y", [nil, 1]))
        return number(1, 8) + field(8, field(1, []) + number(2, 13)) + field(7, graph)
    }

    private func node(_ kind: String, _ inputs: [String], _ output: String) -> [UInt8] {
        inputs.flatMap { field(1, text($0)) } + field(2, text(output)) + field(3, text(output)) + field(4, text(kind))
    }

    private func tensor(_ name: String, _ sizes: [Int], _ values: [Float], file: String? = nil) -> [UInt8] {
        let head = sizes.flatMap { number(1, $0) } + number(2, 1) + field(8, text(name))
        guard let file else {
            let raw = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
            return head + field(9, raw)
        }
        return head + field(13, field(1, text("location")) + field(2, text(file))) + number(14, 1)
    }

    /// Nil is a size of any number.
    private func value(_ name: String, _ sizes: [Int?]) -> [UInt8] {
        let shape = sizes.flatMap { field(1, $0.map { number(1, $0) } ?? field(2, text("n"))) }
        return field(1, text(name)) + field(2, field(1, number(1, 1) + field(2, shape)))
    }

    // Protocol buffers: a number with its kind, then what it holds.

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    private func field(_ place: Int, _ bytes: [UInt8]) -> [UInt8] { varint(place << 3 | 2) + varint(bytes.count) + bytes }
    private func number(_ place: Int, _ value: Int) -> [UInt8] { varint(place << 3) + varint(value) }

    private func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (UInt64(value), [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
