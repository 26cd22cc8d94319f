// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs

/// One model, loaded and warm before the box closes. It sees rasters that a decoder made and texts, never a file.
protocol ThinkerEngine: AnyObject {
    /// What it says of one input; `unknown` with words of our own where it cannot.
    func run(_ input: ThinkerInput) -> ThinkerAnswer
}

enum ThinkerInput {
    case raster(ThinkerRaster)
    case text(String)
}

struct ThinkerRaster {
    var width: Int
    var height: Int
    /// 1 or 3.
    var channels: Int
    /// Rows without gaps.
    var pixels: [UInt8]
}

enum ThinkerAnswer {
    case scores([Double])
    case regions([ThinkerRegion])
    case vector([Float])
    case text(String)
    case label(String, isSure: Bool)
    /// What the model would be given, for a model on a server: its shape and numbers.
    case tensor([Int], [Float])
    case unknown(String)
}

/// In a picture whose sides are 1.
struct ThinkerRegion {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
    var score: Double
}

/// Why a model cannot be loaded, in words for the operator.
struct ThinkerProblem: Error {
    var message: String
}
