// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import ModelInputs

@Suite("Tensors by recipe")
struct TensorTests {
    @Test(
        "put each colour where order and layout say, without its mean, times its scale",
        arguments: [ModelRecipe.Order.rgb, .bgr], [ModelRecipe.Layout.nhwc, .nchw])
    func numbers(order: ModelRecipe.Order, layout: ModelRecipe.Layout) throws {
        var random = Numbers(5)
        let picture = try ModelPicture.random(4, 3, channels: 3, &random)
        let recipe = ModelRecipe(
            engine: .openvino, order: order, layout: layout, mean: [104, 117.5, 123], scale: [1, 0.5, 1 / 58.0])
        let tensor = try recipe.tensor(of: picture, jpeg: noJPEG)
        #expect(tensor.shape == (layout == .nhwc ? [1, 3, 4, 3] : [1, 3, 3, 4]))
        for y in 0..<3 {
            for x in 0..<4 {
                for place in 0..<3 {
                    let colour = order == .rgb ? place : 2 - place
                    let expected =
                        (Double(picture.value(x, y, colour)) - recipe.mean[place]) * recipe.scale[place]
                    let found = tensor.values[layout == .nhwc ? (y * 4 + x) * 3 + place : (place * 3 + y) * 4 + x]
                    #expect(abs(Double(found) - expected) < 1e-4)
                }
            }
        }
    }

    @Test("a recipe of one channel sees luminance, and colours are made of grey for one of three")
    func channels() throws {
        let grey = try #require(ModelPicture(width: 1, height: 2, channels: 1, pixels: [10, 20]))
        let colours = ModelRecipe(engine: .openvino, layout: .nchw)
        #expect(try colours.tensor(of: grey, jpeg: noJPEG).values == [10, 20, 10, 20, 10, 20])
        let one = ModelRecipe(engine: .openvino, mean: [10], scale: [2])
        #expect(try one.tensor(of: grey, jpeg: noJPEG).values == [0, 20])
    }

    @Test("the steps are taken in their order, and JPEG by whoever can")
    func steps() throws {
        var random = Numbers(6)
        let picture = try ModelPicture.random(50, 30, channels: 3, &random)
        let recipe = ModelRecipe(
            engine: .openvino, steps: [.resize(width: 20, height: 16), .crop(width: 10, height: 8), .jpeg(quality: 75)],
            layout: .nhwc)
        var asked: [Int] = []
        let tensor = try recipe.tensor(of: picture) { part, quality in
            asked.append(quality)
            return ModelPicture(width: part.width, height: part.height, channels: 3, pixels: part.pixels.map { $0 ^ 1 })
        }
        #expect(asked == [75] && tensor.shape == [1, 8, 10, 3] && recipe.shape == tensor.shape)
        let expected = try #require(picture.resized(width: 20, height: 16).part(x: 5, y: 4, width: 10, height: 8))
        #expect(tensor.values == expected.pixels.map { Float($0 ^ 1) })
    }

    @Test("what cannot be made is said in words")
    func problems() throws {
        var random = Numbers(7)
        let picture = try ModelPicture.random(20, 20, channels: 3, &random)
        func why(_ recipe: ModelRecipe) -> String {
            do throws(ModelInputProblem) {
                _ = try recipe.tensor(of: picture) { _, _ in nil }
                return ""
            } catch {
                return error.message
            }
        }
        #expect(why(ModelRecipe(engine: .openvino, steps: [.crop(width: 30, height: 10)])).contains("20 x 20, too small"))
        #expect(why(ModelRecipe(engine: .openvino, steps: [.jpeg(quality: 75)])).contains("JPEG"))
        #expect(why(ModelRecipe(engine: .openvino, mean: [0, 0, 0], scale: [1])).contains("as many"))
        #expect(why(ModelRecipe(engine: .openvino, steps: [.resize(width: 0, height: 5)])).contains("1 to 4,096"))
        #expect(why(ModelRecipe(engine: .openvino, steps: [.pad(width: 5_000, height: 5, grey: 0)])).contains("1 to 4,096"))
    }

    @Test("the shape is known before there is a picture where a step fixes it")
    func shape() {
        let pad = ModelRecipe(engine: .openvino, steps: [.pad(width: 192, height: 96, grey: 0)], layout: .nchw)
        #expect(pad.shape == [1, 3, 96, 192])
        #expect(ModelRecipe(engine: .openvino, steps: [.jpeg(quality: 3)]).shape == nil)
    }

    @Test(
        "letterboxed pictures lie in the middle on their grey, and places in the view are places in the picture",
        arguments: 1...20)
    func letterbox(seed: UInt64) throws {
        var random = Numbers(seed)
        let (width, height) = (Int.random(in: 1...60, using: &random), Int.random(in: 1...60, using: &random))
        let white = [UInt8](repeating: 255, count: width * height)
        let picture = try #require(ModelPicture(width: width, height: height, channels: 1, pixels: white))
        let recipe = ModelRecipe(
            engine: .openvino, steps: [.pad(width: 48, height: 32, grey: 9)], layout: .nhwc, mean: [0], scale: [1])
        let tensor = try recipe.tensor(of: picture, jpeg: noJPEG)
        #expect(Set(tensor.values).isSubset(of: [9, 255]) && tensor.values.contains(255))
        for y in 0..<32 {
            for x in 0..<48 {
                // The middle of each place of the view, in the picture.
                let (u, v) = ((Double(x) + 0.5) / 48, (Double(y) + 0.5) / 32)
                let inside =
                    (0..<1).contains(tensor.view.x + u * tensor.view.width)
                    && (0..<1).contains(tensor.view.y + v * tensor.view.height)
                #expect((tensor.values[y * 48 + x] == 255) == inside, "seed \(seed): \(width) x \(height) at \(x), \(y)")
            }
        }
    }
}

/// For recipes without that step.
func noJPEG(_ picture: ModelPicture, _ quality: Int) -> ModelPicture? { nil }
