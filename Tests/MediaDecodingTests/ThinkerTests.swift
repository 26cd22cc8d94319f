// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc
import MediaDecoding
import ModelInputs
import Signals
import Testing

/// With the native parts (scripts/bootstrap models) these ask the real models; without them they show what is said instead.
@Suite("The thinkers", .serialized)
struct ThinkerTests {
    @Test("greet with each model, on or with the reason why not, and with their defences")
    func greeting() async throws {
        try await withThinkerPool([Self.nudity, Self.missing, Self.onServer]) { pool in
            await pool.waitUntilReady(until: .now + .seconds(120))
            let states = pool.states
            #expect(states.map(\.name) == ["nudity", "missing", "elsewhere"])
            if Self.hasNudity {
                #expect(states[0] == ModelState(name: "nudity", version: "1", precision: "f32"))
            } else {
                #expect(states[0].problem == "the file is not there")
            }
            #expect(states[1].problem == "the file is not there")
            #expect(states[2].problem == "it runs on a model server; here its input is only prepared")
            let health = pool.health
            #expect(health.role == .thinker && health.running == 1 && health.deaths == [:] && health.problem == nil)
            #expect(health.greeting["seccomp"] == "on" && health.greeting["rlimits"] == "on")
            #expect(["on", "unavailable"].contains(health.greeting["landlock"]))
        }
    }

    @Test("answer with numbers that are the same each time")
    func scores() async throws {
        try await withThinkerPool([Self.nudity]) { pool in
            guard Self.hasNudity else {
                await #expect(throws: ModelError.notInstalled("the file is not there")) { try await Self.ask(pool, 128) }
                return
            }
            let first = try await Self.ask(pool, 128)
            guard case .scores(let scores) = first else {
                Issue.record("scores expected")
                return
            }
            // Nobody sees anything sexual in grey.
            #expect(scores.count == 2 && scores[1] < 0.2 && abs(scores[0] + scores[1] - 1) < 0.001)
            let second = try await Self.ask(pool, 128)
            #expect(second == first)
            #expect(pool.health.jobs == 2)
        }
    }

    @Test("that are killed in the middle of a question are replaced, and the question is answered")
    func killed() async throws {
        try await withThinkerPool([Self.onServer]) { pool in
            let expected = try await pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(120))
            let process = try #require(pool.workers.first).processID
            kill(process, SIGSTOP)
            async let answer = pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(120))
            try await eventually("the question is in work") { pool.workers.first?.isBusy == true }
            kill(process, SIGKILL)
            let (shape, values) = try await answer
            #expect(shape == expected.shape && values == expected.values)
            #expect(pool.workers.first?.processID != process)
            #expect(pool.health.deaths == ["died": 1] && pool.health.retries == 1)
        }
    }

    @Test("prepare what a model on a server is given")
    func prepared() async throws {
        try await withThinkerPool([Self.onServer]) { pool in
            let (shape, values) = try await pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(120))
            #expect(shape == [1, 3, 4, 4])
            #expect(values == [Float](repeating: 30 * 0.5, count: 48))
            await #expect(throws: ModelError.self) { try await pool.run("elsewhere", on: .text("a"), until: .now + .seconds(60)) }
        }
    }

    @Test("are replaced when they have answered their share, before the next question comes")
    func recycled() async throws {
        try await withThinkerPool([Self.onServer], { $0.jobsPerWorker = 1 }) { pool in
            _ = try await pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(120))
            try await eventually("another has started") { pool.health.replaced == 1 && pool.health.running == 1 }
            _ = try await pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(120))
            #expect(pool.health.deaths == [:])
        }
    }

    @Test("that cannot run say so, at once and without a question")
    func unavailable() async throws {
        try await withThinkerPool(executable: "/bin/false", [Self.onServer]) { pool in
            await #expect(throws: ModelError.unavailable("the worker ended before it was ready")) {
                try await pool.prepare("elsewhere", Self.raster(40), until: .now + .seconds(60))
            }
            #expect(pool.states.first?.problem == "the worker ended before it was ready")
        }
        try await withThinkerPool([]) { pool in
            await #expect(throws: ModelError.notInstalled("there is no model nudity")) { try await Self.ask(pool, 1) }
        }
        try await withThinkerPool([Self.nudity], { $0.workers = 0 }) { pool in
            await #expect(throws: ModelError.notInstalled("no process here runs models (models.workers is 0)")) {
                try await Self.ask(pool, 1)
            }
        }
    }

    @Test("refuse what is no raster before it is sent")
    func refused() async throws {
        try await withThinkerPool([Self.onServer]) { pool in
            var raster = Self.raster(40)
            raster.width += 1
            await #expect(throws: ModelError.refused("the raster's sides and pixels do not fit")) {
                try await pool.prepare("elsewhere", raster, until: .now + .seconds(60))
            }
            await #expect(throws: ModelError.deadline) { try await pool.prepare("elsewhere", Self.raster(40), until: .now) }
            #expect(pool.health.jobs == 0)
        }
    }

    // MARK: - Models

    static var hasNudity: Bool {
        ["openvino/libopenvino_c.so.2641", "models/open-nsfw.onnx"]
            .allSatisfy { FileManager.default.fileExists(atPath: "\(nativeFolder)/\($0)") }
    }

    static let nudity = ModelLoad(
        name: "nudity", version: "1", precision: "f32",
        sha256: "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
        recipe: ModelRecipe(
            engine: .openvino, steps: [.resize(width: 256, height: 256), .crop(width: 224, height: 224), .jpeg(quality: 75)],
            order: .bgr, layout: .nhwc, mean: [104, 117, 123], scale: [1, 1, 1], reading: .scores, outputs: ["", "nudity"]),
        file: "\(nativeFolder)/models/open-nsfw.onnx")

    private static let missing = ModelLoad(
        name: "missing", version: "1", precision: "auto", sha256: "", recipe: nudity.recipe, file: "/nonexistent/model.onnx")

    /// Of a model on a server: no file, only a recipe.
    private static let onServer = ModelLoad(
        name: "elsewhere", version: "1", precision: "auto", sha256: "",
        recipe: ModelRecipe(
            engine: .openvino, steps: [.resize(width: 4, height: 4)], mean: [10, 10, 10], scale: [0.5, 0.5, 0.5]), file: "")

    private static func raster(_ grey: UInt8) -> Raster {
        Raster(
            wish: .stretch(width: 256, height: 256), width: 256, height: 256, channels: 3,
            pixels: [UInt8](repeating: grey, count: 256 * 256 * 3))
    }

    private static func ask(_ pool: ThinkerPool, _ grey: UInt8) async throws(ModelError) -> ModelOutput {
        await pool.waitUntilReady(until: .now + .seconds(120))
        return try await pool.run("nudity", on: .raster(raster(grey)), until: .now + .seconds(120))
    }
}
