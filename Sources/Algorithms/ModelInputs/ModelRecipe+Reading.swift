// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ModelRecipe {
    /// The numbers of `scores`: those of the first tensor that has as many as there are outputs.
    ///
    /// - Parameter tensors: what the model gave, in its order.
    /// - Throws: when none has, or a number is no probability.
    package func scores(in tensors: [[Float]]) throws(ModelInputProblem) -> [Double] {
        guard let tensor = tensors.first(where: { $0.count == outputs.count && !$0.isEmpty }) else {
            throw ModelInputProblem(
                message: "it gives \(Self.sizes(of: tensors)) numbers where the manifest names \(outputs.count)")
        }
        // Sums of many rounded numbers may leave the range by a little.
        guard tensor.allSatisfy({ $0 >= -1e-4 && $0 <= 1.0001 }) else {
            throw ModelInputProblem(
                message: "it gives numbers that are not from 0 to 1; a network must end with a sigmoid or softmax")
        }
        return tensor.map { Double(max(0, min(1, $0))) }
    }

    /// The first tensor; scaled to length 1 when the only output is called `unit`.
    ///
    /// - Throws: when a number is not finite, or a vector of length 0 is to be scaled.
    package func vector(in tensors: [[Float]]) throws(ModelInputProblem) -> [Float] {
        guard let vector = tensors.first, !vector.isEmpty, vector.allSatisfy(\.isFinite) else {
            throw ModelInputProblem(message: "it gives no vector of finite numbers")
        }
        guard outputs == ["unit"] else { return vector }
        let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard length > 0, length.isFinite else { throw ModelInputProblem(message: "it gives a vector without a direction") }
        return vector.map { Float(Double($0) / length) }
    }

    static func sizes(of tensors: [[Float]]) -> String {
        tensors.isEmpty ? "no" : tensors.map { "\($0.count)" }.joined(separator: " and ")
    }
}
