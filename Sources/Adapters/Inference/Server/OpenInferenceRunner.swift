// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Logging
import ModelInputs
package import Signals
import Synchronization

/// Asks models on a server that speaks the Open Inference Protocol, version 2, over HTTP: MLServer, KServe, Triton, OpenVINO Model
/// Server and others.
///
/// The server never sees a file: it gets the numbers that the model reads, made from our own rasters. Its answers are not trusted:
/// shapes, counts and numbers are checked before anybody reads them.
package final class OpenInferenceRunner: ModelRunner {
    /// Makes what a model reads from a raster, by its recipe: its shape and numbers.
    package typealias Prepare =
        @Sendable (_ model: String, _ raster: Raster, _ deadline: ContinuousClock.Instant) async throws(ModelError) -> (
            shape: [Int], values: [Float]
        )

    private struct Known: Sendable {
        var remote: RemoteModel?
        var breaker: Breaker
        /// Nil while it answers; at first nobody knows.
        var problem: String?
        /// Questions in a row that it refused, or answered with what makes no sense.
        var refusals = 0
    }

    private let options: OpenInferenceOptions
    private let manifests: [String: ModelManifest]
    private let http: InferenceHTTP
    private let prepare: Prepare
    private let logger: Logger
    /// The breaker's clock.
    private let now: @Sendable () -> ContinuousClock.Instant
    private let known: Mutex<[String: Known]>
    private let batchers: [String: Batcher<InferenceInput, [[Float]]>]

    /// - Parameter manifests: of all models; those that the options do not name are left alone.
    package init(
        options: OpenInferenceOptions, manifests: [ModelManifest], logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, prepare: @escaping Prepare
    ) {
        let http = InferenceHTTP(base: options.url, token: options.token)
        let wanted = manifests.filter { options.models[$0.name] != nil }
        self.options = options
        self.http = http
        self.prepare = prepare
        self.logger = logger
        self.now = now
        self.manifests = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        known = Mutex(
            options.models.mapValues { _ in
                Known(remote: nil, breaker: Breaker(options.breaker), problem: options.problem ?? "not asked yet")
            })
        let weak = WeakRunner()
        batchers = options.models.keys.reduce(into: [:]) { batchers, name in
            batchers[name] = Batcher(wait: options.batchWait, mostUnderWay: options.queue) { inputs, deadline in
                await weak.runner?.ask(name, inputs, until: deadline)
                    ?? inputs.map { _ in .failure(.unavailable("the server's connection was closed")) }
            }
        }
        weak.set(self)
    }

    package var states: [ModelState] {
        known.withLock { known in
            known.sorted { $0.key < $1.key }.map { name, state in
                let problem = manifests[name] == nil ? "no manifest has this name" : state.problem
                return ModelState(
                    name: name, version: manifests[name]?.version ?? "", precision: problem == nil ? "server" : "",
                    problem: problem)
            }
        }
    }

    package func run(
        _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ModelOutput {
        guard let manifest = manifests[model], let batcher = batchers[model] else {
            throw .notInstalled("the model server is not asked for '\(model)'")
        }
        if let problem = options.problem { throw .unavailable(problem) }
        guard manifest.recipe.reading == .scores || manifest.recipe.reading == .vector else {
            throw .refused("a model that is read as \(manifest.recipe.reading.rawValue) cannot run on a model server")
        }
        let deadline = min(deadline, .now + options.deadline)
        let prepared = try await inference(input, manifest, until: deadline)
        let tensors = try await batcher.ask(prepared, most: most(model), until: deadline)
        do throws(ModelInputProblem) {
            return manifest.recipe.reading == .vector
                ? .vector(try manifest.recipe.vector(in: tensors)) : .scores(try manifest.recipe.scores(in: tensors))
        } catch {
            throw .refused(error.message)
        }
    }

    private func inference(
        _ input: ModelInput, _ manifest: ModelManifest, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> InferenceInput {
        switch (input, manifest.input) {
        case (.text(let text), .text): return .text(text)
        case (.raster(let raster), .picture), (.raster(let raster), .face):
            let (shape, values) = try await prepare(manifest.name, raster, deadline)
            let size = shape.reduce(1) { $0 * $1 }
            guard shape.first == 1, size == values.count, values.allSatisfy(\.isFinite) else {
                throw .refused("the picture was prepared in the shape \(shape), which does not fit its \(values.count) numbers")
            }
            return .tensor(shape: shape, values: values)
        default: throw .refused("the model reads \(manifest.input == .text ? "texts" : "pictures")")
        }
    }

    private func most(_ model: String) -> Int { known.withLock { $0[model]?.remote?.most } ?? 1 }

    // MARK: - Asking

    /// One question for several inputs.
    private func ask(
        _ model: String, _ inputs: [InferenceInput], until deadline: ContinuousClock.Instant
    ) async -> [Result<[[Float]], ModelError>] {
        guard known.withLock({ $0[model]?.breaker.admits(at: now()) }) == true else {
            return inputs.map { _ in .failure(.unavailable("the model server failed several times and is left alone for a while"))
            }
        }
        let begun = ContinuousClock.now
        do throws(ModelError) {
            let remote = try await remote(model, until: deadline)
            let id = UUID().uuidString
            let (body, jsonLength) = remote.question(inputs, id: id)
            let answer = try await send(remote.path + "/infer", body: body, jsonLength: jsonLength, until: deadline)
            let tensors = try remote.tensors(in: answer, count: inputs.count, id: id)
            note(model, nil)
            return tensors.map { .success($0) }
        } catch {
            let hadTime = begun.duration(to: deadline) >= min(options.deadline, Self.fairTime)
            note(model, error, hadTime: hadTime)
            // Nobody loses an answer because of what somebody else sent.
            guard case .refused = error, inputs.count > 1 else { return inputs.map { _ in .failure(error) } }
            var answers: [Result<[[Float]], ModelError>] = []
            for input in inputs { answers += await ask(model, [input], until: deadline) }
            return answers
        }
    }

    /// A server that has not answered in this time is slow; in less, it was our hurry.
    private static let fairTime = Duration.seconds(1)
    private static let manyRefusals = 10

    /// The model as the server describes it, asked once until something fails.
    private func remote(_ model: String, until deadline: ContinuousClock.Instant) async throws(ModelError) -> RemoteModel {
        if let remote = known.withLock({ $0[model]?.remote }) { return remote }
        guard let manifest = manifests[model], let name = options.models[model] else { throw .notInstalled(model) }
        let server = try await send("/v2", until: deadline)
        var path = "/v2/models/\(InferenceHTTP.encode(name.name))"
        if let version = name.version { path += "/versions/\(InferenceHTTP.encode(version))" }
        let description = try await send(path, until: deadline)
        guard let about = InferenceJSON.read(InferenceJSON.Server.self, server.body),
            let said = InferenceJSON.read(InferenceJSON.Model.self, description.body)
        else { throw .unavailable("the server does not speak the Open Inference Protocol, version 2") }
        let remote = try RemoteModel(path: path, said, of: about, for: manifest, batch: options.batch)
        known.withLock { $0[model]?.remote = remote }
        return remote
    }

    private func send(
        _ path: String, body: [UInt8]? = nil, jsonLength: Int? = nil, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> InferenceAnswer {
        let answer: InferenceAnswer
        do throws(InferenceFault) {
            answer = try await http.send(path, body: body, jsonLength: jsonLength, until: deadline)
        } catch {
            switch error {
            case .timedOut: throw .deadline
            case .cancelled: throw ContinuousClock.now >= deadline ? .deadline : .unavailable(Self.cancelled)
            case .unreachable(let why): throw .unavailable("the model server: \(why)")
            case .tooLarge: throw .unavailable("the model server's answer is larger than \(InferenceHTTP.largestAnswer) bytes")
            }
        }
        switch answer.status {
        case 200..<300: return answer
        case 300..<400: throw .unavailable("the model server answered with a redirect, which is not followed")
        case 401, 403: throw .unavailable("the model server refuses the token (status \(answer.status))")
        case 404: throw .unavailable("the model server does not have this model (status 404)")
        case 400, 413, 422: throw .refused("by the model server (status \(answer.status))")
        default: throw .unavailable("the model server answered with status \(answer.status)")
        }
    }

    private static let cancelled = "cancelled"

    /// What the last question says of the server.
    ///
    /// - Parameter hadTime: a deadline that is over says something of the server.
    private func note(_ model: String, _ error: ModelError?, hadTime: Bool = true) {
        let change: String?? = known.withLock { known in
            guard var state = known[model] else { return nil }
            let before = state.problem
            switch error {
            case nil:
                state.breaker.succeeded()
                state.problem = nil
                state.refusals = 0
            case .unavailable(Self.cancelled): state.breaker.gaveUp(at: now())
            case .deadline where !hadTime: state.breaker.gaveUp(at: now())
            // One input that it does not take says nothing of the others; people are told when none is taken any more.
            case .refused, .busy:
                state.breaker.gaveUp(at: now())
                state.refusals += 1
                if state.refusals >= Self.manyRefusals { state.problem = error?.message }
            case .some(let error):
                state.breaker.failed(at: now())
                state.problem = error.message
                // It may have been replaced by another: its description is asked anew.
                state.remote = nil
            }
            known[model] = state
            return before == state.problem ? nil : .some(state.problem)
        }
        switch change {
        case .some(.some(let problem)):
            logger.warning("a model on the server does not answer", metadata: ["model": "\(model)", "reason": "\(problem)"])
        case .some(nil): logger.info("a model on the server answers", metadata: ["model": "\(model)"])
        case nil: break
        }
    }

    // MARK: - Looking after the server

    /// Asks for every model's description, and whether it is ready, without an input. Answers with the server's words for itself.
    /// Each model has the time of a question, so that one that hangs does not speak for the others.
    package func check(until deadline: ContinuousClock.Instant) async -> [String: Result<String, ModelError>] {
        var results: [String: Result<String, ModelError>] = [:]
        for name in options.models.keys.sorted() {
            let deadline = min(deadline, .now + options.deadline)
            do throws(ModelError) {
                guard manifests[name] != nil else { throw .notInstalled("no manifest has this name") }
                if let problem = options.problem { throw .unavailable(problem) }
                _ = try await send("/v2/health/ready", until: deadline)
                known.withLock { $0[name]?.remote = nil }
                let remote = try await remote(name, until: deadline)
                _ = try await send(remote.path + "/ready", until: deadline)
                known.withLock { if $0[name]?.breaker.isClosed == true { $0[name]?.problem = nil } }
                let size = remote.most > 1 ? "up to \(remote.most) at once" : "one at a time"
                results[name] = .success(
                    "\(remote.server), input '\(RemoteModel.clean(remote.input))', \(size), \(remote.takesBinary ? "binary" : "JSON")"
                )
            } catch {
                known.withLock { $0[name]?.problem = error.message }
                results[name] = .failure(error)
            }
        }
        return results
    }

    /// Looks at the server now and then, so that `states` tells the truth also while nobody asks a model. Ends when it is cancelled.
    package func watch(every pause: Duration = .seconds(30)) async {
        while !Task.isCancelled {
            _ = await check(until: .now + options.deadline * max(1, options.models.count))
            try? await Task.sleep(for: pause)
        }
    }
}

/// The runner, for the batchers that it owns.
private final class WeakRunner: Sendable {
    private let inside = Mutex<Weak>(Weak())

    private struct Weak: Sendable {
        weak var runner: OpenInferenceRunner?
    }

    var runner: OpenInferenceRunner? { inside.withLock { $0.runner } }
    func set(_ runner: OpenInferenceRunner) { inside.withLock { $0.runner = runner } }
}
