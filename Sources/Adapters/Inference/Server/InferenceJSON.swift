// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// What the protocol's JSON says, as far as we read it. Servers leave out, or set to null, what they do not know.
enum InferenceJSON {
    /// Of `/v2`.
    struct Server: Decodable {
        var name: String?
        var version: String?
        var extensions: [String]?
    }

    /// Of `/v2/models/NAME`.
    struct Model: Decodable {
        struct Tensor: Decodable {
            var name: String
            var datatype: String
            /// −1 for any number.
            var shape: [Int]
        }

        var name: String?
        var versions: [String]?
        var inputs: [Tensor]?
        var outputs: [Tensor]?
    }

    /// Of `/v2/models/NAME/infer`.
    struct Reply: Decodable {
        struct Tensor: Decodable {
            struct Parameters: Decodable {
                var binarySize: Int?

                enum CodingKeys: String, CodingKey { case binarySize = "binary_data_size" }
            }

            var name: String
            var datatype: String
            var shape: [Int]
            var parameters: Parameters?
            var data: Numbers?
        }

        var id: String?
        var outputs: [Tensor]
    }

    /// Numbers in row-major order, whether they came flat or nested; what is no number is NaN.
    struct Numbers: Decodable {
        var values: [Float] = []

        private static let deepest = 8

        init(from decoder: any Decoder) throws {
            try Self.collect(decoder.unkeyedContainer(), into: &values, depth: 0)
        }

        private static func collect(_ list: any UnkeyedDecodingContainer, into values: inout [Float], depth: Int) throws {
            guard depth < deepest else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "nested too deeply"))
            }
            var list = list
            while !list.isAtEnd {
                if let number = try? list.decode(Double.self) {
                    values.append(Float(number))
                } else if try list.decodeNil() {
                    values.append(.nan)
                } else {
                    try collect(list.nestedUnkeyedContainer(), into: &values, depth: depth + 1)
                }
            }
        }
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ bytes: some Sequence<UInt8>) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Text with quotes around it, as JSON wants it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func list(_ numbers: [Int]) -> String { "[\(numbers.map { String($0) }.joined(separator: ","))]" }
}
