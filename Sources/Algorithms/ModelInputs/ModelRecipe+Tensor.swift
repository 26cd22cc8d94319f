// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a model is given.
package struct ModelTensor: Hashable, Sendable {
    /// `1 x height x width x channels`, or with the channels before the height.
    package var shape: [Int]
    package var values: [Float]
    /// Where in the picture the model looks.
    let view: Placement
}

/// Why a picture cannot be made into what a model reads, or what came out of it cannot be read; words for the operator.
package struct ModelInputProblem: Error, Hashable, Sendable {
    package var message: String

    package init(message: String) { self.message = message }
}

extension ModelRecipe {
    /// Once through JPEG of the given quality; nil when that fails.
    package typealias JPEGRoundTrip = (ModelPicture, _ quality: Int) -> ModelPicture?

    /// The shape of the tensor, whatever the picture; nil when the steps leave the size to the picture.
    package var shape: [Int]? {
        var size: (width: Int, height: Int)?
        for step in steps {
            switch step {
            case .resize(let width, let height), .crop(let width, let height), .pad(let width, let height, _):
                size = (width, height)
            case .jpeg: break
            }
        }
        return size.map { shape(width: $0.width, height: $0.height) }
    }

    /// Every step, then the numbers.
    package func tensor(of picture: ModelPicture, jpeg: JPEGRoundTrip) throws(ModelInputProblem) -> ModelTensor {
        guard mean.count == scale.count, mean.count == 1 || mean.count == 3 else {
            throw ModelInputProblem(message: "mean and scale have one number or three, and as many each")
        }
        var picture = picture.with(channels: mean.count)
        var view = Placement()
        for step in steps { picture = try step.applied(to: picture, view: &view, jpeg: jpeg) }
        return ModelTensor(
            shape: shape(width: picture.width, height: picture.height), values: numbers(of: picture), view: view)
    }

    private func shape(width: Int, height: Int) -> [Int] {
        layout == .nhwc ? [1, height, width, mean.count] : [1, mean.count, height, width]
    }

    /// Subtracts and multiplies by table: a channel has 256 values.
    private func numbers(of picture: ModelPicture) -> [Float] {
        let channels = picture.channels
        let tables = (0..<channels).map { channel in
            (0..<256).map { (Float($0) - Float(mean[channel])) * Float(scale[channel]) }
        }
        let (count, source) = (picture.width * picture.height, picture.pixels)
        return [Float](unsafeUninitializedCapacity: count * channels) { target, filled in
            for (place, table) in tables.enumerated() {
                // Tables are in the model's order, pixels in red, green, blue.
                let channel = order == .bgr ? channels - 1 - place : place
                let (start, stride) = layout == .nhwc ? (place, channels) : (place * count, 1)
                for pixel in 0..<count {
                    target[start &+ stride &* pixel] = table[Int(source[channel &+ channels &* pixel])]
                }
            }
            filled = count * channels
        }
    }
}

extension ModelRecipe.Step {
    fileprivate func applied(
        to picture: ModelPicture, view: inout Placement, jpeg: ModelRecipe.JPEGRoundTrip
    ) throws(ModelInputProblem) -> ModelPicture {
        switch self {
        case .resize(let width, let height):
            try Self.check(width, height)
            return picture.resized(width: width, height: height)
        case .crop(let width, let height):
            try Self.check(width, height)
            let (x, y) = ((picture.width - width) / 2, (picture.height - height) / 2)
            guard let part = picture.part(x: x, y: y, width: width, height: height) else {
                throw ModelInputProblem(
                    message: "the picture is \(picture.width) x \(picture.height), too small to cut \(width) x \(height) out")
            }
            view.narrow(
                x: Double(x) / Double(picture.width), y: Double(y) / Double(picture.height),
                width: Double(width) / Double(picture.width), height: Double(height) / Double(picture.height))
            return part
        case .pad(let width, let height, let grey):
            try Self.check(width, height)
            let factor = min(Double(width) / Double(picture.width), Double(height) / Double(picture.height))
            let inner = picture.resized(
                width: max(1, min(width, Int((Double(picture.width) * factor).rounded()))),
                height: max(1, min(height, Int((Double(picture.height) * factor).rounded()))))
            let (x, y) = ((width - inner.width) / 2, (height - inner.height) / 2)
            view.narrow(
                x: -Double(x) / Double(inner.width), y: -Double(y) / Double(inner.height),
                width: Double(width) / Double(inner.width), height: Double(height) / Double(inner.height))
            return inner.placed(x: x, y: y, on: width, by: height, grey: UInt8(clamping: grey))
        case .jpeg(let quality):
            guard let back = jpeg(picture, max(1, min(100, quality))), back.width == picture.width,
                back.height == picture.height, back.channels == picture.channels
            else { throw ModelInputProblem(message: "the picture does not come back from JPEG") }
            return back
        }
    }

    private static func check(_ width: Int, _ height: Int) throws(ModelInputProblem) {
        guard ModelPicture.sides.contains(width), ModelPicture.sides.contains(height) else {
            throw ModelInputProblem(message: "sides are from 1 to 4,096 pixels long, not \(width) x \(height)")
        }
    }
}
