// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A recipe as one line of words without spaces, which a process can be told:
/// `engine=openvino;steps=resize:256x256,jpeg:75,crop:224x224;order=bgr;layout=nhwc;mean=104.0,117.0,123.0;scale=1.0,1.0,1.0;reading=scores;outputs=,nudity`.
extension ModelRecipe {
    package var text: String {
        [
            "engine=\(engine.rawValue)", "steps=\(steps.map(\.text).joined(separator: ","))", "order=\(order.rawValue)",
            "layout=\(layout.rawValue)", "mean=\(Self.list(mean))", "scale=\(Self.list(scale))",
            "reading=\(reading.rawValue)", "outputs=\(outputs.joined(separator: ","))",
        ].joined(separator: ";")
    }

    /// Nil when it makes no sense: a word that is missing, unknown or there twice, a number out of range.
    package init?(text: some StringProtocol) {
        var words: [Substring: Substring] = [:]
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { Substring($0) }
            guard pair.count == 2, words.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
        }
        guard words.count == 8, let engine = words["engine"].flatMap({ Engine(rawValue: String($0)) }),
            let steps = words["steps"].flatMap(Self.steps), let order = words["order"].flatMap({ Order(rawValue: String($0)) }),
            let layout = words["layout"].flatMap({ Layout(rawValue: String($0)) }),
            let mean = words["mean"].flatMap(Self.numbers), let scale = words["scale"].flatMap(Self.numbers),
            let reading = words["reading"].flatMap({ Reading(rawValue: String($0)) }), let outputs = words["outputs"]
        else { return nil }
        self.init(
            engine: engine, steps: steps, order: order, layout: layout, mean: mean, scale: scale, reading: reading,
            outputs: outputs.isEmpty ? [] : outputs.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    private static func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }

    /// One for each channel.
    private static func numbers(_ text: Substring) -> [Double]? {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
        return [1, 3].contains(numbers.count) && numbers.allSatisfy(\.isFinite) ? numbers : nil
    }

    private static func steps(_ text: Substring) -> [Step]? {
        guard !text.isEmpty else { return [] }
        var steps: [Step] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let step = Step(text: part), steps.count < 8 else { return nil }
            steps.append(step)
        }
        return steps
    }
}

extension ModelRecipe.Step {
    /// `resize:256x256`, `crop:224x224`, `pad:192x192:0`, `jpeg:75`.
    package var text: String {
        switch self {
        case .resize(let width, let height): "resize:\(width)x\(height)"
        case .crop(let width, let height): "crop:\(width)x\(height)"
        case .pad(let width, let height, let grey): "pad:\(width)x\(height):\(grey)"
        case .jpeg(let quality): "jpeg:\(quality)"
        }
    }

    /// Sides from 1 to 4,096, greys from 0 to 255, qualities from 1 to 100.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.dropFirst().flatMap { $0.split(separator: "x", omittingEmptySubsequences: false) }
            .map { Int($0) ?? -1 }
        let areSides = numbers.prefix(2).allSatisfy { (1...4_096).contains($0) }
        switch (parts[0], parts.count, numbers.count) {
        case ("resize", 2, 2) where areSides: self = .resize(width: numbers[0], height: numbers[1])
        case ("crop", 2, 2) where areSides: self = .crop(width: numbers[0], height: numbers[1])
        case ("pad", 3, 3) where areSides && (0...255).contains(numbers[2]):
            self = .pad(width: numbers[0], height: numbers[1], grey: numbers[2])
        case ("jpeg", 2, 1) where (1...100).contains(numbers[0]): self = .jpeg(quality: numbers[0])
        default: return nil
        }
    }
}
