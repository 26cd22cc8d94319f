// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// Sends each model's questions to where it runs: to a process of our own, to the model server, or nowhere, with the reason.
package struct RoutingRunner: ModelRunner {
    private let thinker: (any ModelRunner)?
    private let server: (any ModelRunner)?
    private let remote: Set<String>
    private let off: [ModelState]

    /// - Parameters:
    ///   - remote: the models that the server answers.
    ///   - off: the models that run nowhere.
    package init(thinker: (any ModelRunner)?, server: (any ModelRunner)?, remote: Set<String>, off: [ModelState]) {
        self.thinker = thinker
        self.server = server
        self.remote = remote
        self.off = off
    }

    package var states: [ModelState] {
        let here = (thinker?.states ?? []).filter { !remote.contains($0.name) }
        let there = server?.states ?? []
        let running = Set((here + there).map(\.name))
        return (here + there + off.filter { !running.contains($0.name) }).sorted { $0.name < $1.name }
    }

    package func run(
        _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ModelOutput {
        if remote.contains(model) {
            guard let server else { throw .notInstalled("no model server is configured for '\(model)'") }
            return try await server.run(model, on: input, until: deadline)
        }
        if let state = off.first(where: { $0.name == model }) { throw .notInstalled(state.problem ?? "it is off") }
        guard let thinker else {
            throw .notInstalled("no process runs models here (models.workers is 0, or the worker is missing)")
        }
        return try await thinker.run(model, on: input, until: deadline)
    }
}
