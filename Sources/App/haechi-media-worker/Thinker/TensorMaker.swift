// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CTurboJPEG
import ModelInputs

/// Makes of a raster what a model is given, by the model's recipe: for a model here, and for one on a server.
enum TensorMaker {
    static func tensor(of raster: ThinkerRaster, by recipe: ModelRecipe) throws(ModelInputProblem) -> ModelTensor {
        guard
            let picture = ModelPicture(
                width: raster.width, height: raster.height, channels: raster.channels, pixels: raster.pixels)
        else { throw ModelInputProblem(message: "the raster's bytes do not fit its size") }
        return try recipe.tensor(of: picture, jpeg: roundTrip)
    }

    /// The answer to `prepare`.
    static func prepare(_ raster: ThinkerRaster, by recipe: ModelRecipe) -> ThinkerAnswer {
        do throws(ModelInputProblem) {
            let tensor = try tensor(of: raster, by: recipe)
            return .tensor(tensor.shape, tensor.values)
        } catch {
            return .unknown(error.message)
        }
    }

    private static func roundTrip(_ picture: ModelPicture, quality: Int) -> ModelPicture? {
        var pixels = picture.pixels
        guard
            cturbojpeg_round_trip(
                &pixels, Int32(picture.width), Int32(picture.height), Int32(picture.channels), Int32(quality)) == 0
        else { return nil }
        return ModelPicture(width: picture.width, height: picture.height, channels: picture.channels, pixels: pixels)
    }
}
