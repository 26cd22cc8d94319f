// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Signals

/// One input in the form in which it travels.
enum InferenceInput: Sendable {
    /// For one picture: the first number of the shape is 1.
    case tensor(shape: [Int], values: [Float])
    case text(String)
}

/// One model of a server, after its own description was compared with the manifest.
struct RemoteModel: Sendable {
    /// `/v2/models/open_nsfw/versions/3`.
    let path: String
    /// As the server names its only input.
    let input: String
    /// Names of its outputs in its order; empty where the server does not say.
    let outputs: [String]
    /// Inputs that it takes in one question.
    let most: Int
    /// Sides of the input, that of the batch among them.
    let rank: Int
    let takesBinary: Bool
    /// The server's words for itself: `mlserver 1.7.1`.
    let server: String

    /// - Parameters:
    ///   - description: what the server says of the model.
    ///   - batch: as many as we would send at once.
    /// - Throws: what does not fit, in words.
    init(
        path: String, _ description: InferenceJSON.Model, of server: InferenceJSON.Server, for manifest: ModelManifest,
        batch: Int
    ) throws(ModelError) {
        self.path = path
        self.server = [server.name, server.version].compactMap { $0 }.map { Self.clean($0) }.joined(separator: " ")
        let isText = manifest.input == .text
        takesBinary = !isText && (server.extensions ?? []).contains("binary_tensor_data")
        outputs = (description.outputs ?? []).map(\.name)
        let inputs = description.inputs ?? []
        guard inputs.count <= 1 else {
            throw .unavailable("the model on the server has \(inputs.count) inputs; one is expected")
        }
        guard let only = inputs.first else {
            // Some servers do not know what their models want; then one at a time, under the usual name.
            (input, most, rank) = ("input", 1, 1)
            return
        }
        let datatype = isText ? "BYTES" : "FP32"
        guard only.datatype == datatype else {
            throw .unavailable("the model's input on the server is \(Self.clean(only.datatype)); \(datatype) is expected")
        }
        guard only.shape.count <= 8 else {
            throw .unavailable("the model's input on the server has \(only.shape.count) dimensions")
        }
        // A text is one element: `[-1]`, or `[-1, 1]` where each input is a list of its own.
        let wanted = isText ? Array(repeating: 1, count: only.shape.count == 2 ? 2 : 1) : manifest.recipe.shape
        if let wanted {
            let fits = only.shape.count == wanted.count && zip(only.shape, wanted).dropFirst().allSatisfy { $0 == -1 || $0 == $1 }
            guard fits else {
                throw .unavailable(
                    "the model's input on the server has the shape \(only.shape); the manifest's recipe makes \(wanted)")
            }
        }
        input = only.name
        rank = only.shape.count
        let first = only.shape.first ?? 1
        most = first == -1 ? batch : max(1, min(batch, first))
        // A fixed number greater than 1 means that it takes exactly so many.
        guard first == -1 || first == 1 else {
            throw .unavailable("the model on the server takes \(first) inputs at a time; 1 or any number is expected")
        }
    }

    /// Words of a server in ours: short and printable.
    static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(64).filter { $0.value >= 0x20 && $0.value < 0x7F }))
    }

    // MARK: - Questions

    /// The body, and the length of its JSON when binary tensors follow.
    func question(_ inputs: [InferenceInput], id: String) -> (body: [UInt8], jsonLength: Int?) {
        var texts: [String] = []
        var numbers: [Float] = []
        var shape: [Int] = []
        for input in inputs {
            switch input {
            case .text(let text): texts.append(InferenceJSON.quoted(text))
            case .tensor(let one, let values):
                shape = one
                numbers += values
            }
        }
        shape = [inputs.count] + (texts.isEmpty ? Array(shape.dropFirst()) : Array(repeating: 1, count: rank - 1))
        let head =
            "{\"id\":\"\(id)\",\"inputs\":[{\"name\":\(InferenceJSON.quoted(input)),\"shape\":\(InferenceJSON.list(shape)),"
        if takesBinary {
            let json = Array(
                (head + "\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":\(numbers.count * 4)}}],"
                    + "\"parameters\":{\"binary_data_output\":true}}").utf8)
            var body = json
            body.reserveCapacity(json.count + numbers.count * 4)
            // Little-endian is what the protocol wants and what every processor is that this runs on.
            numbers.withUnsafeBytes { body.append(contentsOf: $0) }
            return (body, json.count)
        }
        var body = Array(head.utf8)
        if texts.isEmpty {
            body += "\"datatype\":\"FP32\",\"data\":[".utf8
            for (index, number) in numbers.enumerated() {
                if index > 0 { body.append(UInt8(ascii: ",")) }
                // Most recipes subtract whole numbers: those are written fast.
                if number == number.rounded(), abs(number) < 100_000 {
                    body += String(Int(number)).utf8
                } else {
                    body += "\(number)".utf8
                }
            }
        } else {
            body += "\"datatype\":\"BYTES\",\"data\":[\(texts.joined(separator: ","))".utf8
        }
        body += "]}]}".utf8
        return (body, nil)
    }

    // MARK: - Answers

    /// What the answer says of each of `count` inputs: the tensors of its outputs, in the model's order.
    func tensors(in answer: InferenceAnswer, count: Int, id: String) throws(ModelError) -> [[[Float]]] {
        let length = answer.jsonLength ?? answer.body.count
        guard length >= 0, length <= answer.body.count else { throw .refused("the answer's header has a wrong length") }
        guard let reply = InferenceJSON.read(InferenceJSON.Reply.self, answer.body.prefix(length)) else {
            throw .refused("the answer is no reply of the Open Inference Protocol")
        }
        if let theirs = reply.id, !theirs.isEmpty, theirs != id { throw .refused("the answer is to another question") }
        guard (1...16).contains(reply.outputs.count) else { throw .refused("the answer has \(reply.outputs.count) outputs") }
        var rest = answer.body.dropFirst(length)
        var named: [(name: String, values: [Float])] = []
        for output in reply.outputs {
            named.append((output.name, try Self.values(of: output, taking: &rest, count: count)))
        }
        guard rest.isEmpty else { throw .refused("the answer has \(rest.count) bytes too many") }
        for missing in outputs where !named.contains(where: { $0.name == missing }) {
            throw .refused("the answer has no output '\(Self.clean(missing))'")
        }
        // In the order of the model's description, which is that of the model's file.
        let ordered = outputs.isEmpty ? named : outputs.compactMap { name in named.first { $0.name == name } }
        return (0..<count).map { index in
            ordered.map { tensor in
                let size = tensor.values.count / count
                return Array(tensor.values[index * size..<(index + 1) * size])
            }
        }
    }

    private static func values(
        of output: InferenceJSON.Reply.Tensor, taking rest: inout ArraySlice<UInt8>, count: Int
    ) throws(ModelError) -> [Float] {
        let name = clean(output.name)
        guard output.shape.count <= 8, output.shape.allSatisfy({ (1...InferenceHTTP.largestAnswer).contains($0) }),
            output.shape.first == count || output.shape.isEmpty && count == 1
        else { throw .refused("output '\(name)' has the shape \(output.shape.prefix(8)) for \(count) inputs") }
        var size = 1
        for side in output.shape {
            size *= side
            guard size <= InferenceHTTP.largestAnswer else { throw .refused("output '\(name)' is too large") }
        }
        let values: [Float]
        if let bytes = output.parameters?.binarySize {
            guard bytes >= 0, bytes <= rest.count else { throw .refused("output '\(name)' is cut off") }
            values = try decode(rest.prefix(bytes), output.datatype, name)
            rest = rest.dropFirst(bytes)
        } else {
            guard ["FP32", "FP64", "FP16"].contains(output.datatype) else {
                throw .refused("output '\(name)' is \(clean(output.datatype)); FP32 is expected")
            }
            guard let data = output.data else { throw .refused("output '\(name)' has no data") }
            values = data.values
        }
        guard values.count == size else {
            throw .refused("output '\(name)' has \(values.count) numbers where its shape \(output.shape) says \(size)")
        }
        guard values.allSatisfy(\.isFinite) else { throw .refused("output '\(name)' has something that is no finite number") }
        return values
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, _ datatype: String, _ name: String) throws(ModelError) -> [Float] {
        let width = datatype == "FP32" ? 4 : datatype == "FP64" ? 8 : 0
        guard width > 0 else { throw .refused("output '\(name)' is \(clean(datatype)); FP32 is expected") }
        guard bytes.count % width == 0 else { throw .refused("output '\(name)' is cut off") }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            let bits = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
            return width == 4 ? Float(bitPattern: UInt32(truncatingIfNeeded: bits)) : Float(Double(bitPattern: bits))
        }
    }
}
