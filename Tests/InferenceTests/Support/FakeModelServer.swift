// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Logging
import ModelInputs
import Signals
import Synchronization

@testable import Inference

/// A server of the protocol with one model, `theirs`: for each picture it says the mean of its numbers and one minus that.
final class FakeModelServer: Sendable {
    private struct State {
        var extensions = "[]"
        var description =
            #"{"name":"theirs","inputs":[{"name":"pixels","datatype":"FP32","shape":[-1,2,2,3]}],"#
            + #""outputs":[{"name":"scores","datatype":"FP32","shape":[-1,2]}]}"#
        var reply: (@Sendable (FakeQuestion) -> TestResponse)?
        var about: TestResponse?
        var requests: [TestRequest] = []
    }

    private let state = Mutex(State())

    var requests: [TestRequest] { state.withLock { $0.requests } }
    var questions: [TestRequest] { requests.filter { $0.path.hasSuffix("/infer") } }
    var batches: [Int] { questions.compactMap { FakeQuestion($0)?.count } }

    /// What it answers instead of what is right; nil for what is right.
    func answers(_ reply: (@Sendable (FakeQuestion) -> TestResponse)?) { state.withLock { $0.reply = reply } }
    func describesItself(as text: String) { state.withLock { $0.description = text } }
    func says(extensions: String) { state.withLock { $0.extensions = extensions } }
    func answersAll(_ response: TestResponse?) { state.withLock { $0.about = response } }

    @Sendable func respond(_ request: TestRequest) -> TestResponse {
        state.withLock { state in
            state.requests.append(request)
            if let about = state.about { return about }
            switch request.path {
            case "/v2": return .json(#"{"name":"fake","version":"1","extensions":\#(state.extensions)}"#)
            case "/v2/health/ready", "/v2/models/theirs/ready": return .json("{}")
            case "/v2/models/theirs": return .json(state.description)
            case "/v2/models/theirs/infer":
                guard let question = FakeQuestion(request) else { return .json("{}", status: 400) }
                return state.reply.map { $0(question) } ?? question.answer
            default: return .json(#"{"error":"no such model"}"#, status: 404)
            }
        }
    }
}

/// What was asked, read by Foundation's JSON reader, not by ours.
struct FakeQuestion: Sendable {
    var id: String
    var name: String
    var shape: [Int]
    var numbers: [Double]
    var texts: [String]

    var count: Int { shape.first ?? 0 }

    init?(_ request: TestRequest) {
        let length = request.headers["inference-header-content-length"].flatMap { Int($0) } ?? request.body.count
        guard let json = try? JSONSerialization.jsonObject(with: Data(request.body.prefix(length))) as? [String: Any],
            let input = (json["inputs"] as? [[String: Any]])?.first, let shape = input["shape"] as? [Int],
            let name = input["name"] as? String, let id = json["id"] as? String
        else { return nil }
        (self.id, self.name, self.shape) = (id, name, shape)
        texts = input["data"] as? [String] ?? []
        if let parameters = input["parameters"] as? [String: Any], let size = parameters["binary_data_size"] as? Int {
            let bytes = Array(request.body.dropFirst(length))
            guard bytes.count == size else { return nil }
            numbers = stride(from: 0, to: size, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
                return Double(Float(bitPattern: bits))
            }
        } else {
            numbers = input["data"] as? [Double] ?? []
        }
    }

    /// For each input the mean, and one minus it.
    var scores: [[Double]] {
        guard count > 0, texts.isEmpty else { return texts.map { [Double($0.count) / 100, 0.5] } }
        let size = numbers.count / count
        return (0..<count).map { index in
            let mean = numbers[index * size..<(index + 1) * size].reduce(0, +) / Double(size)
            return [mean, 1 - mean]
        }
    }

    var answer: TestResponse { reply() }

    func reply(id: String? = nil, name: String = "scores", shape: [Int]? = nil, data: String? = nil) -> TestResponse {
        let data = data ?? "[\(scores.flatMap { $0 }.map { "\($0)" }.joined(separator: ","))]"
        return .json(
            #"{"model_name":"theirs","model_version":null,"id":"\#(id ?? self.id)","parameters":null,"outputs":[{"name":"\#(name)","#
                + #""shape":\#(shape ?? [count, 2]),"datatype":"FP32","parameters":null,"data":\#(data)}]}"#)
    }
}

extension ModelManifest {
    static func sample(
        name: String = "ours", input: Input = .picture, reading: ModelRecipe.Reading = .scores, outputs: [String] = ["mean", ""]
    ) -> ModelManifest {
        ModelManifest(
            name: name, version: "1", file: "", sha256: "", licence: "test", source: "test", input: input,
            raster: input == .text ? nil : .stretch(width: 8, height: 8),
            recipe: ModelRecipe(
                engine: .openvino, steps: [.crop(width: 2, height: 2)], layout: .nhwc, reading: reading, outputs: outputs))
    }
}

/// A picture of one grey, from 0 to 255.
func picture(_ grey: UInt8) -> ModelInput {
    .raster(
        Raster(
            wish: .stretch(width: 8, height: 8), width: 8, height: 8, channels: 3, pixels: Array(repeating: grey, count: 192)))
}

/// A runner for the fake: what the thinker would prepare is twelve times the grey as a share.
func runner(
    _ url: String, options change: (inout OpenInferenceOptions) -> Void = { _ in }, manifest: ModelManifest = .sample(),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
) -> OpenInferenceRunner {
    var options = OpenInferenceOptions(url: url, models: ["ours": .init(name: "theirs")])
    options.deadline = .seconds(300)
    change(&options)
    return OpenInferenceRunner(
        options: options, manifests: [manifest], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: now
    ) { (_, raster, _) async throws(ModelError) in
        ([1, 2, 2, 3], Array(repeating: Float(raster.pixels[0]) / 255, count: 12))
    }
}

extension ContinuousClock.Instant {
    static var soon: Self { .now + .seconds(120) }
}

/// Waits until something holds; gives up after a while.
func eventually(_ what: String, _ holds: () async -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(120)
    while await !holds() {
        guard ContinuousClock.now < end else { throw TooLong(what) }
        await Task.yield()
    }
}

struct TooLong: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "never: \(what)" }
}
