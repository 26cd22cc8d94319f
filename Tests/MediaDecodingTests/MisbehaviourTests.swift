// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import ModelInputs
import Signals
import Testing

/// A worker that has been taken over does in the real box what a hostile file wants of it.
@Suite("A worker that is taken over")
struct MisbehaviourTests {
    private static let limit = Duration.seconds(3)

    @Test(
        "gets no file, no process and no code of its own from a decoder's box",
        arguments: ["read", "write", "spawn", "execute"])
    func denied(_ misdeed: String) async throws {
        try await withMisbehaving { pool in
            await #expect(throws: MediaError.unsupported("denied")) { try await pool.inspect(Self.bytes(misdeed)) }
            // It is not even replaced: there was nothing to gain.
            #expect(pool.health.deaths == [:])
            let next = try await pool.inspect(Self.bytes(""))
            #expect(next.width == 8)
        }
    }

    @Test(
        "is ended, and the next picture is answered",
        arguments: [
            ("socket", "died"), ("kill", "died"), ("allocate", "died"), ("crash", "died"), ("end", "died"),
            ("nonsense", "nonsense"), ("raster", "nonsense"), ("empty", "nonsense"), ("huge", "nonsense"), ("hang", "deadline"),
            ("sleep", "deadline"),
        ])
    func ended(_ misdeed: String, _ reason: String) async throws {
        try await withMisbehaving { pool in
            let words = ["died": "it ends the decoder", "nonsense": "it confuses the decoder"]
            let why = words[reason] ?? "decoding takes longer than \(Self.limit)"
            await #expect(throws: MediaError.undecodable(why)) { try await pool.inspect(Self.bytes(misdeed)) }
            #expect(pool.health.deaths == [reason: 2] && pool.health.retries == 1)
            let next = try await pool.inspect(Self.bytes(""))
            #expect(next.width == 8)
            #expect(pool.health.deaths == [reason: 2] && pool.health.problem == nil)
        }
    }

    @Test("by a picture's manifest does not hide the picture from the banks")
    func manifest() async throws {
        try await withMisbehaving { pool in
            var request = MediaRequest()
            request.provenance = true
            let facts = try await pool.inspect(Self.bytes("manifest"), request)
            #expect(facts.width == 8 && facts.provenance == nil)
            #expect(pool.health.deaths == ["died": 1] && pool.health.retries == 1)
        }
    }

    @Test("by a picture's manifest does not hide the picture from models either")
    func manifestAndSizes() async throws {
        try await withMisbehaving { pool in
            var request = MediaRequest()
            request.provenance = true
            request.rasters = [.stretch(width: 8, height: 8)]
            let facts = try await pool.inspect(Self.bytes("manifest"), request)
            #expect(facts.width == 8 && facts.provenance == nil && facts.rasters.count == 1)
            #expect(pool.health.deaths == ["died": 1] && pool.health.retries == 1)
        }
    }

    @Test("in each of three attempts takes no longer than in two")
    func three() async throws {
        try await withMisbehaving { pool in
            var request = MediaRequest()
            request.provenance = true
            request.preview = true
            let why = MediaError.undecodable("decoding takes longer than \(Self.limit)")
            await #expect(throws: why) { try await pool.inspect(Self.bytes("sleep"), request) }
            // The second one has no time left.
            #expect(pool.health.deaths == ["deadline": 2] && pool.health.retries == 1)
        }
    }

    @Test("by the making of sizes does not hide the picture from the banks, whatever it is asked for besides")
    func sizes() async throws {
        try await withMisbehaving { pool in
            for isPreview in [false, true] {
                var request = MediaRequest()
                request.provenance = true
                if isPreview { request.preview = true } else { request.rasters = [.stretch(width: 8, height: 8)] }
                let facts = try await pool.inspect(Self.bytes("sizes"), request)
                #expect(facts.width == 8 && facts.rasters.isEmpty && facts.preview == nil)
            }
            #expect(pool.health.deaths == ["died": 4] && pool.health.retries == 4)
        }
    }

    @Test("costs a model its process and the others nothing; three questions in a row and the model is off")
    func thinker() async throws {
        try await withThinkers(["good", "bad"]) { pool in
            for misdeed in ["socket", "numbers", "socket"] {
                // Two processes for each question, and a question counts once.
                _ = try await Self.ask(pool, "good", "warm")
                #expect(pool.states.first { $0.name == "bad" }?.problem == nil)
                await #expect(throws: ModelError.self) { try await Self.ask(pool, "bad", "misbehave:\(misdeed)") }
                let answer1 = try await Self.ask(pool, "good", "a word")
                #expect(answer1 == .text("a word"))
            }
            #expect(pool.health.deaths == ["died": 4, "nonsense": 2])
            let problem = try #require(pool.states.first { $0.name == "bad" }?.problem)
            #expect(problem.contains("in a row"))
            await #expect(throws: ModelError.notInstalled(problem)) { try await Self.ask(pool, "bad", "a word") }
            #expect(pool.states.first { $0.name == "good" }?.problem == nil)
            let answer2 = try await Self.ask(pool, "good", "another")
            #expect(answer2 == .text("another"))
        }
    }

    @Test("that rests is asked again, and forgiven when it answers")
    func rest() async throws {
        try await withThinkers(["bad"], { ($0.deathsInARow, $0.rest) = (1, .milliseconds(50)) }) { pool in
            await #expect(throws: ModelError.self) { try await Self.ask(pool, "bad", "misbehave:crash") }
            try await eventually("it has rested") { pool.states.first?.problem == nil }
            let answer3 = try await Self.ask(pool, "bad", "a word")
            #expect(answer3 == .text("a word"))
        }
    }

    @Test("keeps nobody waiting: the asker has its answer at its deadline, and the process that hangs is replaced")
    func hanging() async throws {
        try await withThinkers(["good"], { $0.patience = .seconds(20) }) { pool in
            _ = try await Self.ask(pool, "good", "warm")
            let process = try #require(pool.workers.first).processID
            let begin = ContinuousClock.now
            await #expect(throws: ModelError.deadline) {
                try await pool.run("good", on: .text("misbehave:hang"), until: .now + .milliseconds(200))
            }
            // Well before the process is given up.
            #expect(begin.duration(to: .now) < .seconds(12))
            let answer4 = try await Self.ask(pool, "good", "next")
            #expect(answer4 == .text("next"))
            #expect(pool.workers.first?.processID != process)
            // Nobody waited for a second attempt.
            #expect(pool.health.deaths == ["deadline": 1] && pool.health.retries == 0)
        }
    }

    @Test("while it loads a model is tried again after a rest")
    func fragile() async throws {
        let mark = FileManager.default.temporaryDirectory.appendingPathComponent("fragile-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: mark) }
        func problem(_ pool: ThinkerPool) -> String? { pool.states.first { $0.name == "fragile" }?.problem }
        try await withThinkers(["good", "fragile"], { $0.restOfDeadly = .seconds(1) }, file: mark) { pool in
            _ = try await Self.ask(pool, "good", "a word")
            let process = try #require(pool.workers.first).processID
            #expect(problem(pool) != nil)
            let end = ContinuousClock.now + .seconds(60)
            while problem(pool) != nil, ContinuousClock.now < end { _ = try await Self.ask(pool, "good", "another") }
            #expect(try await Self.ask(pool, "fragile", "a word") == .text("a word"))
            #expect(pool.workers.first.map { $0.processID != process } == true)
        }
    }

    @Test("while it loads a model loses that model, not the others")
    func deadly() async throws {
        try await withThinkers(["good", "deadly", "other"]) { pool in
            let answer5 = try await Self.ask(pool, "other", "a word")
            #expect(answer5 == .text("a word"))
            #expect(pool.states.map { $0.problem == nil } == [true, false, true])
            #expect(pool.states[1].problem == "it ends the process that loads it")
        }
    }

    @Test("answers no more questions than may wait")
    func full() async throws {
        try await withThinkers(["good"], { ($0.queue, $0.patience) = (2, .seconds(12)) }) { pool in
            _ = try await Self.ask(pool, "good", "warm")
            await withTaskGroup(of: ModelError?.self) { group in
                group.addTask { await Self.error { try await Self.ask(pool, "good", "misbehave:sleep") } }
                try? await eventually("it is in work") { pool.health.busy == 1 }
                for _ in 0..<2 { group.addTask { await Self.error { try await Self.ask(pool, "good", "a word") } } }
                try? await eventually("two wait") { pool.health.waiting == 2 }
                let third = await Self.error { try await Self.ask(pool, "good", "a word") }
                #expect(third == .busy("too many questions wait"))
                var errors: [ModelError] = []
                for await error in group { if let error { errors.append(error) } }
                #expect(errors == [.unavailable("it hangs")])
            }
        }
    }

    // MARK: - Helpers

    private static func bytes(_ misdeed: String) -> [UInt8] { Array((misdeed.isEmpty ? "good" : "misbehave:\(misdeed)").utf8) }

    private static func ask(_ pool: ThinkerPool, _ model: String, _ text: String) async throws(ModelError) -> ModelOutput {
        try await pool.run(model, on: .text(text), until: .now + .seconds(60))
    }

    private static func error<Value>(_ ask: () async throws -> Value) async -> ModelError? {
        do {
            _ = try await ask()
            return nil
        } catch {
            return error as? ModelError
        }
    }

    private func withMisbehaving(_ body: (MediaWorkerPool) async throws -> Void) async throws {
        let program = try #require(executable("MisbehavingWorker"), "MisbehavingWorker is not built")
        try await withPool(executable: program, { $0.deadline = Self.limit }, body)
    }

    private func withThinkers(
        _ models: [String], _ configure: (inout ThinkerOptions) -> Void = { _ in }, file: String = "x",
        _ body: (ThinkerPool) async throws -> Void
    ) async throws {
        let program = try #require(executable("MisbehavingWorker"), "MisbehavingWorker is not built")
        let loads = models.map {
            ModelLoad(
                name: $0, version: "1", precision: "auto", sha256: "", recipe: ModelRecipe(engine: .cld2, reading: .words),
                file: file)
        }
        try await withThinkerPool(executable: program, loads, configure, body)
    }
}
