// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Testing

@Suite("ONNX files")
struct ONNXFileTests {
    private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }

    /// A tensor with its weights in it, or said to be elsewhere.
    private func tensor(_ outside: [UInt8] = []) -> [UInt8] { [8, 1, 16, 1] + field(9, [0, 0, 128, 63]) + outside }

    /// In a tensor: what says that its weights are elsewhere.
    private var outside: [[UInt8]] { [[14 << 3, 1], field(13, field(1, Array("location".utf8)))] }

    /// Every place where a network may have a tensor.
    private func networks(_ tensor: [UInt8]) -> [[UInt8]] {
        let attribute = field(5, tensor)
        // Fields above 15 have keys of two bytes.
        let (functions, sparse): ([UInt8], [UInt8]) = ([0xca, 0x01], [0xb2, 0x01])
        let node = field(5, attribute)
        let sparseAttribute = sparse + [UInt8(field(1, tensor).count)] + field(1, tensor)
        let function = field(7, node)
        return [
            field(7, field(5, tensor)), field(7, field(15, field(2, tensor))), field(7, field(1, node)),
            field(7, field(1, field(5, field(10, tensor)))), field(7, field(1, field(5, field(6, field(5, tensor))))),
            field(7, field(1, field(5, field(11, field(1, node))))), field(7, field(1, field(5, sparseAttribute))),
            field(7, []) + functions + [UInt8(function.count)] + function,
        ]
    }

    @Test("with all weights inside are let through, with some elsewhere not, wherever those are")
    func outsideWeights() {
        for good in networks(tensor()) { #expect(ONNXFile.problem(good) == nil, "\(good)") }
        for mark in outside {
            for bad in networks(tensor(mark)) {
                #expect(ONNXFile.problem(bad)?.contains("weights in another file") == true, "\(bad)")
            }
        }
    }

    @Test("that are cut off or no network are refused in words")
    func noNetwork() {
        let good = networks(tensor())[2]
        for end in 0..<good.count { #expect(ONNXFile.problem(Array(good[..<end])) != nil) }
        for other in [Array("<?xml version='1.0'?>".utf8), [UInt8](repeating: 0xff, count: 40), field(3, [1])] {
            #expect(ONNXFile.problem(other) != nil)
        }
    }

    @Test("of any bytes end in an answer", arguments: 1...200)
    func anyBytes(seed: UInt64) {
        var random = Numbers(seed)
        var bytes = networks(tensor(outside[Int(seed % 2)]))[Int(seed % 8)]
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        _ = ONNXFile.problem(bytes)
        _ = ONNXFile.problem((0..<64).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}
