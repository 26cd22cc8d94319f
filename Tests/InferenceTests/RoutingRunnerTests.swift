// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Signals
import Testing

@testable import Inference

@Suite("Where a model runs")
struct RoutingRunnerTests {
    private struct Fixed: ModelRunner {
        var name: String
        var states: [ModelState]
        init(_ name: String, _ models: String...) {
            self.name = name
            states = models.map { ModelState(name: $0, version: "1", precision: name) }
        }
        func run(_ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant) -> ModelOutput { .text(name) }
    }

    private let runner = RoutingRunner(
        thinker: Fixed("here", "nudity", "faces"), server: Fixed("there", "nudity"), remote: ["nudity"],
        off: [ModelState(name: "embedding", version: "1", precision: "", problem: "its file is not here: x")])

    @Test("each model is asked where it runs")
    func routes() async throws {
        #expect(try await runner.run("nudity", on: .text(""), until: .soon) == .text("there"))
        #expect(try await runner.run("faces", on: .text(""), until: .soon) == .text("here"))
        await #expect(throws: ModelError.notInstalled("its file is not here: x")) {
            try await runner.run("embedding", on: .text(""), until: .soon)
        }
    }

    @Test("every model has one state")
    func states() {
        #expect(runner.states.map { "\($0.name) \($0.precision)" } == ["embedding ", "faces here", "nudity there"])
    }

    @Test("nothing runs where nothing is")
    func nothing() async {
        let empty = RoutingRunner(thinker: nil, server: nil, remote: ["nudity"], off: [])
        for model in ["nudity", "faces"] {
            await #expect(throws: ModelError.self) { try await empty.run(model, on: .text(""), until: .soon) }
        }
    }
}
