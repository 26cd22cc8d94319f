// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Synchronization
import Testing

@Suite("The queue in front of models")
struct ModelQueueTests {
    /// Answers when it is told to, and remembers what it was asked, in order.
    private final class HeldRunner: ModelRunner {
        private struct State {
            var asked: [String] = []
            var open = false
            var held: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())
        let states: [ModelState] = []

        var asked: [String] { state.withLock { $0.asked } }

        func run(
            _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
        ) async throws(ModelError) -> ModelOutput {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    state.asked.append(input.name ?? model)
                    if !state.open { state.held.append(continuation) }
                    return state.open
                }
                if goesOn { continuation.resume() }
            }
            return .scores([0.5])
        }

        func open() {
            let held = state.withLock { state in
                state.open = true
                defer { state.held = [] }
                return state.held
            }
            for one in held { one.resume() }
        }
    }

    /// Time that stands until it is moved.
    private final class HeldClock: Sendable {
        private struct State {
            var now = ContinuousClock.now
            var sleepers: [(until: ContinuousClock.Instant, wake: CheckedContinuation<Void, Never>)] = []
        }

        private let state = Mutex(State())

        var time: ModelQueue.Time {
            ModelQueue.Time(
                now: { self.state.withLock { $0.now } },
                sleep: { until in
                    await withCheckedContinuation { wake in
                        let isOver = self.state.withLock { state in
                            if until > state.now { state.sleepers.append((until, wake)) }
                            return until <= state.now
                        }
                        if isOver { wake.resume() }
                    }
                })
        }

        func advance(by duration: Duration) {
            let woken = state.withLock { state in
                state.now += duration
                let due = state.sleepers.filter { $0.until <= state.now }
                state.sleepers.removeAll { $0.until <= state.now }
                return due
            }
            for one in woken { one.wake.resume() }
        }

        deinit { for one in state.withLock({ $0.sleepers }) { one.wake.resume() } }
    }

    private static let far = ContinuousClock.now + .seconds(3_600)

    private func queue(
        _ runner: any ModelRunner, limit: Int, clock: HeldClock = HeldClock(), seen: Seen = Seen()
    ) -> ModelQueue {
        var options = ModelQueue.Options()
        options.limit = limit
        options.concurrency = 1
        return ModelQueue(runner, options: options, time: clock.time) { seen.note($0) }
    }

    private final class Seen: Sendable {
        private let all = Mutex<[ModelQueue.Happening]>([])
        func note(_ one: ModelQueue.Happening) { all.withLock { $0.append(one) } }
        var happenings: [ModelQueue.Happening] { all.withLock { $0 } }
    }

    /// Asks in the background, and returns when the question waits or has been dropped.
    private func ask(
        _ queue: ModelQueue, _ model: String, _ text: String, _ priority: ModelPriority = .live
    ) async throws -> Task<Result<ModelOutput, ModelError>, Never> {
        let before = queue.total
        let task = Task {
            await ModelPriority.$current.withValue(priority) { () async -> Result<ModelOutput, ModelError> in
                do throws(ModelError) {
                    return .success(try await queue.run(model, on: .text(text), until: Self.far))
                } catch {
                    return .failure(error)
                }
            }
        }
        try await until { queue.total != before }
        return task
    }

    private func until(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !condition() {
            try #require(ContinuousClock.now < end, "it did not come to pass")
            await Task.yield()
        }
    }

    /// One question that the runner holds, so that all others wait.
    private func busy(_ queue: ModelQueue, _ runner: HeldRunner) async throws -> Task<Result<ModelOutput, ModelError>, Never> {
        let first = Task { () async -> Result<ModelOutput, ModelError> in
            do throws(ModelError) {
                return .success(try await queue.run("nudity", on: .text("first"), until: Self.far))
            } catch {
                return .failure(error)
            }
        }
        try await until { runner.asked == ["first"] }
        return first
    }

    @Test("the most important goes first: reports, then live events, then samples; of these, the less dear")
    func order() async throws {
        let runner = HeldRunner()
        let queue = queue(runner, limit: 100)
        var tasks = [try await busy(queue, runner)]
        for (model, text, priority) in [
            ("nudity", "sample", ModelPriority.trend), ("picture-text", "dear", .live), ("nudity", "plain", .live),
            ("nudity", "plain too", .live), ("embedding", "reported", .report),
        ] {
            tasks.append(try await ask(queue, model, text, priority))
        }
        runner.open()
        for task in tasks { #expect(await task.value == .success(.scores([0.5]))) }
        #expect(runner.asked == ["first", "reported", "plain", "plain too", "dear", "sample"])
    }

    @Test("when it is full the least important is dropped, in the declared order, and what is reported never")
    func shedding() async throws {
        let runner = HeldRunner()
        let seen = Seen()
        let queue = queue(runner, limit: 2, seen: seen)
        var kept = [try await busy(queue, runner)]
        let order = ModelQueue.sheddingOrder
        #expect(order == ["embedding", "picture-text", "sentence", "faces", "nudity"])
        // Two lookers-on that stay, of an operator's own model.
        kept.append(try await ask(queue, "own", "own 1"))
        kept.append(try await ask(queue, "own", "own 2"))
        // Each comes to a full queue, and is dropped itself.
        for model in order {
            let task = try await ask(queue, model, model)
            #expect(await task.value == .failure(.busy("shed: queue full")))
        }
        // What somebody reported is let in, and a live question goes for it.
        kept.append(try await ask(queue, "embedding", "reported", .report))
        let shed = queue.standing.reduce(into: [:]) { $0[$1.model] = $1.shed }
        #expect(shed == ["embedding": 1, "picture-text": 1, "sentence": 1, "faces": 1, "nudity": 1, "own": 1])
        for number in 0..<5 { kept.append(try await ask(queue, "nudity", "reported \(number)", .report)) }
        runner.open()
        let answers = await kept.asyncValues()
        #expect(answers.filter { $0 == .failure(ModelQueue.shed) }.count == 2, "both live questions made room")
        #expect(Set(runner.asked) == ["first", "reported", "reported 0", "reported 1", "reported 2", "reported 3", "reported 4"])
        #expect(seen.happenings.filter { if case .shed = $0 { true } else { false } }.count == 7)
    }

    @Test("later frames of a video go before its first, and before pictures")
    func frames() async throws {
        let runner = HeldRunner()
        let queue = queue(runner, limit: 2)
        let first = try await busy(queue, runner)
        func frame(_ seconds: Double?) async throws -> Task<Result<ModelOutput, ModelError>, Never> {
            let raster = Raster(
                wish: .stretch(width: 8, height: 8), width: 8, height: 8, channels: 3, pixels: [UInt8](repeating: 0, count: 192),
                seconds: seconds)
            let before = queue.total
            let task = Task { () async -> Result<ModelOutput, ModelError> in
                do throws(ModelError) {
                    return .success(try await queue.run("nudity", on: .raster(raster), until: Self.far))
                } catch {
                    return .failure(error)
                }
            }
            try await until { queue.total != before }
            return task
        }
        let later = try await frame(4)
        let begin = try await frame(0)
        let picture = try await frame(nil)
        #expect(await later.value == .failure(ModelQueue.shed))
        runner.open()
        for task in [first, begin, picture] { #expect(await task.value == .success(.scores([0.5]))) }
    }

    @Test("a question that waits too long has no answer; one for a report may wait longer")
    func deadlines() async throws {
        let runner = HeldRunner()
        let clock = HeldClock()
        let queue = queue(runner, limit: 10, clock: clock)
        let first = try await busy(queue, runner)
        let live = try await ask(queue, "nudity", "live")
        let reported = try await ask(queue, "nudity", "reported", .report)
        #expect(queue.standing.first { $0.model == "nudity" }?.waiting == 2)
        clock.advance(by: .seconds(1))
        #expect(queue.standing.first { $0.model == "nudity" }?.oldest == .seconds(1))
        // Its alarm may not be set yet: go on until it rings.
        let end = ContinuousClock.now + .seconds(20)
        clock.advance(by: .seconds(1.5))
        while queue.total.waiting != 1, ContinuousClock.now < end {
            clock.advance(by: .milliseconds(1))
            await Task.yield()
        }
        #expect(await live.value == .failure(.deadline))
        runner.open()
        #expect(await reported.value == .success(.scores([0.5])))
        #expect(await first.value == .success(.scores([0.5])))
    }

    @Test("a model that may take longer has longer, and none has less", .timeLimit(.minutes(2)))
    func longer() async {
        var options = ModelQueue.Options()
        options.longer = ["picture-text": .seconds(4), "nudity": .seconds(1)]
        let clock = HeldClock()
        let runner = DeadlineRunner()
        let queue = ModelQueue(runner, options: options, time: clock.time)
        let start = clock.time.now()
        for (model, priority, seconds) in [
            ("picture-text", ModelPriority.live, 4), ("nudity", .live, 2), ("faces", .live, 2), ("picture-text", .report, 20),
        ] {
            await ModelPriority.$current.withValue(priority) { _ = try? await queue.run(model, on: .text("x"), until: Self.far) }
            #expect(runner.last == start + .seconds(seconds), "\(model)")
        }
        _ = try? await queue.run("picture-text", on: .text("x"), until: start + .seconds(3))
        #expect(runner.last == start + .seconds(3), "the asker's own deadline holds")
    }

    @Test("a question whose time is over when it comes does not wait for ever", .timeLimit(.minutes(2)))
    func tooLate() async throws {
        let runner = HeldRunner()
        let clock = HeldClock()
        let queue = queue(runner, limit: 1_000, clock: clock)
        let first = try await busy(queue, runner)
        let over = clock.time.now()
        await withTaskGroup(of: ModelError?.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    do throws(ModelError) {
                        _ = try await queue.run("nudity", on: .text("late"), until: over)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await error in group { #expect(error == .deadline) }
        }
        #expect(queue.total.waiting == 0 && runner.asked == ["first"])
        runner.open()
        #expect(await first.value == .success(.scores([0.5])))
    }

    /// Remembers until when it was given time.
    private final class DeadlineRunner: ModelRunner {
        private let given = Mutex<ContinuousClock.Instant?>(nil)
        let states: [ModelState] = []
        var last: ContinuousClock.Instant? { given.withLock { $0 } }

        func run(
            _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
        ) async throws(ModelError) -> ModelOutput {
            given.withLock { $0 = deadline }
            return .scores([0.5])
        }
    }

    @Test("whoever is cancelled does not wait, and leaves the others their turn")
    func cancelled() async throws {
        let runner = HeldRunner()
        let queue = queue(runner, limit: 10)
        let first = try await busy(queue, runner)
        let one = try await ask(queue, "nudity", "one")
        let two = try await ask(queue, "nudity", "two")
        one.cancel()
        #expect(await one.value == .failure(.deadline))
        runner.open()
        #expect(await two.value == .success(.scores([0.5])))
        #expect(await first.value == .success(.scores([0.5])))
    }
}

extension ModelInput {
    fileprivate var name: String? { if case .text(let text) = self { text } else { nil } }
}

extension ModelQueue {
    /// What waits and what was dropped, together: it changes with every question that comes to a busy queue.
    fileprivate var total: Total {
        standing.reduce(into: Total()) { total, one in
            total.waiting += one.waiting
            total.shed += one.shed
        }
    }
}

private struct Total: Equatable {
    var waiting = 0
    var shed = 0
}

extension [Task<Result<ModelOutput, ModelError>, Never>] {
    fileprivate func asyncValues() async -> [Result<ModelOutput, ModelError>] {
        var values: [Result<ModelOutput, ModelError>] = []
        for task in self { values.append(await task.value) }
        return values
    }
}
