// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a text is about, out of its vector: a multinomial logistic regression over the numbers of a sentence model.
///
/// It is kept as text, a word and its values a line, so that a change of it can be read as a change.
package struct IntentHead: Sendable, Hashable {
    /// The version and the SHA-256 of the weights of the sentence model that it was trained on: it is worth nothing on another.
    package var sentenceVersion: String
    package var weightsSHA256: String
    /// Of the training data, all files after each other by name.
    package var dataSHA256: String
    /// Classes in the order of the rows; the first is `ordinary`.
    package var outputs: [String]
    package var biases: [Double]
    /// One row for each class, all of one length.
    package var rows: [[Double]]

    package static let mostOutputs = 32
    package static let mostDimensions = 4_096

    package init(
        sentenceVersion: String, weightsSHA256: String, dataSHA256: String, outputs: [String], biases: [Double], rows: [[Double]]
    ) {
        self.sentenceVersion = sentenceVersion
        self.weightsSHA256 = weightsSHA256
        self.dataSHA256 = dataSHA256
        self.outputs = outputs
        self.biases = biases
        self.rows = rows
    }

    package var dimensions: Int { rows.first?.count ?? 0 }

    /// The probability of each class; nil when the vector is not of this head's model.
    package func probabilities(of vector: [Float]) -> [Double]? {
        guard vector.count == dimensions, vector.allSatisfy(\.isFinite) else { return nil }
        let scores = zip(rows, biases).map { row, bias in zip(row, vector).reduce(bias) { $0 + $1.0 * Double($1.1) } }
        return Softmax.of(scores)
    }
}

enum Softmax {
    static func of(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let powers = scores.map { Exponential.of($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}

/// Why a head cannot be used, in words for the operator.
package struct IntentHeadProblem: Error, Hashable, Sendable {
    package var message: String
}

extension IntentHead {
    private static let title = "haechi intent head 1"

    /// The whole file.
    package var text: String {
        var lines = [
            Self.title, "sentence \(sentenceVersion)", "weights \(weightsSHA256)", "data \(dataSHA256)",
            "dimensions \(dimensions)",
        ]
        for (index, output) in outputs.enumerated() {
            lines.append("class \(output) \(biases[index])")
            lines += stride(from: 0, to: dimensions, by: 16).map { start in
                rows[index][start..<min(start + 16, dimensions)].map { "\($0)" }.joined(separator: " ")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package init(text: String) throws(IntentHeadProblem) {
        guard text.utf8.count <= 8 << 20 else { throw IntentHeadProblem(message: "the head is too large") }
        var lines = text.split(separator: "\n")[...]
        guard let first = lines.popFirst(), first == Self.title else {
            throw IntentHeadProblem(message: "this is no intent head of a version known here")
        }
        func value(_ name: String) throws(IntentHeadProblem) -> String {
            guard let line = lines.popFirst(), line.hasPrefix(name + " ") else {
                throw IntentHeadProblem(message: "the head has no '\(name)' where it belongs")
            }
            return String(line.dropFirst(name.count + 1))
        }
        let sentence = try value("sentence")
        let weights = try value("weights")
        let data = try value("data")
        guard let dimensions = Int(try value("dimensions")), (1...Self.mostDimensions).contains(dimensions) else {
            throw IntentHeadProblem(message: "the head's number of dimensions makes no sense")
        }
        var (outputs, biases, rows): ([String], [Double], [[Double]]) = ([], [], [])
        while !lines.isEmpty {
            let words = try value("class").split(separator: " ")
            guard words.count == 2, let bias = Double(words[1]), bias.isFinite, outputs.count < Self.mostOutputs,
                !outputs.contains(String(words[0]))
            else { throw IntentHeadProblem(message: "a class of the head makes no sense") }
            var row: [Double] = []
            while row.count < dimensions, let line = lines.popFirst() {
                let numbers = line.split(separator: " ").map { Double($0) ?? .nan }
                guard !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else {
                    throw IntentHeadProblem(message: "the class '\(words[0])' has something that is no number")
                }
                row += numbers
            }
            guard row.count == dimensions else {
                throw IntentHeadProblem(message: "the class '\(words[0])' has \(row.count) numbers instead of \(dimensions)")
            }
            outputs.append(String(words[0]))
            biases.append(bias)
            rows.append(row)
        }
        guard outputs.count > 1 else { throw IntentHeadProblem(message: "the head has fewer than two classes") }
        self.init(
            sentenceVersion: sentence, weightsSHA256: weights, dataSHA256: data, outputs: outputs, biases: biases, rows: rows)
    }
}
