// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// Stands in front of the models: lets so many questions through at once, the most important first, and drops the least important
/// when too many wait.
///
/// Hashes never come here, and what is asked for a report or a victim's case (`ModelPriority.report`) is never dropped. Of the rest
/// go, in this order: samples before live events; of these, models in the order of `sheddingOrder`; of one model, later frames of a
/// video before pictures and first frames; of equals, the newest. What is dropped is `busy("shed: queue full")` and counted: the
/// signal is unknown, which is not zero.
package final class ModelQueue: ModelRunner {
    package struct Options: Sendable {
        /// Questions that wait, at most; those of reports are let in beyond it.
        package var limit = 256
        /// Questions that are with the runner at once.
        package var concurrency = 2
        /// What a live question may take from being asked to being answered; what is no live event's may take five times that.
        package var patience = Duration.seconds(2)
        /// Models that may take longer than `patience`, by name.
        package var longer: [String: Duration] = [:]

        package init() {}

        func patience(with model: String) -> Duration { max(patience, longer[model] ?? .zero) }
    }

    /// Time, so that tests can hold it.
    package struct Time: Sendable {
        package var now: @Sendable () -> ContinuousClock.Instant
        package var sleep: @Sendable (ContinuousClock.Instant) async throws -> Void

        package init(
            now: @escaping @Sendable () -> ContinuousClock.Instant,
            sleep: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void
        ) {
            self.now = now
            self.sleep = sleep
        }

        package static let real = Time(
            now: { ContinuousClock.now }, sleep: { try await ContinuousClock().sleep(until: $0) })
    }

    /// What happened to a question, for metrics: numbers and models' names only.
    package enum Happening: Sendable, Hashable {
        case answered(model: String, seconds: Double)
        /// `deadline`, `unavailable`, `refused`, `not-installed`, `busy`.
        case failed(model: String, reason: String)
        case shed(model: String)
    }

    /// How it stands with one model.
    package struct Standing: Sendable, Hashable {
        package var model: String
        package var waiting: Int
        /// How long the oldest question waits.
        package var oldest: Duration
        /// Dropped since the start.
        package var shed: Int
    }

    /// Models that are dear and say little first; models that are not named here are an operator's own and go last.
    package static let sheddingOrder = ["embedding", "picture-text", "sentence", "faces", "nudity"]
    /// In these words the signal is unknown.
    package static let shed = ModelError.busy("shed: queue full")

    private let runner: any ModelRunner
    private let options: Options
    private let time: Time
    private let observe: @Sendable (Happening) -> Void
    private let state = Mutex(State())

    package init(
        _ runner: any ModelRunner, options: Options = Options(), time: Time = .real,
        observe: @escaping @Sendable (Happening) -> Void = { _ in }
    ) {
        self.runner = runner
        self.options = options
        self.time = time
        self.observe = observe
    }

    package var states: [ModelState] { runner.states }

    /// Every model that was ever asked.
    package var standing: [Standing] {
        let now = time.now()
        return state.withLock { state in
            state.models.sorted().map { model in
                let waiting = state.waiting.values.filter { $0.place.model == model }
                let oldest = waiting.map(\.since).min().map { now - $0 } ?? .zero
                return Standing(model: model, waiting: waiting.count, oldest: oldest, shed: state.shed[model] ?? 0)
            }
        }
    }

    package func run(
        _ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant
    ) async throws(ModelError) -> ModelOutput {
        let priority = ModelPriority.current
        let start = time.now()
        let end = min(deadline, start + options.patience(with: model) * (priority == .live ? 1 : 5))
        do throws(ModelError) {
            try await enter(Place(model: model, input: input, priority: priority), since: start, until: end)
            defer { leave() }
            let output = try await runner.run(model, on: input, until: end)
            observe(.answered(model: model, seconds: (time.now() - start).seconds))
            return output
        } catch {
            observe(error == Self.shed ? .shed(model: model) : .failed(model: model, reason: error.kind))
            throw error
        }
    }

    // MARK: - Waiting

    /// Returns when it is this question's turn.
    private func enter(
        _ place: Place, since: ContinuousClock.Instant, until end: ContinuousClock.Instant
    ) async throws(ModelError) {
        let id = state.withLock { $0.number(for: place.model) }
        // Who waits is woken by whoever leaves, by somebody more important who needs the place, by the deadline, or by being cancelled.
        var alarm: Task<Void, any Error>?
        defer { alarm?.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiting: CheckedContinuation<Result<Void, ModelError>, Never>) in
                let woken = state.withLock {
                    $0.enter(.init(id: id, place: place, since: since, waiting: waiting), options, isCancelled: Task.isCancelled)
                }
                for one in woken { one.0.resume(returning: one.1) }
                // Not before there is somebody to be woken: the deadline may be over already.
                alarm = Task { [time, weak self] in
                    try await time.sleep(end)
                    self?.wake(id, with: .failure(.deadline))
                }
            }
        } onCancel: {
            wake(id, with: .failure(.deadline))
        }
        try result.get()
    }

    private func wake(_ id: Int, with result: Result<Void, ModelError>) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.waiting.resume(returning: result)
    }

    private func leave() {
        state.withLock { $0.leave(options) }?.waiting.resume(returning: .success(()))
    }
}

/// How important a question is.
private struct Place: Sendable {
    var model: String
    var priority: ModelPriority
    var isLaterFrame: Bool

    init(model: String, input: ModelInput, priority: ModelPriority) {
        self.model = model
        self.priority = priority
        if case .raster(let raster) = input { isLaterFrame = (raster.seconds ?? 0) > 0 } else { isLaterFrame = false }
    }

    private var rank: Int { ModelQueue.sheddingOrder.firstIndex(of: model) ?? ModelQueue.sheddingOrder.count }

    /// Less is dropped first and let through last.
    static func < (a: Place, b: Place) -> Bool {
        (a.priority.rawValue, a.rank, a.isLaterFrame ? 0 : 1) < (b.priority.rawValue, b.rank, b.isLaterFrame ? 0 : 1)
    }
}

private struct Waiter: Sendable {
    typealias Continuation = CheckedContinuation<Result<Void, ModelError>, Never>

    var id: Int
    var place: Place
    var since: ContinuousClock.Instant
    var waiting: Continuation

    /// Of equals, the newer one is dropped first and let through last.
    static func < (a: Waiter, b: Waiter) -> Bool {
        a.place < b.place || (!(b.place < a.place) && a.id > b.id)
    }
}

private struct State {
    var waiting: [Int: Waiter] = [:]
    var running = 0
    var shed: [String: Int] = [:]
    var models: Set<String> = []
    private var last = 0

    /// Ascending by arrival.
    mutating func number(for model: String) -> Int {
        models.insert(model)
        last += 1
        return last
    }

    /// - Returns: whom to wake, and with what.
    mutating func enter(
        _ waiter: Waiter, _ options: ModelQueue.Options, isCancelled: Bool
    ) -> [(Waiter.Continuation, Result<Void, ModelError>)] {
        if isCancelled { return [(waiter.waiting, .failure(.deadline))] }
        if running < options.concurrency {
            running += 1
            return [(waiter.waiting, .success(()))]
        }
        waiting[waiter.id] = waiter
        guard waiting.count > options.limit,
            let least = waiting.values.filter({ $0.place.priority != .report }).min(by: <)
        else { return [] }
        waiting[least.id] = nil
        shed[least.place.model, default: 0] += 1
        return [(least.waiting, .failure(ModelQueue.shed))]
    }

    /// - Returns: whose turn it is now.
    mutating func leave(_ options: ModelQueue.Options) -> Waiter? {
        guard let next = waiting.values.max(by: <) else {
            running -= 1
            return nil
        }
        waiting[next.id] = nil
        return next
    }
}

extension ModelError {
    /// A word for metrics.
    fileprivate var kind: String {
        switch self {
        case .notInstalled: "not-installed"
        case .busy: "busy"
        case .deadline: "deadline"
        case .unavailable: "unavailable"
        case .refused: "refused"
        }
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
