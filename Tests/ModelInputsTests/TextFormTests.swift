// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Testing

@Suite("Recipes and models as text")
struct TextFormTests {
    private func recipe(_ random: inout Numbers) -> ModelRecipe {
        func side() -> Int { Int.random(in: 1...4_096, using: &random) }
        let steps: [ModelRecipe.Step] = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            switch Int.random(in: 0...3, using: &random) {
            case 0: .resize(width: side(), height: side())
            case 1: .crop(width: side(), height: side())
            case 2: .pad(width: side(), height: side(), grey: Int.random(in: 0...255, using: &random))
            default: .jpeg(quality: Int.random(in: 1...100, using: &random))
            }
        }
        let channels = Bool.random(using: &random) ? 3 : 1
        return ModelRecipe(
            engine: ModelRecipe.Engine.allCases.randomElement(using: &random) ?? .openvino, steps: steps,
            order: Bool.random(using: &random) ? .rgb : .bgr, layout: Bool.random(using: &random) ? .nhwc : .nchw,
            mean: (0..<channels).map { _ in Double.random(in: -300...300, using: &random) },
            scale: (0..<channels).map { _ in Double.random(in: -3...3, using: &random) },
            reading: ModelRecipe.Reading.allCases.randomElement(using: &random) ?? .scores,
            outputs: (0..<Int.random(in: 0...5, using: &random)).map { "out-\($0)" })
    }

    @Test("come back as they were", arguments: 1...200)
    func roundTrip(seed: UInt64) throws {
        var random = Numbers(seed)
        let recipe = recipe(&random)
        #expect(ModelRecipe(text: recipe.text) == recipe, "seed \(seed): \(recipe.text)")
        let load = ModelLoad(
            name: "a-model-\(seed)", version: "1.2", precision: "f32", sha256: String(repeating: "a", count: 64), recipe: recipe,
            file: "/folder with spaces/and|bars/model.onnx")
        #expect(ModelLoad(text: load.text) == load, "seed \(seed): \(load.text)")
    }

    @Test("a name that is not shown stays where it is")
    func emptyNames() {
        let recipe = ModelRecipe(engine: .openvino, outputs: ["", "nudity"])
        #expect(ModelRecipe(text: recipe.text)?.outputs == ["", "nudity"])
    }

    @Test("text that is damaged anywhere is refused or makes a recipe that can be written again", arguments: 1...300)
    func hostile(seed: UInt64) throws {
        var random = Numbers(seed)
        let recipe = recipe(&random)
        var bytes = Array("name|1|auto|aa|\(recipe.text)|/file".utf8)
        let evil = Array(";=,:x|-+.0129eEnaif\u{0}\u{ff}".utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(evil.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if let load = ModelLoad(text: text) {
            #expect(ModelLoad(text: load.text) == load, "seed \(seed): \(text)")
            #expect(load.recipe.mean.allSatisfy(\.isFinite) && load.recipe.scale.allSatisfy(\.isFinite))
        }
    }

    @Test(
        "words that make no sense are refused",
        arguments: [
            "", ";", "=", "engine=openvino", "resize:1x1", "engine=openvino;engine=openvino",
            "engine=x;steps=;order=rgb;layout=nhwc;mean=0;scale=1;reading=scores;outputs=",
            "engine=openvino;steps=resize:0x1;order=rgb;layout=nhwc;mean=0;scale=1;reading=scores;outputs=",
            "engine=openvino;steps=jpeg:101;order=rgb;layout=nhwc;mean=0;scale=1;reading=scores;outputs=",
            "engine=openvino;steps=;order=rgb;layout=nhwc;mean=nan;scale=1;reading=scores;outputs=",
            "engine=openvino;steps=;order=rgb;layout=nhwc;mean=0,0;scale=1;reading=scores;outputs=",
            "engine=openvino;steps=resize:99999999999999999999x1;order=rgb;layout=nhwc;mean=0;scale=1;reading=scores;outputs=",
        ])
    func refused(text: String) {
        #expect(ModelRecipe(text: text) == nil)
        #expect(ModelLoad(text: "name|1|auto|aa|\(text)|/file") == nil)
    }

    @Test("names are short and plain", arguments: ["", "A", "a b", "a|b", "é", String(repeating: "a", count: 33)])
    func names(name: String) {
        #expect(!ModelLoad.isName(name))
    }
}
