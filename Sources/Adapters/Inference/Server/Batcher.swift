// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// Puts inputs that come at nearly the same time into one question, because a server answers eight at once in less than eight times
/// the time of one.
///
/// Each asker is answered by its own deadline, whatever becomes of the question. When all askers of a question have gone, it is
/// cancelled.
actor Batcher<Input: Sendable, Output: Sendable> {
    /// Answers for all inputs in their order, by the deadline.
    typealias Send = @Sendable ([Input], ContinuousClock.Instant) async -> [Result<Output, ModelError>]

    private struct Ticket {
        var input: Input
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Result<Output, ModelError>, Never>
        var timer: Task<Void, Never>
        /// The question that it is part of; nil while it waits.
        var question: Int?
    }

    private let wait: Duration
    private let mostUnderWay: Int
    private let send: Send
    private var tickets: [Int: Ticket] = [:]
    private var waiting: [Int] = []
    private var questions: [Int: (members: Set<Int>, task: Task<Void, Never>)] = [:]
    private var next = 0
    private var flush: Task<Void, Never>?

    init(wait: Duration, mostUnderWay: Int, send: @escaping Send) {
        self.wait = wait
        self.mostUnderWay = mostUnderWay
        self.send = send
    }

    /// - Parameter most: inputs in one question, 1 where the server takes one at a time.
    func ask(_ input: Input, most: Int, until deadline: ContinuousClock.Instant) async throws(ModelError) -> Output {
        guard tickets.count < mostUnderWay else { throw .busy("\(mostUnderWay) inputs wait for the model server") }
        guard deadline > .now else { throw .deadline }
        next += 1
        let id = next
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = Task { [weak self] in
                    guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
                    await self?.leave(id, .deadline)
                }
                tickets[id] = Ticket(input: input, deadline: deadline, continuation: continuation, timer: timer)
                waiting.append(id)
                if Task.isCancelled {
                    leave(id, .unavailable("cancelled"))
                } else if waiting.count >= most {
                    sendWaiting()
                } else if flush == nil {
                    flush = Task { [weak self, wait] in
                        guard (try? await Task.sleep(for: wait)) != nil else { return }
                        await self?.sendWaiting()
                    }
                }
            }
        } onCancel: {
            Task { await leave(id, .unavailable("cancelled")) }
        }
        return try result.get()
    }

    private func sendWaiting() {
        flush?.cancel()
        flush = nil
        let ids = waiting
        waiting = []
        let members = ids.compactMap { tickets[$0] }
        guard let latest = members.map(\.deadline).max() else { return }
        next += 1
        let question = next
        for id in ids { tickets[id]?.question = question }
        let inputs = members.map(\.input)
        let task = Task { [send] in
            let results = await send(inputs, latest)
            for (index, id) in ids.enumerated() {
                self.finish(id, index < results.count ? results[index] : .failure(.refused("the server left an answer out")))
            }
            self.questions[question] = nil
        }
        questions[question] = (Set(ids), task)
    }

    private func finish(_ id: Int, _ result: Result<Output, ModelError>) {
        guard let ticket = tickets.removeValue(forKey: id) else { return }
        ticket.timer.cancel()
        ticket.continuation.resume(returning: result)
    }

    /// An asker is gone, or has its answer late.
    private func leave(_ id: Int, _ error: ModelError) {
        guard let ticket = tickets[id] else { return }
        finish(id, .failure(error))
        waiting.removeAll { $0 == id }
        guard let question = ticket.question else { return }
        questions[question]?.members.remove(id)
        if questions[question]?.members.isEmpty == true { questions.removeValue(forKey: question)?.task.cancel() }
    }
}
