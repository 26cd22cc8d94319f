// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CNative
import ModelInputs

/// A neural network in OpenVINO.
final class OpenVINOEngine: ThinkerEngine {
    /// Beside `native`; the number is of the release whose interface the calls are written for.
    private static let library = "openvino/libopenvino_c.so.2641"

    private let recipe: ModelRecipe
    // Owned here and freed with the engine.
    private let model: OpaquePointer

    /// Opens the library, checks and compiles the model, and runs it once, so that nothing is left to be done when the box is closed.
    static func load(_ load: ModelLoad, native: String) throws(ThinkerProblem) -> (engine: any ThinkerEngine, precision: String) {
        guard let shape = load.recipe.shape else {
            throw ThinkerProblem(message: "its recipe has no step that fixes the size of the input")
        }
        guard load.recipe.reading != .words else { throw ThinkerProblem(message: "a neural network gives no words") }
        let bytes = try CheckedFile.read(load.file, sha256: load.sha256)
        let isTFLite = load.file.hasSuffix(".tflite")
        if !isTFLite, let problem = ONNXFile.problem(bytes) { throw ThinkerProblem(message: problem) }
        var why = Words()
        guard cnative_openvino_start(native + "/" + library, &why.bytes, why.bytes.count) == 0 else {
            throw ThinkerProblem(message: "OpenVINO can't be opened: \(why.text)")
        }
        guard
            let model = cnative_openvino_load(
                bytes, bytes.count, isTFLite ? 1 : 0, shape.map { Int64($0) },
                load.precision == "f32" ? 0 : 1, &why.bytes, why.bytes.count)
        else { throw ThinkerProblem(message: why.text) }
        let engine = OpenVINOEngine(model: model, recipe: load.recipe)
        let (width, height) = load.recipe.layout == .nhwc ? (shape[2], shape[1]) : (shape[3], shape[2])
        let grey = ThinkerRaster(
            width: width, height: height, channels: 1, pixels: [UInt8](repeating: 128, count: width * height))
        // A model that cannot be read with a grey picture cannot be read with any: the operator hears of it now.
        if case .unknown(let why) = engine.run(.raster(grey)) { throw ThinkerProblem(message: why) }
        return (engine, String(cString: cnative_openvino_precision(model)))
    }

    private init(model: OpaquePointer, recipe: ModelRecipe) {
        self.model = model
        self.recipe = recipe
    }

    deinit { cnative_openvino_free(model) }

    func run(_ input: ThinkerInput) -> ThinkerAnswer {
        guard case .raster(let raster) = input else { return .unknown("it takes pictures, not texts") }
        do throws(ModelInputProblem) {
            return try answer(to: try TensorMaker.tensor(of: raster, by: recipe))
        } catch {
            return .unknown(error.message)
        }
    }

    private func answer(to tensor: ModelTensor) throws(ModelInputProblem) -> ThinkerAnswer {
        let outputs = try outputs(for: tensor)
        switch recipe.reading {
        case .scores: return .scores(try recipe.scores(in: outputs))
        case .vector: return .vector(try recipe.vector(in: outputs))
        case .blazeface:
            return .regions(
                try BlazeFace.faces(in: outputs, of: tensor).map {
                    ThinkerRegion(x: $0.x, y: $0.y, width: $0.width, height: $0.height, score: $0.score)
                })
        case .words: throw ModelInputProblem(message: "a neural network gives no words")
        }
    }

    private func outputs(for tensor: ModelTensor) throws(ModelInputProblem) -> [[Float]] {
        var room = 0
        guard let input = cnative_openvino_input(model, &room), room == tensor.values.count else {
            throw ModelInputProblem(message: "it takes \(room) numbers, not \(tensor.values.count)")
        }
        // The library's own buffer of so many floats, as was just asked.
        tensor.values.withUnsafeBufferPointer { values in
            if let start = values.baseAddress { input.update(from: start, count: room) }
        }
        var why = Words()
        guard cnative_openvino_run(model, &why.bytes, why.bytes.count) == 0 else { throw ModelInputProblem(message: why.text) }
        return (0..<cnative_openvino_outputs(model)).map { index in
            var count = 0
            guard let values = cnative_openvino_output(model, index, &count) else { return [] }
            return Array(UnsafeBufferPointer(start: values, count: count))
        }
    }
}

/// Room for a reason from C.
private struct Words {
    var bytes = [CChar](repeating: 0, count: 320)

    var text: String { String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
