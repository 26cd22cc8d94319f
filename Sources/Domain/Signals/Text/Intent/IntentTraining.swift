// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One text of the training data, with its vector.
package struct IntentExample: Sendable, Hashable {
    /// The class that it stands for.
    package var output: String
    /// The idea that it is one wording of, the same in every language. Training and trial never share one.
    package var family: String
    /// `en`, `ko`: the file that it is from.
    package var language: String
    package var text: String
    package var vector: [Float]

    package init(output: String, family: String, language: String, text: String, vector: [Float] = []) {
        self.output = output
        self.family = family
        self.language = language
        self.text = text
        self.vector = vector
    }

    /// The examples of a file: class, family and text, separated by tabs; lines that begin with `#` are comments.
    ///
    /// - Parameter outputs: the classes that there are.
    package static func read(
        _ file: String, language: String, outputs: [String]
    ) throws(IntentTextProblem) -> [IntentExample] {
        var examples: [IntentExample] = []
        // A line end of Windows is one character to Swift.
        let lines = file.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (number, line) in lines.enumerated() where !line.isEmpty {
            if line.hasPrefix("#") { continue }
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else {
                throw IntentTextProblem(line: number + 1, message: "expected class, family and text, separated by tabs")
            }
            guard outputs.contains(String(parts[0])) else {
                throw IntentTextProblem(
                    line: number + 1,
                    message: "there is no class '\(parts[0])'; expected one of \(outputs.joined(separator: ", "))")
            }
            examples.append(
                IntentExample(output: String(parts[0]), family: String(parts[1]), language: language, text: String(parts[2])))
        }
        return examples
    }
}

/// Why a line of the training data cannot be used, in words for whoever wrote it.
package struct IntentTextProblem: Error, Hashable, Sendable {
    /// From 1.
    package var line: Int
    package var message: String
}

/// Learns a head from examples, and tells how it does on families that it has not seen.
package struct IntentTraining: Sendable {
    /// The first is what is left when none of the others fits.
    package var outputs: [String]
    /// How strongly large weights are held back.
    package var restraint = 0.001
    package var rounds = 150
    package var folds = 10

    package init(outputs: [String]) { self.outputs = outputs }

    /// The rows and biases that fit the examples best, by Nesterov's gradient descent from zero: the same for the same examples.
    package func learn(_ examples: [IntentExample]) -> (rows: [[Double]], biases: [Double]) {
        guard let first = examples.first else { return ([], []) }
        let dimensions = first.vector.count
        let scale = 8.0
        var mean = [Double](repeating: 0, count: dimensions)
        for example in examples {
            for place in 0..<dimensions { mean[place] += Double(example.vector[place]) / Double(examples.count) }
        }
        // The vectors of one sentence model lie in a narrow cone: what they have in common is taken off, what is left is stretched.
        let inputs = examples.flatMap { example in (0..<dimensions).map { (Double(example.vector[$0]) - mean[$0]) * scale } }
        let classes = examples.map { outputs.firstIndex(of: $0.output) ?? 0 }
        var descent = LogisticDescent(
            inputs: inputs, classes: classes, dimensions: dimensions, outputs: outputs.count, restraint: restraint)
        descent.run(rounds)
        let rows = (0..<outputs.count).map { row in
            descent.weights[(row * dimensions)..<((row + 1) * dimensions)].map { $0 * scale }
        }
        let biases = zip(rows, descent.biases).map { row, bias in zip(row, mean).reduce(bias) { $0 - $1.0 * $1.1 } }
        return (rows, biases)
    }

    /// The probabilities of each example by a head that has seen no text of its family in any language.
    package func heldOut(_ examples: [IntentExample]) -> [[Double]] {
        let fold = foldOfFamily(examples)
        var result = [[Double]](repeating: [], count: examples.count)
        for number in 0..<folds {
            let (rows, biases) = learn(examples.filter { fold[$0.output + "/" + $0.family] != number })
            for (index, example) in examples.enumerated() where fold[example.output + "/" + example.family] == number {
                let scores = zip(rows, biases).map { row, bias in
                    zip(row, example.vector).reduce(bias) { $0 + $1.0 * Double($1.1) }
                }
                result[index] = Softmax.of(scores)
            }
        }
        return result
    }

    /// The families of each class in turn over the folds, by name.
    private func foldOfFamily(_ examples: [IntentExample]) -> [String: Int] {
        var fold: [String: Int] = [:]
        for output in outputs {
            let families = Set(examples.filter { $0.output == output }.map(\.family)).sorted()
            for (place, family) in families.enumerated() { fold[output + "/" + family] = place % folds }
        }
        return fold
    }
}

/// Gradient descent on the mean log loss of a multinomial logistic regression.
struct LogisticDescent {
    private let inputs: [Double]
    private let classes: [Int]
    private let dimensions: Int
    private let outputs: Int
    private let restraint: Double
    private(set) var weights: [Double]
    private(set) var biases: [Double]

    init(inputs: [Double], classes: [Int], dimensions: Int, outputs: Int, restraint: Double) {
        self.inputs = inputs
        self.classes = classes
        self.dimensions = dimensions
        self.outputs = outputs
        self.restraint = restraint
        weights = [Double](repeating: 0, count: dimensions * outputs)
        biases = [Double](repeating: 0, count: outputs)
    }

    mutating func run(_ rounds: Int) {
        let step = 1 / (0.5 * largestCurvature() + restraint)
        var (ahead, aheadBiases, momentum) = (weights, biases, 1.0)
        for _ in 0..<rounds {
            let (slope, slopeBiases) = gradient(at: ahead, aheadBiases)
            let next = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
            let pull = (momentum - 1) / next
            momentum = next
            for place in weights.indices {
                let moved = ahead[place] - step * slope[place]
                ahead[place] = moved + pull * (moved - weights[place])
                weights[place] = moved
            }
            for place in biases.indices {
                let moved = aheadBiases[place] - 2 * slopeBiases[place]
                aheadBiases[place] = moved + pull * (moved - biases[place])
                biases[place] = moved
            }
        }
    }

    private func gradient(at weights: [Double], _ biases: [Double]) -> ([Double], [Double]) {
        var slope = weights.map { $0 * restraint }
        var slopeBiases = [Double](repeating: 0, count: outputs)
        let share = 1 / Double(classes.count)
        for (row, label) in classes.enumerated() {
            let start = row * dimensions
            var scores = biases
            for output in 0..<outputs {
                let first = output * dimensions
                var sum = 0.0
                for place in 0..<dimensions { sum += weights[first + place] * inputs[start + place] }
                scores[output] += sum
            }
            let probabilities = Softmax.of(scores)
            for output in 0..<outputs {
                let error = (probabilities[output] - (output == label ? 1 : 0)) * share
                let first = output * dimensions
                slopeBiases[output] += error
                for place in 0..<dimensions { slope[first + place] += error * inputs[start + place] }
            }
        }
        return (slope, slopeBiases)
    }

    /// The largest eigenvalue of the inputs' covariance, by power iteration, with a little on top.
    private func largestCurvature() -> Double {
        var vector = [Double](repeating: 1, count: dimensions)
        var length = 1.0
        for _ in 0..<30 {
            var next = [Double](repeating: 0, count: dimensions)
            for row in classes.indices {
                let start = row * dimensions
                var sum = 0.0
                for place in 0..<dimensions { sum += inputs[start + place] * vector[place] }
                for place in 0..<dimensions { next[place] += sum * inputs[start + place] }
            }
            length = next.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(classes.count)
            guard length > 0 else { return 1 }
            vector = next.map { $0 / (length * Double(classes.count)) }
        }
        return length * 1.05
    }
}
